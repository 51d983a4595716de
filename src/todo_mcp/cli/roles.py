"""What runs beside a server, or alone: the relay, and the worker behind the bus."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from todo_mcp.clock import utc_now
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.messaging.sidecar import Sidecar
    from todo_mcp.service.home import Home

Background = Callable[["Home", asyncio.Event], Awaitable[None]]


def background(settings: Settings, *, relay: bool, worker: bool) -> Background:
    """The roles of this process, as one thing to do until stopped. A bus is a sink of its own name.

    Behind the in-process bus publishing is handling, so the relay runs where the worker does.

    Raises:
        RuleError: a worker in this process, where it has to be beside a sidecar of its own.
    """
    if settings.bus == "dapr":
        if worker:
            raise RuleError(
                "bus: behind dapr the worker is a process beside a sidecar of its own. Start "
                "`todo-mcp serve` without --with-worker, and `todo-mcp worker`; or leave TODO_MCP_BUS out."
            )
        return _publishing(settings) if relay else _idle
    return _handling(settings, relay=relay) if worker else _idle


def sidecar(settings: Settings) -> "Sidecar":
    """The connection to the sidecar of this process."""
    from todo_mcp.messaging.sidecar import Ports, Sidecar  # noqa: PLC0415 (only under dapr)

    return Sidecar(Ports.of(settings))


async def _idle(_: "Home", stop: asyncio.Event) -> None:
    await stop.wait()


def _publishing(settings: Settings) -> Background:
    async def run(home: "Home", stop: asyncio.Event) -> None:
        from todo_mcp import relay as relaying  # noqa: PLC0415 (see below)
        from todo_mcp.messaging.dapr import DaprBus  # noqa: PLC0415 (only under dapr)

        beside = sidecar(settings)
        try:
            await relaying.run(home.database, DaprBus(beside).publish, settings.bus, stop)
        finally:
            await beside.close()

    return run


def _handling(settings: Settings, *, relay: bool) -> Background:
    async def run(home: "Home", stop: asyncio.Event) -> None:
        # SQL is imported here and not before: a stdio server answers first.
        from todo_mcp import relay as relaying  # noqa: PLC0415 (see above)
        from todo_mcp.worker import run as working  # noqa: PLC0415 (see above)

        crowd = working.Crowd()
        async with asyncio.TaskGroup() as group:
            group.create_task(working.run(home.database, stop, settings, utc_now, crowd))
            if relay:
                bus = working.local_bus(home.database, crowd)
                group.create_task(relaying.run(home.database, bus.publish, "local", stop))
            await stop.wait()

    return run
