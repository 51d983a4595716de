"""What is stored, past the tools: states that no read shows."""

from typing import Any

from todo_mcp import ids
from todo_mcp.service.home import Home

_REMINDERS = """
SELECT r.id, r.spec, r.state, r.fire_at, r.version FROM reminders r
WHERE r.space_id = $1 AND r.task_id = $2 ORDER BY r.id
"""


async def rows(home: Home, sql: str, *args: Any) -> list[Any]:
    """Of the space, which is `$1`."""
    return await home.database.app(home.person.space, sql, home.person.space, *args)


async def reminders(home: Home, task: str) -> list[tuple[str, str, str]]:
    """Spec, state and UTC time of each reminder of a task, the oldest first."""
    found = await rows(home, _REMINDERS, ids.parse(task, "task", "task"))
    return [(r["spec"], r["state"], r["fire_at"].strftime("%m-%d %H:%M")) for r in found]


async def reminder_ids(home: Home, task: str) -> list[str]:
    found = await rows(home, _REMINDERS, ids.parse(task, "task", "task"))
    return [ids.short("reminder", r["id"]) for r in found]


async def version(home: Home, task: str) -> int:
    [row] = await rows(
        home,
        "SELECT version FROM tasks WHERE space_id = $1 AND id = $2",
        ids.parse(task, "task", "task"),
    )
    return row["version"]


async def open_tasks(home: Home) -> list[str]:
    """The ids of what is open and not in the trash, the oldest first."""
    found = await rows(
        home,
        "SELECT id FROM tasks WHERE space_id = $1 AND completed_at IS NULL AND deleted_at IS NULL "
        "ORDER BY id",
    )
    return [ids.short("task", row["id"]) for row in found]
