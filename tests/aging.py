"""A log that was written long ago, and how much of it its readers have had."""

from contextlib import aclosing
from typing import Any

from tests import living, sowing
from todo_mcp.domain.replay import MODELS
from todo_mcp.domain.statistics import Statistics
from todo_mcp.service.comparing import Difference
from todo_mcp.service.home import Home
from todo_mcp.service.retaining import retain
from todo_mcp.service.verifying import verify
from todo_mcp.store import events
from todo_mcp.store.database import Database
from todo_mcp.store.events import Position
from todo_mcp.worker.counting import counted

# The database stamps events by its own clock; operations are of the test's.
_AS_OPERATIONS = """
UPDATE events e SET created_at = o.created_at FROM operations o
WHERE o.space_id = e.space_id AND o.id = e.op
"""
_EARLIER = "UPDATE {0} SET created_at = created_at - make_interval(days => $1::int)"
_PLACES = "SELECT generation, tx, seq FROM events ORDER BY generation, tx, seq"
# What refers to others first.
TABLES = tuple(model.table for model in reversed(MODELS.values()) if model.table != "filters")


async def stamped(database: Database) -> None:
    """Events as old as their operations."""
    await database.worker(_AS_OPERATIONS)


async def aged(database: Database, days: int) -> None:
    """All that was done, so many days earlier."""
    await stamped(database)
    for table in ("events", "operations"):
        await database.worker(_EARLIER.format(table), days)


async def read_by(database: Database, sink: str = "local", part: float = 1.0) -> Position:
    """The sink has had this part of the log."""
    places = [Position(*place) for place in await sowing.rows(database, _PLACES)]
    at = places[max(0, round(len(places) * part) - 1)]
    await events.move(database.worker, sink, at)
    return at


async def cut(home: Home, now: Any, *, things: int = 500, steps: int | None = None) -> int:
    """Retain 30 days, or only the first steps of it; how many events went."""
    gone = done = 0
    async with aclosing(retain(home.database, 30, "local", now=now, things=things)) as made:
        async for step in made:
            gone += step.events
            done += 1
            if done == steps:
                break
    return gone


async def well(home: Home) -> None:
    """The tables are what the log leads to."""
    found: list[Difference] = []
    await verify(home.database, home.person.space, found.append)
    assert found == []


async def statistics(home: Home) -> Statistics:
    """As `rebuild` makes them, with the place they were made from."""
    return await counted(home.database, home.person.space, home.person.zone)


async def dump(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    return {name: await living.table(home, name) for name in TABLES}


async def wipe(home: Home) -> None:
    for table in TABLES:
        await home.database.worker(
            f"DELETE FROM {table} WHERE space_id = $1",  # noqa: S608 (our own table)
            home.person.space,
        )
