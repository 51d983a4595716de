"""Who reads the event log and how far each has come; and the end of one that will not read again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from todo_mcp.store import events
from todo_mcp.store.database import Database
from todo_mcp.store.duty import name_of
from todo_mcp.store.events import Lag, role

# Whoever reads holds the lock; so short a look at it delays nobody by more than one try.
_SINKS: Final = """
SELECT c.sink, c.updated_at, NOT pg_try_advisory_xact_lock(hashtextextended(x.lock, 0)) AS is_read
FROM cursors c JOIN unnest($1::text[], $2::text[]) AS x(sink, lock) USING (sink) ORDER BY c.sink
"""
_DROP: Final = """
WITH free AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtextextended($2, 0)) AS is_free),
gone AS (DELETE FROM cursors WHERE sink = $1 AND (SELECT is_free FROM free) RETURNING 1)
SELECT is_free FROM free
"""


@dataclass(frozen=True, slots=True)
class Sink:
    """`moved_at` is when it read something last, `is_read` whether somebody is at it now."""

    name: str
    moved_at: datetime
    is_read: bool
    lag: Lag


async def found(database: Database) -> list[Sink]:
    """All there are, by name."""
    names = [row["sink"] for row in await database.worker("SELECT sink FROM cursors")]
    rows = await database.worker(_SINKS, names, [name_of(role(name)) for name in names])
    return [
        Sink(
            row["sink"],
            row["updated_at"],
            row["is_read"],
            await events.lag(database.worker, row["sink"]),
        )
        for row in rows
    ]


async def drop(database: Database, sink: str) -> bool:
    """Forget how far it has come; False where somebody reads for it at this moment."""
    [row] = await database.worker(_DROP, sink, name_of(role(sink)))
    return row["is_free"]
