"""The task events of one space, however long ago: task by task, as the index has them."""

from collections.abc import AsyncGenerator
from typing import Final

from pydantic_core import from_json

from todo_mcp.domain.statistics import Place, TaskEvent
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry
from todo_mcp.store.record import looking

PAGE: Final = 2_000

_END: Final = """
SELECT generation, tx, seq FROM events
WHERE (generation, tx) < ((SELECT generation FROM log), pg_snapshot_xmin(pg_current_snapshot()))
ORDER BY generation DESC, tx DESC, seq DESC LIMIT 1
"""
_ALL: Final = """
SELECT generation, tx, seq, before::text, after::text FROM events
WHERE space_id = $1 AND kind = 'task'
  AND (generation, tx, seq) <= ($2::int, $3::xid8, $4::bigint) AND after IS NOT NULL
ORDER BY subject_id, version
"""
_ZONE: Final = "SELECT zone FROM users WHERE space_id = $1 ORDER BY id LIMIT 1"
_SPACES: Final = "SELECT id FROM spaces ORDER BY id"


async def end(database: Database) -> Place:
    """The last place of the log before which everything is complete."""
    rows = await database.worker(_END)
    return tuple(rows[0]) if rows else (0, 0, 0)


async def of_space(database: Database, space: int, to: Place) -> AsyncGenerator[list[TaskEvent]]:
    """All of them up to this place, in pages; those of one task in order.

    In one snapshot: were the log cut meanwhile, a task could count in its events and in what took their
    place.
    """
    async with looking(database) as record:
        cursor = await record.connection.cursor(_ALL, space, *to)
        while rows := await cursor.fetch(PAGE):
            yield [
                TaskEvent(
                    (row["generation"], row["tx"], row["seq"]),
                    None if row["before"] is None else from_json(row["before"]),
                    from_json(row["after"]),
                )
                for row in rows
            ]


def told_by(entry: Entry) -> TaskEvent | None:
    """The log's entry as one, where it is of a task."""
    if entry.kind != "task" or entry.after is None:
        return None
    before = None if entry.before is None else from_json(entry.before)
    at = (entry.position.generation, entry.position.tx, entry.position.seq)
    return TaskEvent(at, before, from_json(entry.after))


async def zone_of(database: Database, space: int) -> str:
    """What a day is in this space: that of the user whose it is."""
    rows = await database.worker(_ZONE, space)
    return rows[0]["zone"] if rows else "UTC"


async def spaces(database: Database) -> list[int]:
    return [row["id"] for row in await database.worker(_SPACES)]
