"""What a task is."""

from datetime import date, datetime, time
from enum import IntEnum, StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from todo_mcp.domain.row import Row

DEPTH_LIMIT: Final = 8
SUBTREE_LIMIT: Final = 5_000
BLOCKER_LIMIT: Final = 100


class Status(StrEnum):
    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


LIVE: Final = frozenset({Status.OPEN, Status.STARTED})


class Priority(IntEnum):
    """Stored as a number, so that an index orders it."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Task(Row):
    """One thing to do.

    A due (start) without a time is a date; with one, `due_at` is the instant that `due_on`,
    `due_time` and `zone` stand for. An occurrence keeps the rule's own date it stands for
    (RFC 5545 RECURRENCE-ID) in `occurs_on`, and as an instant in `occurs_at` where it has a time.
    """

    table: ClassVar = "tasks"
    kind: ClassVar = "task"

    title: str
    notes: str | None = None
    list_id: int
    parent_id: int | None = None
    status: Status = Status.OPEN
    priority: Priority = Priority.NONE
    tags: tuple[str, ...] = ()
    start_on: date | None = None
    start_time: time | None = None
    start_at: datetime | None = None
    due_on: date | None = None
    due_time: time | None = None
    due_at: datetime | None = None
    zone: str | None = None
    deadline_on: date | None = None
    estimate_seconds: int | None = None
    assignee: int | None = None
    position: float | None = None
    series_id: int | None = None
    n: int | None = None
    occurs_on: date | None = None
    occurs_at: datetime | None = None
    blocked_by: tuple[int, ...] = ()
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Open or started, and not in the trash."""
        return self.status in LIVE and self.deleted_at is None


class Twin(BaseModel):
    """What makes a task added a moment ago the same as the one that is being added."""

    model_config = ConfigDict(frozen=True)

    id: int
    title: str
    list_id: int
    parent_id: int | None = None
    due_on: date | None = None
    due_at: datetime | None = None
