"""Stored values in the words of the surface: what callers read and may send back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from todo_mcp.domain.state import State
from todo_mcp.domain.task import Priority, Status, Task
from todo_mcp.ids import short


def stamp(at: datetime, zone: str) -> str:
    """RFC 3339 with the offset of the zone; seconds only where there are some."""
    local = at.astimezone(ZoneInfo(zone))
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def moment(on: date | None, at: datetime | None, zone: str | None) -> str | None:
    """A timed value with its offset, an all-day one as a plain date."""
    if at is not None and zone is not None:
        return stamp(at, zone)
    return on.isoformat() if on is not None else None


def due_of(task: Task) -> str | None:
    return moment(task.due_on, task.due_at, task.zone)


def start_of(task: Task) -> str | None:
    return moment(task.start_on, task.start_at, task.zone)


def span_text(seconds: int) -> str:
    """`45m`, `2h`, `1h30m`."""
    hours, minutes = divmod(seconds // 60, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or not hours else "")


@dataclass(frozen=True, slots=True)
class Names:
    """Lists and people by id, and the zone of who reads."""

    lists: Mapping[int, str]
    fellows: Mapping[int, str]
    zone: str


def names_of(state: State) -> Names:
    lists = {number: row.name for number, row in state.lists.items()}
    return Names(lists, state.fellows, state.user.zone)


def fields_of(task: Task, names: Names) -> dict[str, Any]:
    """Every field of the task under its name on the surface; None where it is empty."""
    return {
        "title": task.title,
        "notes": task.notes,
        "list": names.lists.get(task.list_id) or short("list", task.list_id),
        "parent": short("task", task.parent_id) if task.parent_id else None,
        "status": task.status.value,
        "priority": task.priority.word,
        "due": due_of(task),
        "start": start_of(task),
        "deadline": task.deadline_on.isoformat() if task.deadline_on else None,
        "zone": task.zone,
        "tags": list(task.tags),
        "estimate": span_text(task.estimate_seconds) if task.estimate_seconds else None,
        "assignee": names.fellows.get(task.assignee) if task.assignee else None,
        "blocked_by": [short("task", number) for number in task.blocked_by],
        "deleted": task.deleted_at is not None,
    }


def brief(task: Task, names: Names, **counts: Any) -> dict[str, Any]:
    """A task as a row of a list: what is empty or default is left out.

    `counts` adds what rows alone do not tell: subtasks, recurrence, reminders, has.
    """
    row = fields_of(task, names) | counts
    del row["title"], row["notes"], row["deleted"]
    if task.priority is Priority.NONE:
        del row["priority"]
    if task.status is Status.OPEN:
        del row["status"]
    if task.zone == names.zone:
        del row["zone"]
    head = {"id": short("task", task.id), "title": task.title, "version": task.version}
    return head | {name: value for name, value in row.items() if value not in (None, [], 0, "")}
