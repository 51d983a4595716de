"""What the first events would wait for: statements to be written and planned, connections to be opened."""

import asyncio
from contextlib import suppress
from typing import Final
from uuid import UUID

from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.store.closings import latest_closing
from todo_mcp.store.database import Database
from todo_mcp.store.load import Wanted, load
from todo_mcp.worker.handlers import AROUND, RECURRENCE

CONNECTIONS: Final = 4
_NOBODY: Final = 0


async def warm(database: Database) -> None:
    """Reads as a handler does, in a space that nobody has, on several connections side by side."""
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_read(database))


async def _read(database: Database) -> None:
    # Nobody is there; and a database that is down is waited for elsewhere.
    with suppress(UnavailableError):
        await latest_closing(database, _NOBODY, _NOBODY, RECURRENCE, UUID(int=0))
        wanted = Wanted(tasks=(_NOBODY,), around=AROUND)
        await load(database, _NOBODY, _NOBODY, wanted, utc_now())
