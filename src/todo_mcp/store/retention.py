"""Making the event log shorter: of each thing's older events only the newest stays, as a snapshot.

Every statement leaves a log that replays to the same rows, so it can end after any of them. Places in
the log do not change: the snapshot stands where the event stood that it was. What was remembered of an
event's effects goes with it: handlers do nothing about an event that the log no longer has.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from todo_mcp.domain.events import SNAPSHOTTED
from todo_mcp.domain.replay import PURGED
from todo_mcp.store.connection import BareConnection
from todo_mcp.store.database import Database
from todo_mcp.store.events import Position
from todo_mcp.store.failures import translated
from todo_mcp.store.record import PATIENCE_SECONDS, patiently

# Things looked at by one statement, and of each at most so many events.
THINGS: Final = 500
EVENTS: Final = 100
OPERATIONS: Final = 1_000

_CURSORS: Final = "SELECT sink, generation, tx, seq FROM cursors ORDER BY generation, tx, seq"
_HELD: Final = """
SELECT created_at < $4 AS held FROM events
WHERE (generation, tx, seq) > ($1::int, $2::xid8, $3::bigint) ORDER BY generation, tx, seq LIMIT 1
"""
# What a thing's events are taken for once they are all behind the cutoff: a closed occurrence whose
# next one is still to be made needs its closing, and a dead letter the event it is of.
_PASSED: Final = """
e.created_at < $4::timestamptz AND (e.generation, e.tx, e.seq) <= ($5::int, $6::xid8, $7::bigint)
AND e.after IS NOT NULL AND e.id NOT IN (SELECT event_id FROM dead_letters)
AND NOT EXISTS (SELECT FROM operations o
  WHERE o.space_id = e.space_id AND o.id = e.op AND o.created_at >= $4::timestamptz)
AND NOT (e.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1') AND EXISTS (
  SELECT FROM tasks k JOIN series s ON s.space_id = k.space_id AND s.id = k.series_id
  WHERE k.space_id = e.space_id AND k.id = e.subject_id AND k.status IN ('done', 'skipped')
    AND k.n = s.n AND s.ended_at IS NULL))
"""
# With a purged task its reminders and notifications went without a word; so do their events.
_GONE: Final = f"""
t.kind <> 'task' AND e.task_id IS NOT NULL AND EXISTS (SELECT FROM events p
  WHERE p.space_id = t.space_id AND p.kind = 'task' AND p.subject_id = e.task_id AND p.type = '{PURGED}'
    AND p.created_at < $4::timestamptz
    AND (p.generation, p.tx, p.seq) <= ($5::int, $6::xid8, $7::bigint))
"""
_THING: Final = "space_id, kind, subject_id"
_CUT: Final = f"""
WITH RECURSIVE consumers AS (
  (SELECT consumer FROM consumed ORDER BY consumer LIMIT 1)
  UNION ALL
  SELECT (SELECT c.consumer FROM consumed c WHERE c.consumer > n.consumer ORDER BY c.consumer LIMIT 1)
  FROM consumers n WHERE n.consumer IS NOT NULL),
things AS (
  (SELECT {_THING}, 1 AS nth FROM events WHERE ({_THING}) > ($1::bigint, $2::text, $3::bigint)
   ORDER BY {_THING} LIMIT 1)
  UNION ALL
  SELECT n.space_id, n.kind, n.subject_id, t.nth + 1 FROM things t CROSS JOIN LATERAL (
    SELECT {_THING} FROM events e
    WHERE (e.space_id, e.kind, e.subject_id) > (t.space_id, t.kind, t.subject_id)
    ORDER BY {_THING} LIMIT 1) n
  WHERE t.nth < $8::int),
looked AS MATERIALIZED (
  SELECT t.space_id, t.kind, t.subject_id, e.generation, e.tx, e.seq, e.version, e.type,
    {_PASSED} AS passed, {_GONE} AS gone
  FROM things t CROSS JOIN LATERAL (
    SELECT * FROM events e
    WHERE e.space_id = t.space_id AND e.kind = t.kind AND e.subject_id = t.subject_id
    ORDER BY e.version LIMIT {EVENTS}) e),
until AS MATERIALIZED (
  SELECT l.*, min(version) FILTER (WHERE NOT passed) OVER same AS stop, count(*) OVER same AS seen
  FROM looked l WINDOW same AS (PARTITION BY {_THING})),
old AS MATERIALIZED (
  SELECT u.*, max(version) OVER same AS keep, count(*) OVER same AS olds,
    gone AND stop IS NULL AS whole
  FROM until u WHERE stop IS NULL OR version < stop WINDOW same AS (PARTITION BY {_THING})),
deleted AS (
  DELETE FROM events e USING old o
  WHERE (e.generation, e.tx, e.seq) = (o.generation, o.tx, o.seq) AND (o.version < o.keep OR o.whole)
  RETURNING e.id),
made AS (
  UPDATE events e SET type = 'todo.' || e.kind || '.{SNAPSHOTTED}.v1', before = NULL FROM old o
  WHERE (e.generation, e.tx, e.seq) = (o.generation, o.tx, o.seq) AND o.version = o.keep
    AND o.olds > 1 AND NOT o.whole AND e.type <> '{PURGED}'
  RETURNING e.id),
forgotten AS (
  DELETE FROM consumed c USING consumers n, (TABLE deleted UNION ALL TABLE made) e
  WHERE c.consumer = n.consumer AND c.event_id = e.id)
SELECT {_THING}, (SELECT count(*) FROM made) AS made, (SELECT count(*) FROM deleted) AS deleted,
  EXISTS (SELECT FROM old WHERE stop IS NULL AND seen = {EVENTS}) AS more
FROM things ORDER BY nth DESC LIMIT 1
"""  # noqa: S608 (put together from constants)


def _paged(change: str) -> str:
    """Do this to a page of the operations, and tell where the page ended."""
    return f"""
WITH page AS MATERIALIZED (
  SELECT space_id, id FROM operations WHERE (space_id, id) > ($1::bigint, $2::bigint)
  ORDER BY space_id, id LIMIT {OPERATIONS}),
done AS ({change} RETURNING 1)
SELECT space_id, id, (SELECT count(*) FROM done) AS done
FROM page ORDER BY space_id DESC, id DESC LIMIT 1
"""  # noqa: S608 (put together from constants)


# What an operation answered holds text of its tasks, which a later purge finds by events alone.
_BLANK: Final = _paged("""
  UPDATE operations o SET result = jsonb_set(o.result, '{tasks}', (
    SELECT coalesce(jsonb_agg(t - 'changed' || '{"title": ""}' ORDER BY n), '[]')
    FROM jsonb_array_elements(o.result -> 'tasks') WITH ORDINALITY AS x(t, n)))
  FROM page p WHERE o.space_id = p.space_id AND o.id = p.id AND o.created_at < $3::timestamptz
    AND jsonb_path_exists(o.result, '$.tasks[*] ? (@.title != "" || exists(@.changed))')""")
_FORGET: Final = _paged("""
  DELETE FROM operations o USING page p
  WHERE o.space_id = p.space_id AND o.id = p.id AND o.created_at < $3::timestamptz AND o.key IS NULL
    AND NOT EXISTS (SELECT FROM events e WHERE e.space_id = o.space_id AND e.op = o.id)""")


@dataclass(frozen=True, slots=True)
class Cut:
    """What one statement did, or all of them together."""

    snapshots: int = 0
    events: int = 0
    operations: int = 0

    def __add__(self, other: "Cut") -> "Cut":
        return Cut(
            self.snapshots + other.snapshots,
            self.events + other.events,
            self.operations + other.operations,
        )


class Shears:
    """Cuts what lies before an instant and was read by every sink. A lost race is run again."""

    def __init__(self, connection: "BareConnection", before: datetime) -> None:
        self._connection = connection
        self._before = before

    async def cursors(self) -> dict[str, Position]:
        """Where each sink stands; the one that is furthest behind comes first."""
        rows = await self._run(_CURSORS)
        return {row["sink"]: Position(row["generation"], row["tx"], row["seq"]) for row in rows}

    async def held(self, at: Position) -> bool:
        """Whether events behind this place are old enough to go."""
        return any(row["held"] for row in await self._run(_HELD, *at, self._before))

    async def events(self, to: Position, things: int = THINGS) -> AsyncGenerator[Cut]:
        """Up to this place of the log, some things after the other."""
        last: tuple[Any, ...] = (0, "", 0)
        while rows := await self._run(_CUT, *last, self._before, *to, things):
            [row] = rows
            if not row["more"]:
                last = row["space_id"], row["kind"], row["subject_id"]
            yield Cut(snapshots=row["made"], events=row["deleted"])

    async def blank(self) -> AsyncGenerator[Cut]:
        """Take the tasks' text out of what operations answered."""
        async for _ in self._paged(_BLANK):
            yield Cut()

    async def forget(self) -> AsyncGenerator[Cut]:
        """Delete the operations that no event names, and no caller by a key of theirs."""
        async for done in self._paged(_FORGET):
            yield Cut(operations=done)

    async def _paged(self, sql: str) -> AsyncGenerator[int]:
        last = (0, 0)
        while rows := await self._run(sql, *last, self._before):
            last = rows[0]["space_id"], rows[0]["id"]
            yield rows[0]["done"]

    async def _run(self, sql: str, *args: Any) -> list[Any]:
        with translated():
            return await self._connection.fetch(sql, *args, timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def shears(database: Database, before: datetime) -> AsyncGenerator[Shears]:
    async with patiently(database) as connection:
        yield Shears(connection, before)
