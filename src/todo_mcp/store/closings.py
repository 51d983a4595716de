"""What a handler of closed occurrences starts from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

# Of a closing that the log was cut of nothing is remembered: it had its effect, else it had stayed.
_CLOSING: Final = """
SELECT t.version, e.op, o.created_at, u.id, u.name, u.zone,
  EXISTS (SELECT FROM consumed c WHERE c.consumer = $3 AND c.event_id = $4)
  OR NOT EXISTS (SELECT FROM events x WHERE x.space_id = $1 AND x.kind = 'task' AND x.subject_id = $2
    AND x.id = $4 AND x.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')) AS seen
FROM events e
JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
JOIN users u ON u.id = o.user_id
JOIN tasks t ON t.space_id = e.space_id AND t.id = e.subject_id
WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = $2
  AND e.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')
ORDER BY e.version DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a task was closed last: by whom, when, in which operation; and its version now."""

    version: int
    op: int
    at: datetime
    person: Person
    seen: bool


async def latest_closing(
    database: Database, space: int, task: int, consumer: str, event_id: UUID
) -> Closing | None:
    """None where the task is purged; `seen` says that this consumer has had its effect already."""
    rows = await database.worker(_CLOSING, space, task, consumer, event_id)
    if not rows:
        return None
    [row] = rows
    person = Person(row["id"], space, row["name"], row["zone"])
    return Closing(row["version"], row["op"], row["created_at"], person, row["seen"])
