"""What a handler of closed occurrences starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import from_json

from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

# Of a closing that the log was cut of nothing is remembered: it had its effect, else it had stayed. What
# recurs below may have been edited since it was closed, so its row does not say when that was.
_CLOSING: Final = """
SELECT t.version, e.op, o.created_at, u.id, u.name, u.zone,
  EXISTS (SELECT FROM consumed c WHERE c.consumer = $3 AND c.event_id = $4)
  OR NOT EXISTS (SELECT FROM events x WHERE x.space_id = $1 AND x.kind = 'task' AND x.subject_id = $2
    AND x.id = $4 AND x.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')) AS seen,
  (WITH RECURSIVE below AS (
     SELECT b.id, b.series_id, b.status FROM tasks b WHERE b.space_id = $1 AND b.parent_id = $2
     UNION ALL
     SELECT b.id, b.series_id, b.status FROM below JOIN tasks b
       ON b.space_id = $1 AND b.parent_id = below.id)
   SELECT json_object_agg(b.id, (SELECT p.created_at FROM events f
       JOIN operations p ON p.space_id = f.space_id AND p.id = f.op
       WHERE f.space_id = $1 AND f.kind = 'task' AND f.subject_id = b.id
         AND f.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')
       ORDER BY f.version DESC LIMIT 1))
   FROM below b WHERE b.series_id IS NOT NULL AND b.status IN ('done', 'skipped')) AS below
FROM events e
JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
JOIN users u ON u.id = o.user_id
JOIN tasks t ON t.space_id = e.space_id AND t.id = e.subject_id
WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = $2
  AND e.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')
ORDER BY e.version DESC LIMIT 1
"""


_CLOSINGS: Final = """
WITH RECURSIVE whole AS (
  SELECT t.id, t.series_id, t.status FROM tasks t WHERE t.space_id = $1 AND t.id = ANY ($2)
  UNION
  SELECT t.id, t.series_id, t.status FROM whole w JOIN tasks t
    ON t.space_id = $1 AND t.parent_id = w.id)
SELECT w.id, p.created_at FROM whole w CROSS JOIN LATERAL (
  SELECT p.created_at FROM events f JOIN operations p ON p.space_id = f.space_id AND p.id = f.op
  WHERE f.space_id = $1 AND f.kind = 'task' AND f.subject_id = w.id
    AND f.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')
  ORDER BY f.version DESC LIMIT 1) p
WHERE w.series_id IS NOT NULL AND w.status IN ('done', 'skipped')
"""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a task was closed last: by whom, when, in which operation; and its version now."""

    version: int
    op: int
    at: datetime
    person: Person
    seen: bool
    below: Mapping[int, datetime]  # when what recurs below it was closed


async def latest_closing(
    database: Database, space: int, task: int, consumer: str, event_id: UUID
) -> Closing | None:
    """None where the task is purged; `seen` says that this consumer has had its effect already."""
    rows = await database.worker(_CLOSING, space, task, consumer, event_id)
    if not rows:
        return None
    [row] = rows
    person = Person(row["id"], space, row["name"], row["zone"])
    told: dict[str, str | None] = from_json(row["below"] or "{}")
    below = {int(number): datetime.fromisoformat(at) for number, at in told.items() if at}
    return Closing(row["version"], row["op"], row["created_at"], person, row["seen"], below)


async def closings(database: Database, space: int, tasks: Sequence[int]) -> dict[int, datetime]:
    """When those of these tasks, and of what lies below them, that recur and are closed were closed last."""
    rows = await database.app(space, _CLOSINGS, space, list(tasks))
    return {row["id"]: row["created_at"] for row in rows}
