"""Reading single tasks with what belongs to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.store.database import Database

_COMMENTS: Final = """
SELECT c.id, c.task_id, c.text, c.created_at, u.name FROM comments c JOIN users u ON u.id = c.user_id
WHERE c.space_id = $1 AND c.task_id = ANY ($2) ORDER BY c.id
"""
_HISTORY: Final = """
SELECT t.id AS task_id, e.type, e.before, e.after, e.created_at, e.op, u.name, o.actor, o.tool
FROM unnest($2::bigint[]) AS t(id)
CROSS JOIN LATERAL (
  SELECT * FROM events e WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = t.id
  ORDER BY e.version DESC LIMIT 20) e
LEFT JOIN operations o ON o.space_id = $1 AND o.id = e.op LEFT JOIN users u ON u.id = o.user_id
ORDER BY e.version DESC
"""


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    task: int
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a task, and who caused it."""

    task: int
    type: str
    changed: dict[str, tuple[Any, Any]]
    at: datetime
    op: int | None
    by: str | None
    client: str | None
    tool: str | None


async def comments(database: Database, space: int, tasks: list[int]) -> list[Comment]:
    """Oldest first."""
    rows = await database.app(space, _COMMENTS, space, tasks)
    return [Comment(r["id"], r["task_id"], r["text"], r["name"], r["created_at"]) for r in rows]


async def history(database: Database, space: int, tasks: list[int]) -> list[Past]:
    """The newest 20 events of each, newest first."""
    found: list[Past] = []
    for row in await database.app(space, _HISTORY, space, tasks):
        before: dict[str, Any] = from_json(row["before"] or "{}")
        after: dict[str, Any] = from_json(row["after"] or "{}")
        actor: dict[str, Any] = from_json(row["actor"] or "{}")
        changed = {name: (old, after.get(name)) for name, old in before.items()}
        found.append(
            Past(
                row["task_id"], row["type"], changed, row["created_at"], row["op"], row["name"],
                actor.get("client"), row["tool"],
            )
        )  # fmt: skip
    return found
