"""`todo-mcp`: one local user over stdio, with the worker in the same process."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from todo_mcp.cli.home import awaited_home, keep_home
from todo_mcp.cli.roles import background
from todo_mcp.clock import utc_now
from todo_mcp.server.app import build_server
from todo_mcp.server.arrival import Arrival
from todo_mcp.server.context import Resources
from todo_mcp.server.stdio import serve_stdio
from todo_mcp.server.stopping import until_told
from todo_mcp.server.tools import TOOLS
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home


# A client that has just connected asks for the tools first. What the database needs is imported in
# one go, during which nothing is answered.
QUIET_SECONDS: Final = 0.3


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Answer at once; the database comes up when the client pauses, or wants it."""
    resources = Resources(utc_now, awaited_home(settings))
    pause = Pause()
    with until_told() as stop:
        async with asyncio.TaskGroup() as group:
            group.create_task(_work(settings, resources.starting, pause, stop))
            server = build_server(resources, TOOLS, read_only=settings.read_only)
            await serve_stdio(server, stop, pause.heard)
            stop.set()
    return 0


async def _work(
    settings: Settings, starting: "Arrival[Home]", pause: "Pause", stop: asyncio.Event
) -> None:
    await pause.wait(starting.wanted, stop)
    roles = background(settings, relay=True, worker=True)
    await keep_home(settings, stop, starting.arrived, starting.failed, roles)


class Pause:
    """Knows since when the client has said nothing."""

    def __init__(self) -> None:
        self._since = asyncio.get_running_loop().time()

    def heard(self) -> None:
        self._since = asyncio.get_running_loop().time()

    async def wait(self, *sooner: asyncio.Event) -> None:
        """Until it has said nothing for a while, or one of these happened."""
        waiting = [asyncio.ensure_future(event.wait()) for event in sooner]
        loop = asyncio.get_running_loop()
        try:
            while (left := self._since + QUIET_SECONDS - loop.time()) > 0:
                first = asyncio.FIRST_COMPLETED
                done, _ = await asyncio.wait(waiting, timeout=left, return_when=first)
                if done:
                    return
        finally:
            for task in waiting:
                task.cancel()
