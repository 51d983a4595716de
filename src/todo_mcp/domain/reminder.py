"""A stored wish to be told about a task, and what exists once it fired."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from todo_mcp.domain.row import Row

REMINDER_LIMIT: Final = 20


class Fate(StrEnum):
    PENDING = "pending"
    FIRED = "fired"
    MISSED = "missed"  # already past when it was set
    CANCELLED = "cancelled"  # its task closed or went to the trash; restored with it
    REMOVED = "removed"  # by the user; later occurrences do not get it


class Reminder(Row):
    table: ClassVar = "reminders"
    kind: ClassVar = "reminder"

    task_id: int
    user_id: int
    spec: str
    fire_at: datetime
    state: Fate = Fate.PENDING


class Notification(Row):
    table: ClassVar = "notifications"
    kind: ClassVar = "notification"

    task_id: int
    user_id: int
    reminder_id: int
    fire_at: datetime
    created_at: datetime
    acknowledged_at: datetime | None = None
