"""What the statistics of a space are counted from."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.domain.statistics import Happened, Image
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry, Position
from todo_mcp.store.record import FETCHED, Record

# Later ones may still be joined by older ones that are being committed.
_COMPLETE: Final = """
(e.generation < (SELECT generation FROM log) OR e.tx < pg_snapshot_xmin(pg_current_snapshot()))
"""
_LAST: Final = f"""
SELECT e.generation, e.tx, e.seq FROM events e WHERE {_COMPLETE}
ORDER BY e.generation DESC, e.tx DESC, e.seq DESC LIMIT 1
"""  # noqa: S608 (put together from a constant)
_TASKS: Final = f"""
SELECT DISTINCT ON (e.subject_id) e.after::text AS after FROM events e
WHERE e.space_id = $1 AND e.kind = 'task' AND {_COMPLETE}
ORDER BY e.subject_id, e.version DESC
"""  # noqa: S608 (put together from a constant)
_OWNERS: Final = """
SELECT s.id, (SELECT u.zone FROM users u WHERE u.space_id = s.id ORDER BY u.id LIMIT 1) AS zone
FROM spaces s WHERE $1::bigint IS NULL OR s.id = $1 ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Zoned:
    """A space, and the zone its days are of: that of the user it was made for."""

    space: int
    zone: str


async def zones(database: Database, space: int | None = None) -> list[Zoned]:
    rows = await database.worker(_OWNERS, space)
    return [Zoned(row["id"], row["zone"] or "UTC") for row in rows]


async def head(record: Record) -> Position:
    """The last event that nothing can be committed before."""
    rows = await record.fetch(_LAST)
    return Position(*rows[0]) if rows else Position(0, 0, 0)


async def latest(record: Record, space: int) -> AsyncGenerator[Image]:
    """Each task of the space as its last complete event left it."""
    cursor: Any = await record.connection.cursor(_TASKS, space)
    while rows := await cursor.fetch(FETCHED):
        for row in rows:
            if row["after"] is not None:
                yield from_json(row["after"])


def happened(entry: Entry) -> Happened:
    event = entry.event()
    return Happened(entry.position, entry.kind, event.before, event.after)
