"""Reading what happened to one thing."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.domain.fields import SETTERS
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database

_SINCE: Final = """
SELECT e.version, e.before, e.after, u.name
FROM events e LEFT JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
LEFT JOIN users u ON u.id = o.user_id
WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = $2 AND e.version > $3
ORDER BY e.version DESC LIMIT 50
"""
_SURFACE: Final = {
    "list_id": "list", "parent_id": "parent", "due_on": "due", "due_time": "due", "due_at": "due",
    "start_on": "start", "start_time": "start", "start_at": "start", "deadline_on": "deadline",
    "estimate_seconds": "estimate", "completed_at": "status", "deleted_at": "status",
}  # fmt: skip
_SILENT: Final = frozenset({"version", "updated_at"})


@dataclass(frozen=True, slots=True)
class Since:
    """A task as it is, and what changed of it since a version."""

    task: Task
    fields: list[str]
    by: str | None


async def changed_since(database: Database, space: int, task: int, version: int) -> Since:
    """What happened to a task after a version; the task is known to have a later one."""
    rows = await database.app(space, _SINCE, space, task, version)
    if not rows:
        rows = await database.app(space, _SINCE, space, task, 0)
        return Since(Task.model_validate(from_json(rows[0]["after"])), [], None)
    names: dict[str, None] = {}
    for row in rows:
        before: dict[str, Any] = from_json(row["before"] or "{}")
        names |= {_SURFACE.get(name, name): None for name in before if name not in _SILENT}
    newest = rows[0]
    told = [name for name in SETTERS if name in names] + [n for n in names if n not in SETTERS]
    return Since(Task.model_validate(from_json(newest["after"])), told, newest["name"])
