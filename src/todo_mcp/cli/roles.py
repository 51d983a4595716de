"""What runs beside a server, or alone: the relay, and the worker behind the bus."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from todo_mcp.clock import utc_now
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home

Background = Callable[["Home", asyncio.Event], Awaitable[None]]
SINK: Final = "local"


def background(settings: Settings, *, relay: bool, worker: bool) -> Background:
    """The roles of this process, as one thing to do until stopped.

    Behind the in-process bus publishing is handling, so the relay runs where the worker does.

    Raises:
        RuleError: a bus this release does not have.
    """
    if settings.bus != "local":
        raise RuleError("bus: this release has the local bus only. Leave TODO_MCP_BUS out.")

    async def run(home: "Home", stop: asyncio.Event) -> None:
        # SQL is imported here and not before: a stdio server answers first.
        from todo_mcp import relay as relaying  # noqa: PLC0415
        from todo_mcp.worker import run as working  # noqa: PLC0415

        async with asyncio.TaskGroup() as group:
            if worker:
                group.create_task(working.run(home.database, stop, settings, utc_now))
            if worker and relay:
                bus = working.local_bus(home.database)
                group.create_task(relaying.run(home.database, bus.publish, SINK, stop))
            await stop.wait()

    return run
