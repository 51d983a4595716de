"""What undo looks at: operations with their events, and what happened to the same things since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from todo_mcp.domain.change import UNTOLD
from todo_mcp.domain.events import Event
from todo_mcp.domain.reminder import Fate, Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import LIVE, Task
from todo_mcp.ids import short

KEPT: Final = timedelta(days=30)
# Columns that only make sense together, under the name the surface has for them.
TOGETHER: Final = {
    "due": ("due_on", "due_time", "due_at"),
    "start": ("start_on", "start_time", "start_at"),
    "status": ("status", "completed_at"),
    "recurrence": ("series_id", "n", "occurs_on", "occurs_at"),
}
_LIKE: Final = {column: columns for columns in TOGETHER.values() for column in columns}
_NAMES: Final = {column: name for name, columns in TOGETHER.items() for column in columns} | {
    "list_id": "list",
    "parent_id": "parent",
    "deadline_on": "deadline",
    "estimate_seconds": "estimate",
    "deleted_at": "status",
}
_WORDS: Final = {"series": "recurrence", "reminder": "reminders", "notification": "notifications"}
_FIXED: Final = UNTOLD | {"id"}


@dataclass(frozen=True, slots=True)
class Past:
    """An operation. `events` are its own and those of the operations it caused, newest first."""

    id: int
    tool: str
    created_at: datetime
    cause: int | None = None
    caused: tuple[int, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def text(self) -> str:
        return short("operation", self.id)


@dataclass(frozen=True, slots=True)
class Since:
    """A later change of the same thing: in which version, which columns, by whom."""

    version: int
    columns: frozenset[str]
    user: int | None = None
    name: str | None = None
    op: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What is to be undone, newest first; `unknown` are ids that no operation has.

    `closings` say when what recurs was closed last, where a series may have to go on from that.
    """

    pasts: tuple[Past, ...] = ()
    unknown: tuple[int, ...] = ()
    undone_by: dict[int, int] = field(default_factory=dict[int, int])
    since: dict[tuple[str, int], list[Since]] = field(
        default_factory=dict[tuple[str, int], list[Since]]
    )
    closings: Mapping[int, datetime] = field(default_factory=dict[int, datetime])

    @property
    def ended(self) -> bool:
        """Whether a series ended with it, which goes on once it is undone."""
        events = (event for past in self.pasts for event in past.events)
        return any(e.kind == "series" and (e.after or {}).get("ended_at") for e in events)

    def later(self, event: Event, columns: frozenset[str] | None = None) -> Since | None:
        """The latest change of this thing after the event, of these columns if any are given."""
        found = [
            item
            for item in self.since.get((event.kind, event.subject_id), ())
            if item.version > event.version and (columns is None or item.columns & columns)
        ]
        return max(found, key=lambda item: item.version, default=None)


def images(model: type[Row], event: Event) -> tuple[Any, Any]:
    """The row before and after the event, which was no creation."""
    after = event.after or {}
    return model.model_validate({**after, **(event.before or {})}), model.model_validate(after)


def columns_changed(before: Row, after: Row) -> list[str]:
    return [
        name
        for name in type(after).model_fields
        if name not in _FIXED and getattr(before, name) != getattr(after, name)
    ]


def with_its_like(row: Row, column: str) -> tuple[str, ...]:
    """The columns that go together with this one."""
    return _LIKE.get(column, (column,)) if isinstance(row, Task) else (column,)


def word_for(kind: str, column: str) -> str:
    """A column in the words of the surface."""
    return _NAMES.get(column, column) if kind == "task" else _WORDS.get(kind, kind)


def verb_of(before: Row, after: Row) -> str:
    """What a change amounts to, whichever way it came about."""
    match before, after:
        case Task(), Task():
            return _of_task(before, after)
        case Reminder(), Reminder():
            return _of_reminder(before, after)
        case Series(), Series():
            if (before.ended_at is None) is not (after.ended_at is None):
                return "resumed" if after.ended_at is None else "ended"
        case Notification(), Notification():
            return "restored" if after.acknowledged_at is None else "acknowledged"
        case _:
            pass
    return "updated"


def _of_task(before: Task, after: Task) -> str:
    if (before.deleted_at is None) is not (after.deleted_at is None):
        return "restored" if after.deleted_at is None else "deleted"
    if before.status is after.status:
        return "updated"
    if after.status in LIVE:
        return "started" if before.status in LIVE and after.status != "open" else "reopened"
    return {"done": "completed"}.get(after.status, after.status.value)


def _of_reminder(before: Reminder, after: Reminder) -> str:
    if before.state is not after.state and after.state in (Fate.REMOVED, Fate.CANCELLED):
        return after.state.value
    if before.state is not after.state and before.state in (Fate.REMOVED, Fate.CANCELLED):
        return "restored"
    return "moved"
