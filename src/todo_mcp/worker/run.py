"""The worker: what handles events, and what acts when its time has come."""

import asyncio

from todo_mcp.clock import Clock
from todo_mcp.messaging.local import LocalBus
from todo_mcp.service.sealing import Sealer
from todo_mcp.settings import Settings
from todo_mcp.store.database import Database
from todo_mcp.worker import forgetting, timers
from todo_mcp.worker.crowd import Crowd
from todo_mcp.worker.deliveries import Deliveries
from todo_mcp.worker.handlers import handlers
from todo_mcp.worker.senders import senders


def local_bus(database: Database, crowd: Crowd | None = None) -> LocalBus:
    """The bus that calls this worker's handlers in its own process."""
    return LocalBus(database, handlers(database, crowd))


async def run(
    database: Database,
    stop: asyncio.Event,
    settings: Settings,
    clock: Clock,
    crowd: Crowd | None = None,
) -> None:
    """Everything that is not told by an event, until `stop` is set. One of many processes is active."""
    async with asyncio.TaskGroup() as group:
        group.create_task(timers.run(database, stop, crowd))
        group.create_task(tend(database, stop, settings, clock))


async def tend(database: Database, stop: asyncio.Event, settings: Settings, clock: Clock) -> None:
    """What a worker does whatever wakes it and whatever brings its events, until `stop` is set."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_deliver(database, stop, settings, clock))
        group.create_task(forgetting.run(database, stop))


async def _deliver(
    database: Database, stop: asyncio.Event, settings: Settings, clock: Clock
) -> None:
    """Bring notifications to channels."""
    async with senders(settings) as known:
        sealer = Sealer(settings.sealing_keys)
        await Deliveries(database, known, sealer, clock).run(stop)
