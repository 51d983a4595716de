"""Lists, series and tasks as typed tables. Alembic reads `metadata`; models in `domain` are held against it by a test."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    Named,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Time,
    TypedColumns,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from todo_mcp.store.columns import SEARCH, STAMP, metadata

OPEN = text("status IN ('open', 'started') AND deleted_at IS NULL")


# What the planner takes nothing off for; the statements of searches have it letter by letter.
SEARCHED_LIVE = "nullif(status in ('open', 'started') and deleted_at is null, false) is not null"
BY_DUE = (
    text("coalesce(due_on, 'infinity'::date)"),
    text("coalesce(due_at, 'infinity'::timestamptz)"),
)
BY_PRIORITY = text("(-priority)")
# Beside a time in its index: what is found by it is sorted by due without a look at the rows.
DUE_ORDER = ["due_on", "due_at", "priority"]


class ListColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    name: Named[str] = Column(Text)
    parent_id: Named[int | None] = Column(BigInteger)
    inbox: Named[bool] = Column(server_default=text("false"))
    position: Named[float | None] = Column(Float(53))
    created_at: Named[datetime] = Column(STAMP)
    updated_at: Named[datetime] = Column(STAMP)
    archived_at: Named[datetime | None] = Column(STAMP)
    deleted_at: Named[datetime | None] = Column(STAMP)


lists = Table(
    "lists",
    metadata,
    ListColumns,
    PrimaryKeyConstraint("space_id", "id"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    ForeignKeyConstraint(["space_id", "parent_id"], ["lists.space_id", "lists.id"]),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
    Index("one_inbox", "space_id", unique=True, postgresql_where=text("inbox")),
    Index(
        "one_list_of_a_name",
        "space_id",
        text("lower(name)"),
        unique=True,
        postgresql_where=text("deleted_at IS NULL"),
    ),
)


class SeriesColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    recurrence: Named[dict[str, Any]] = Column(JSONB())
    n: Named[int] = Column(Integer)
    passed: Named[int] = Column(Integer)
    ended_at: Named[datetime | None] = Column(STAMP)


series = Table(
    "series",
    metadata,
    SeriesColumns,
    PrimaryKeyConstraint("space_id", "id"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("n >= 1 AND passed >= 0", name="counted"),
)


class TaskColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    title: Named[str] = Column(Text)
    notes: Named[str | None] = Column(Text)
    list_id: Named[int] = Column(BigInteger)
    parent_id: Named[int | None] = Column(BigInteger)
    status: Named[str] = Column(Text)
    priority: Named[int] = Column(SmallInteger)
    tags: Named[list[str]] = Column(ARRAY(Text))
    start_on: Named[date | None] = Column(Date)
    start_time: Named[time | None] = Column(Time)
    start_at: Named[datetime | None] = Column(STAMP)
    due_on: Named[date | None] = Column(Date)
    due_time: Named[time | None] = Column(Time)
    due_at: Named[datetime | None] = Column(STAMP)
    zone: Named[str | None] = Column(Text)
    deadline_on: Named[date | None] = Column(Date)
    estimate_seconds: Named[int | None] = Column(Integer)
    assignee: Named[int | None] = Column(BigInteger)
    position: Named[float | None] = Column(Float(53))
    series_id: Named[int | None] = Column(BigInteger)
    n: Named[int | None] = Column(Integer)
    occurs_on: Named[date | None] = Column(Date)
    occurs_at: Named[datetime | None] = Column(STAMP)
    blocked_by: Named[list[int]] = Column(ARRAY(BigInteger))
    created_at: Named[datetime] = Column(STAMP)
    updated_at: Named[datetime] = Column(STAMP)
    completed_at: Named[datetime | None] = Column(STAMP)
    deleted_at: Named[datetime | None] = Column(STAMP)
    search: Named[str | None] = Column(SEARCH)


tasks = Table(
    "tasks",
    metadata,
    TaskColumns,
    PrimaryKeyConstraint("space_id", "id"),
    UniqueConstraint("space_id", "series_id", "n"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    ForeignKeyConstraint(["space_id", "list_id"], ["lists.space_id", "lists.id"]),
    ForeignKeyConstraint(["space_id", "parent_id"], ["tasks.space_id", "tasks.id"]),
    ForeignKeyConstraint(["space_id", "series_id"], ["series.space_id", "series.id"]),
    ForeignKeyConstraint(["space_id", "assignee"], ["members.space_id", "members.user_id"]),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(title) BETWEEN 1 AND 500", name="title"),
    CheckConstraint("length(notes) BETWEEN 1 AND 50000", name="notes"),
    CheckConstraint("status IN ('open', 'started', 'done', 'cancelled', 'skipped')", name="status"),
    CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
    CheckConstraint("cardinality(tags) <= 20", name="tags"),
    CheckConstraint(r"array_to_string(tags, ' ') ~ '^(\S{1,50}( \S{1,50})*)?$'", name="tag_length"),
    CheckConstraint("estimate_seconds > 0", name="estimate"),
    CheckConstraint(
        "(status IN ('open', 'started')) = (completed_at IS NULL)", name="closed_has_time"
    ),
    CheckConstraint(
        "(due_time IS NULL) = (due_at IS NULL) AND (due_at IS NULL OR due_on IS NOT NULL)",
        name="due",
    ),
    CheckConstraint(
        "(start_time IS NULL) = (start_at IS NULL) AND (start_at IS NULL OR start_on IS NOT NULL)",
        name="start",
    ),
    CheckConstraint("(due_time IS NULL AND start_time IS NULL) OR zone IS NOT NULL", name="zone"),
    CheckConstraint("(series_id IS NULL) = (n IS NULL) AND n >= 1", name="occurrence"),
    CheckConstraint("series_id IS NULL OR occurs_on IS NOT NULL", name="occurs"),
    CheckConstraint("parent_id <> id", name="parent"),
    CheckConstraint("NOT id = ANY (blocked_by)", name="blocked_by"),
    Index("one_open_occurrence", "space_id", "series_id", unique=True, postgresql_where=OPEN),
    Index("open_by_due", "space_id", "due_on", "due_at", "id", postgresql_where=OPEN),
    Index("ix_tasks_list", "space_id", "list_id", "status"),
    Index(
        "ix_tasks_parent", "space_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")
    ),
    Index(
        "open_and_blocked",
        "space_id",
        "id",
        postgresql_include=["blocked_by"],
        postgresql_where=text(
            "blocked_by <> '{}' AND status IN ('open', 'started') AND deleted_at IS NULL"
        ),
    ),
    Index(
        "in_trash",
        "space_id",
        "deleted_at",
        "id",
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
    Index("ix_tasks_created", "space_id", "created_at", "id"),
    Index("ix_tasks_updated", "space_id", "updated_at", "id"),
    Index(
        "ix_tasks_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "off"}
    ),
    Index(
        "search_open_by_due",
        "space_id",
        *BY_DUE,
        BY_PRIORITY,
        "id",
        postgresql_where=text(SEARCHED_LIVE),
    ),
    Index(
        "search_open_by_priority",
        "space_id",
        BY_PRIORITY,
        *BY_DUE,
        "id",
        postgresql_where=text(SEARCHED_LIVE),
    ),
    Index(
        "search_open_by_created",
        "space_id",
        "created_at",
        "id",
        postgresql_where=text(SEARCHED_LIVE),
    ),
    Index(
        "search_open_by_updated",
        "space_id",
        "updated_at",
        "id",
        postgresql_where=text(SEARCHED_LIVE),
        postgresql_include=DUE_ORDER,
    ),
    Index("search_by_due", "space_id", *BY_DUE, BY_PRIORITY, "id"),
    Index("search_by_priority", "space_id", BY_PRIORITY, *BY_DUE, "id"),
    Index(
        "search_open_by_start",
        "space_id",
        "start_on",
        postgresql_where=text(f"start_on is not null and {SEARCHED_LIVE}"),
        postgresql_include=["start_at", *DUE_ORDER, "id"],
    ),
    Index(
        "search_open_by_deadline",
        "space_id",
        "deadline_on",
        postgresql_where=text(f"deadline_on is not null and {SEARCHED_LIVE}"),
        postgresql_include=[*DUE_ORDER, "id"],
    ),
    Index(
        "search_by_completed",
        "space_id",
        "completed_at",
        "id",
        postgresql_where=text("completed_at is not null and deleted_at is null"),
        postgresql_include=[*DUE_ORDER, "status"],
    ),
    Index(
        "search_open_blocked",
        "space_id",
        "id",
        postgresql_where=text(f"blocked_by <> '{{}}' and {SEARCHED_LIVE}"),
        postgresql_include=["blocked_by", *DUE_ORDER],
    ),
    Index(
        "search_open_by_blocker",
        "blocked_by",
        postgresql_using="gin",
        postgresql_where=text(f"blocked_by <> '{{}}' and {SEARCHED_LIVE}"),
        postgresql_with={"fastupdate": "off"},
    ),
)
