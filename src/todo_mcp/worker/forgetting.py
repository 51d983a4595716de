"""Keeps the vocabulary to words that tasks have: purged text is not to live on in it."""

import asyncio
from typing import Final

from todo_mcp.store import vocabulary
from todo_mcp.store.database import Database
from todo_mcp.store.duty import Duty, keep

ROLE: Final = "vocabulary"
# Not while everything is starting; then all words, again every hour.
FIRST_SECONDS: Final = 30.0
ROUND_SECONDS: Final = 3_600.0
# Between some hundred words, which take milliseconds: nobody waits for them.
PAUSE_SECONDS: Final = 1.0


async def run(database: Database, stop: asyncio.Event) -> None:
    """Go through all words again and again, until `stop` is set. One of many processes is active."""

    async def work(duty: Duty) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            async for _ in vocabulary.sweep(duty):
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(ROUND_SECONDS)

    await keep(database, ROLE, work, stop)
