"""Processes that start, or are told to end, while their database is away."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from tests.cli.commands import ended, running
from tests.conftest import ZONE
from tests.faults.victim import Victim
from tests.hands import Hands
from tests.server.agent import Agent
from tests.server.eras import ERAS, Era, connect
from tests.signals import eventually
from todo_mcp.cli.home import awaited_home, keep_home
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.settings import load
from todo_mcp.store import migrate

ENDS_SECONDS = 3.0


@asynccontextmanager
async def serving(victim: Victim, hands: Hands, era: Era) -> AsyncGenerator[Agent]:
    """A server as the command line starts it, in this process."""
    given = {"database_url": victim.url, "timezone": ZONE, "user": "starter"}
    settings = load(given)
    resources = Resources(hands, awaited_home(settings))
    stop = asyncio.Event()

    async def nothing(_: Home, stop: asyncio.Event) -> None:
        await stop.wait()

    starting = resources.starting
    keeping = asyncio.create_task(
        keep_home(settings, stop, starting.arrived, starting.failed, nothing)
    )
    async with connect(build_server(resources, TOOLS), era) as client:
        yield Agent(client)
    stop.set()
    async with asyncio.timeout(ENDS_SECONDS):
        await keeping


@pytest.mark.parametrize("era", ERAS)
async def test_calls_are_answered_while_the_database_is_down_and_work_soon_after(
    victim: Victim, hands: Hands, era: Era
) -> None:
    await migrate.upgrade(victim.url)
    await victim.stop()
    async with serving(victim, hands, era) as ada:
        async with asyncio.timeout(5):
            told = await ada.refused("add_task", title="Early")
        assert "Try the same call again in a few seconds" in told
        await victim.start()
        await back(ada)


async def test_calls_are_answered_while_the_database_hangs_and_work_soon_after(
    victim: Victim, hands: Hands
) -> None:
    await migrate.upgrade(victim.url)
    victim.freeze()
    async with serving(victim, hands, "modern") as ada:
        async with asyncio.timeout(5):
            told = await ada.refused("add_task", title="Early")
        assert "in a few seconds" in told
        victim.thaw()
        await back(ada)


async def back(ada: Agent) -> None:
    """Calls work within three seconds."""

    async def works() -> bool:
        return not (await ada.client.call_tool("add_task", {"title": "Now"})).is_error

    await eventually(works, 3)


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (("serve", "--with-worker", "--port", "0"), signal.SIGTERM),
        (("worker",), signal.SIGINT),
        ((), signal.SIGTERM),
    ],
)
async def test_a_process_ends_while_its_database_hangs(
    victim: Victim, command: tuple[str, ...], sent: signal.Signals
) -> None:
    async with running(*command, until="home.opened", DATABASE_URL=victim.url) as process:
        victim.freeze()
        code, seconds = await ended(process, sent)
        victim.thaw()
    assert code == 0
    assert seconds < ENDS_SECONDS


async def test_a_process_ends_while_it_still_waits_for_a_database_that_hangs(
    victim: Victim,
) -> None:
    victim.freeze()
    command = ("serve", "--port", "0")
    async with running(*command, until="server.listening", DATABASE_URL=victim.url) as process:
        code, seconds = await ended(process, signal.SIGTERM)
    victim.thaw()
    assert code == 0
    assert seconds < ENDS_SECONDS
