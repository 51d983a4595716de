"""A user with channels whose reminders fire: set up through the real parts."""

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests import sowing
from tests.conftest import NOW
from tests.signals import eventually, running
from tests.worker.receiving import Receiver
from todo_mcp.cli.roles import background
from todo_mcp.clock import utc_now
from todo_mcp.domain.message import Message, Target
from todo_mcp.service import tasks
from todo_mcp.service.channels import Channels
from todo_mcp.service.home import Home
from todo_mcp.service.sealing import Sealer, new_key
from todo_mcp.service.work import Work
from todo_mcp.settings import Settings
from todo_mcp.worker.senders import reach, senders

KEY = new_key()
SCHEMES = ("http", "https", "ntfy", "mailto", "json")


def settings(**given: Any) -> Settings:
    """What an operator sets who lets messages go to this machine."""
    fields: dict[str, Any] = {
        "channel_keys": KEY,
        "channel_schemes": SCHEMES,
        "channel_networks": ("127.0.0.0/8",),
    }
    return Settings(**(fields | given))


def operate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same settings for processes of their own."""
    monkeypatch.setenv("TODO_MCP_CHANNEL_KEYS", KEY)
    monkeypatch.setenv("TODO_MCP_CHANNEL_SCHEMES", ",".join(SCHEMES))
    monkeypatch.setenv("TODO_MCP_CHANNEL_NETWORKS", "127.0.0.0/8")


@asynccontextmanager
async def channels(home: Home, chosen: Settings) -> AsyncGenerator[Channels]:
    async with AsyncExitStack() as stack:
        known = await stack.enter_async_context(senders(chosen))

        async def send(kind: str, target: Target, message: Message, now: datetime) -> None:
            await known[kind](target, message, now)

        sealer = Sealer(chosen.sealing_keys)
        yield Channels(home.database, home.person.user, sealer, reach(chosen), send)


async def confirmed(home: Home, receiver: Receiver, name: str, path: str) -> str:
    """A webhook channel at this path, whose code was sent to `/ok`; answers its secret.

    It is confirmed while the path still leads to what answers; then its target is put in its place.
    """
    chosen = settings()
    async with channels(home, chosen) as made:
        secret = await made.add(name, f"{receiver.url}/ok", utc_now())
        assert secret is not None
        await made.confirm(name, code_in(receiver.posts.items[-1].body))
        sealed = made.sealer.seal(Target(f"{receiver.url}{path}", (secret,)))
        await home.database.worker("UPDATE channels SET sealed = $1 WHERE name = $2", sealed, name)
    receiver.posts.items.clear()
    return secret


def code_in(body: bytes | str) -> str:
    text = body.decode() if isinstance(body, bytes) else body
    found = re.search(r"code is ([0-9]{8})", text)
    assert found is not None, text
    return found[1]


async def remind(home: Home, *titles: str, **fields: Any) -> None:
    """Tasks whose reminders are due now."""
    work = Work(home.database, home.person, NOW, "test", {"client": "test"})
    for title in titles:
        await tasks.add(work, {"title": title, "reminders": ["2026-11-24T10:00"], **fields}, [])
    await home.database.worker(
        "UPDATE reminders SET fire_at = now() WHERE state = 'pending' AND fire_at > now() - interval '1 year'"
    )


@asynccontextmanager
async def at_work(home: Home, chosen: Settings | None = None) -> AsyncGenerator[None]:
    """The worker with all it has, as `todo-mcp worker` runs it."""
    roles = background(chosen or settings(), relay=True, worker=True)
    async with running(partial(roles, home)):
        yield


STATES = "SELECT state, count(*) FROM deliveries GROUP BY 1 ORDER BY 1"


async def states(home: Home) -> dict[str, int]:
    return {row[0]: row[1] for row in await sowing.rows(home.database, STATES)}


async def until(home: Home, **wanted: int) -> None:
    """Until so many deliveries are in these states."""

    async def reached() -> bool:
        found = await states(home)
        return all(found.get(name, 0) == count for name, count in wanted.items())

    await eventually(reached)


async def row(home: Home, sql: str) -> tuple[Any, ...]:
    [found] = await sowing.rows(home.database, sql)
    return found


async def row_says(home: Home, sql: str) -> bool:
    [found] = await row(home, sql)
    return bool(found)


async def lead(home: Home, other: Receiver, path: str) -> None:
    """The channel leads elsewhere from now on."""
    sealer = Sealer((KEY,))
    [[sealed]] = await sowing.rows(home.database, "SELECT sealed FROM channels")
    target = sealer.open(sealed)
    moved = sealer.seal(type(target)(f"{other.url}{path}", target.secrets))
    await home.database.worker("UPDATE channels SET sealed = $1", moved)


async def early_in_a_minute(home: Home) -> bool:
    """What comes within the database's minute is told together, and held until its end."""
    [early] = await row(home, "SELECT extract(second FROM now()) < 30")
    return bool(early)


async def hurry(home: Home) -> None:
    """What waits for its next try, or for its channel's, waits no longer."""
    await home.database.worker(
        "UPDATE deliveries SET next_try_at = now() WHERE state = 'pending' AND lease_until IS NULL"
    )
    home.database.wake()
