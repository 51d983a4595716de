"""The worker: what handles events, and what acts when its time has come."""

import asyncio

from todo_mcp.messaging.local import LocalBus
from todo_mcp.store.database import Database
from todo_mcp.worker import timers
from todo_mcp.worker.handlers import handlers


def local_bus(database: Database) -> LocalBus:
    """The bus that calls this worker's handlers in its own process."""
    return LocalBus(database, handlers(database))


async def run(database: Database, stop: asyncio.Event) -> None:
    """Everything that is not told by an event, until `stop` is set. One of many processes is active."""
    await timers.run(database, stop)
