"""What a user is reminded of, and what came of it: the schedule and the inbox."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Named,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from todo_mcp.store.columns import STAMP, metadata


class ReminderColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    task_id: Named[int] = Column(BigInteger)
    user_id: Named[int] = Column(BigInteger)
    spec: Named[str] = Column(Text)
    fire_at: Named[datetime] = Column(STAMP)
    state: Named[str] = Column(Text)


reminders = Table(
    "reminders",
    metadata,
    ReminderColumns,
    PrimaryKeyConstraint("space_id", "id"),
    ForeignKeyConstraint(["space_id", "task_id"], ["tasks.space_id", "tasks.id"]),
    ForeignKeyConstraint(["user_id"], ["users.id"]),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(spec) BETWEEN 1 AND 100", name="spec"),
    CheckConstraint(
        "state IN ('pending', 'fired', 'missed', 'cancelled', 'removed')", name="state"
    ),
    Index("ix_reminders_task", "space_id", "task_id"),
    Index(
        "pending_by_time",
        "fire_at",
        "space_id",
        "user_id",
        postgresql_where=text("state = 'pending'"),
    ),
    # What of a user comes due together with what has fired: it is told as one message.
    Index(
        "pending_by_user",
        "space_id",
        "user_id",
        "fire_at",
        postgresql_where=text("state = 'pending'"),
    ),
)


class NotificationColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    user_id: Named[int] = Column(BigInteger)
    task_id: Named[int] = Column(BigInteger)
    reminder_id: Named[int] = Column(BigInteger)
    fire_at: Named[datetime] = Column(STAMP)
    created_at: Named[datetime] = Column(STAMP)
    acknowledged_at: Named[datetime | None] = Column(STAMP)


notifications = Table(
    "notifications",
    metadata,
    NotificationColumns,
    PrimaryKeyConstraint("space_id", "id"),
    UniqueConstraint("space_id", "reminder_id", "fire_at"),
    ForeignKeyConstraint(["space_id", "reminder_id"], ["reminders.space_id", "reminders.id"]),
    CheckConstraint("version >= 1", name="version"),
    Index(
        "unread",
        "space_id",
        "user_id",
        "id",
        postgresql_where=text("acknowledged_at IS NULL"),
    ),
    Index("ix_notifications_task", "space_id", "task_id"),
)
