"""What undo reads: operations with their events, and what happened to the same things since."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp import ids
from todo_mcp.domain.events import Event
from todo_mcp.domain.past import KEPT, Past, Since, Story
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

CANDIDATES: Final = 200

# The log's order is that of the commits; ids are leased in blocks and clocks differ between hosts.
# Were the client compared plainly, the planner would take it for rare, and read and sort them all.
_RECENT: Final = f"""
SELECT o.id FROM (
  SELECT id, created_at FROM operations
  WHERE space_id = $1 AND user_id = $2 AND created_at >= $3
    AND nullif(actor ->> 'client' = $4, false) IS NOT NULL AND tool <> 'undo' AND cause IS NULL
  ORDER BY created_at DESC, id DESC LIMIT {CANDIDATES}) o
CROSS JOIN LATERAL (
  SELECT generation, tx, seq FROM events WHERE space_id = $1 AND op = o.id
  ORDER BY generation DESC, tx DESC, seq DESC LIMIT 1) e
ORDER BY e.generation DESC, e.tx DESC, e.seq DESC
"""  # noqa: S608 (put together from a constant)
_UNDOS: Final = """
SELECT id, result -> 'undone' AS undone FROM operations
WHERE space_id = $1 AND tool = 'undo' AND created_at >= $2
"""
_WHOLE: Final = """
WITH RECURSIVE whole AS (
  SELECT id, id AS root FROM operations WHERE space_id = $1 AND id = ANY ($2::bigint[])
  UNION
  SELECT o.id, w.root FROM operations o JOIN whole w ON o.cause = w.id WHERE o.space_id = $1)
SELECT w.id, w.root, o.tool, o.cause, o.created_at
FROM whole w JOIN operations o ON o.space_id = $1 AND o.id = w.id
ORDER BY w.id
"""
_EVENTS: Final = """
SELECT id, kind, subject_id, version, task_id, type, before, after, op
FROM events WHERE space_id = $1 AND op = ANY ($2::bigint[])
ORDER BY generation DESC, tx DESC, seq DESC
"""
# Of each thing the latest change of each set of columns: a task may have been changed thousands of times
# since, and nobody asks for more.
_SINCE: Final = """
WITH mine AS MATERIALIZED (
  SELECT kind, subject_id, min(version) AS version FROM events
  WHERE space_id = $1 AND op = ANY ($2::bigint[]) GROUP BY kind, subject_id),
since AS MATERIALIZED (
  SELECT DISTINCT ON (e.kind, e.subject_id, e.columns) e.* FROM (
    SELECT e.kind, e.subject_id, e.version, e.op,
      ARRAY(SELECT jsonb_object_keys(e.before)) AS columns
    FROM mine m
    JOIN events e ON e.space_id = $1 AND e.kind = m.kind AND e.subject_id = m.subject_id
      AND e.version > m.version
    WHERE e.op <> ALL ($2::bigint[])) e
  ORDER BY e.kind, e.subject_id, e.columns, e.version DESC)
SELECT s.kind, s.subject_id, s.version, s.op, s.columns, o.user_id, u.name FROM since s
LEFT JOIN operations o ON o.space_id = $1 AND o.id = s.op
LEFT JOIN users u ON u.id = o.user_id
"""


async def latest(
    database: Database, person: Person, client: str, now: datetime, *, count: int
) -> Story:
    """The user's last `count` operations through this client that are not undone."""
    space, since = person.space, now - KEPT
    undone = await _undone(database, space, since)
    rows = await database.app(space, _RECENT, space, person.user, since, client)
    return await _told(database, space, [r["id"] for r in rows if r["id"] not in undone][:count])


async def named(database: Database, space: int, op: int, now: datetime) -> Story:
    """This operation, whoever made it."""
    story = await _told(database, space, [op])
    return replace(story, undone_by=await _undone(database, space, now - KEPT))


async def _undone(database: Database, space: int, since: datetime) -> dict[int, int]:
    """Operations that are undone now, each by which undo."""
    rows = await database.app(space, _UNDOS, space, since)
    by: dict[int, list[int]] = {}
    for row in rows:
        for name in from_json(row["undone"] or "[]"):
            by.setdefault(ids.parse(name, "operation", "undone"), []).append(row["id"])
    standing: dict[int, int | None] = {}

    def undoer(op: int) -> int | None:
        """The undo of this operation that was not undone itself."""
        if op not in standing:
            standing[op] = next((u for u in by.get(op, ()) if undoer(u) is None), None)
        return standing[op]

    return {op: found for op in by if (found := undoer(op)) is not None}


async def _told(database: Database, space: int, ops: list[int]) -> Story:
    whole = await database.app(space, _WHOLE, space, ops)
    numbers = [row["id"] for row in whole]
    events = [_event(row) for row in await database.app(space, _EVENTS, space, numbers)]
    since = await database.app(space, _SINCE, space, numbers)
    by_id = {row["id"]: row for row in whole if row["id"] == row["root"]}
    pasts = [
        Past(
            id=op,
            tool=by_id[op]["tool"],
            created_at=by_id[op]["created_at"],
            cause=by_id[op]["cause"],
            caused=tuple(r["id"] for r in whole if r["root"] == op and r["id"] != op),
        )
        for op in ops
        if op in by_id
    ]
    return Story(
        pasts=tuple(replace(past, events=_of(past, events)) for past in pasts),
        unknown=tuple(op for op in ops if op not in by_id),
        since=_since(since),
    )


def _of(past: Past, events: Iterable[Event]) -> tuple[Event, ...]:
    mine = {past.id, *past.caused}
    return tuple(event for event in events if event.op in mine)


def _event(row: Any) -> Event:
    images = {name: None if row[name] is None else from_json(row[name]) for name in _IMAGES}
    return Event.model_validate({**row, **images})


_IMAGES: Final = ("before", "after")


def _since(rows: Iterable[Any]) -> dict[tuple[str, int], list[Since]]:
    found: dict[tuple[str, int], list[Since]] = {}
    for row in rows:
        item = Since(
            version=row["version"],
            columns=frozenset(row["columns"]) - {"version", "updated_at"},
            user=row["user_id"],
            name=row["name"],
            op=row["op"],
        )
        found.setdefault((row["kind"], row["subject_id"]), []).append(item)
    return found
