"""The tables of the event log and of what surrounds the tasks: appended to, or owned by the worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Named,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from todo_mcp.store.columns import SEARCH, STAMP, Xid8, created, metadata

ID_SEQUENCES = {
    kind: Sequence(f"{kind}_ids", metadata=metadata, data_type=BigInteger)
    for kind in (
        "space", "user", "list", "series", "task", "reminder", "notification", "comment",
        "operation", "delivery",
    )
}  # fmt: skip


class OperationColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    user_id: Named[int] = Column(BigInteger)
    actor: Named[dict[str, Any]] = Column(JSONB())
    tool: Named[str] = Column(Text)
    key: Named[str | None] = Column(Text)
    args_hash: Named[str | None] = Column(Text)
    cause: Named[int | None] = Column(BigInteger)
    result: Named[dict[str, Any]] = Column(JSONB())
    created_at: Named[datetime] = Column(STAMP)


operations = Table(
    "operations",
    metadata,
    OperationColumns,
    PrimaryKeyConstraint("space_id", "id"),
    UniqueConstraint("space_id", "user_id", "key"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    CheckConstraint("length(key) BETWEEN 8 AND 128", name="key"),
    CheckConstraint("(key IS NULL) = (args_hash IS NULL)", name="hashed"),
    Index("ix_operations_cause", "space_id", "cause", postgresql_where=sql("cause IS NOT NULL")),
    Index("ix_operations_user", "space_id", "user_id", "created_at", "id"),
    Index("undos", "space_id", "created_at", postgresql_where=sql("tool = 'undo'")),
    # Answers that no event leads to: kept because of their key only.
    Index(
        "without_effect",
        "space_id",
        postgresql_where=sql("key IS NOT NULL AND NOT (result ? 'op')"),
    ),
)


class LogColumns(TypedColumns):
    generation: Named[int] = Column(Integer)
    only_row: Named[bool] = Column(Boolean, primary_key=True, server_default=sql("true"))


log = Table("log", metadata, LogColumns, CheckConstraint("only_row", name="one_row"))


class EventColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    generation: Named[int] = Column(Integer)
    tx: Named[int] = Column(Xid8(), server_default=sql("pg_current_xact_id()"))
    seq: Named[int] = Column(BigInteger, Identity(always=True))
    id: Named[UUID] = Column(unique=True)
    kind: Named[str] = Column(Text)
    subject_id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    task_id: Named[int | None] = Column(BigInteger)
    type: Named[str] = Column(Text)
    before: Named[dict[str, Any] | None] = Column(JSONB())
    after: Named[dict[str, Any] | None] = Column(JSONB())
    op: Named[int | None] = Column(BigInteger)
    traceparent: Named[str | None] = Column(Text)
    created_at: Named[datetime] = created()


events = Table(
    "events",
    metadata,
    EventColumns,
    PrimaryKeyConstraint("generation", "tx", "seq"),
    CheckConstraint("version >= 1", name="version"),
    Index("ix_events_subject", "space_id", "kind", "subject_id", "version"),
    Index("ix_events_op", "space_id", "op"),
)


class CursorColumns(TypedColumns):
    sink: Named[str] = Column(Text, primary_key=True)
    generation: Named[int] = Column(Integer)
    tx: Named[int] = Column(Xid8())
    seq: Named[int] = Column(BigInteger)
    updated_at: Named[datetime] = Column(STAMP)


cursors = Table("cursors", metadata, CursorColumns)


class ConsumedColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    consumer: Named[str] = Column(Text)
    event_id: Named[UUID]
    consumed_at: Named[datetime] = created()


consumed = Table(
    "consumed",
    metadata,
    ConsumedColumns,
    PrimaryKeyConstraint("consumer", "event_id"),
)


class DeadLetterColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    event_id: Named[UUID]
    consumer: Named[str] = Column(Text)
    reason: Named[str] = Column(Text)
    attempts: Named[int] = Column(Integer)
    created_at: Named[datetime] = created()


dead_letters = Table(
    "dead_letters",
    metadata,
    DeadLetterColumns,
    PrimaryKeyConstraint("space_id", "consumer", "event_id"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
)


class CommentColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    task_id: Named[int] = Column(BigInteger)
    user_id: Named[int] = Column(BigInteger)
    text: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(STAMP)
    search: Named[str | None] = Column(SEARCH)


comments = Table(
    "comments",
    metadata,
    CommentColumns,
    PrimaryKeyConstraint("space_id", "id"),
    ForeignKeyConstraint(["space_id", "task_id"], ["tasks.space_id", "tasks.id"]),
    ForeignKeyConstraint(["user_id"], ["users.id"]),
    CheckConstraint("length(text) BETWEEN 1 AND 10000", name="text"),
    Index("ix_comments_task", "space_id", "task_id"),
    Index(
        "ix_comments_search",
        "search",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    ),
)


class FilterColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    version: Named[int] = Column(Integer)
    name: Named[str] = Column(Text)
    query: Named[str] = Column(Text)
    deleted_at: Named[datetime | None] = Column(STAMP)


filters = Table(
    "filters",
    metadata,
    FilterColumns,
    PrimaryKeyConstraint("space_id", "id"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
    CheckConstraint("length(query) BETWEEN 1 AND 500", name="query"),
)


class ClaimColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    task_id: Named[int] = Column(BigInteger)
    agent: Named[str] = Column(Text)
    token: Named[int] = Column(BigInteger)
    until: Named[datetime] = Column(STAMP)


claims = Table(
    "claims",
    metadata,
    ClaimColumns,
    PrimaryKeyConstraint("space_id", "task_id"),
    ForeignKeyConstraint(["space_id", "task_id"], ["tasks.space_id", "tasks.id"]),
)


class WordColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    word: Named[str] = Column(Text(collation="C"))
    grams: Named[list[int]] = Column(ARRAY(Integer), server_default=sql("'{}'"))


words = Table(
    "words",
    metadata,
    WordColumns,
    PrimaryKeyConstraint("space_id", "word"),
    Index("ix_words_grams", "grams", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)


class ChannelColumns(TypedColumns):
    id: Named[int] = Column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Named[int] = Column(BigInteger)
    kind: Named[str] = Column(Text)
    name: Named[str] = Column(Text)
    settings: Named[dict[str, Any]] = Column(JSONB())
    sealed: Named[str | None] = Column(Text)
    created_at: Named[datetime] = created()
    confirmed_at: Named[datetime | None] = Column(STAMP)
    code_hash: Named[str | None] = Column(Text)
    code_sent_at: Named[datetime | None] = Column(STAMP)
    code_tries: Named[int] = Column(Integer, server_default=sql("0"))
    failures: Named[int] = Column(Integer, server_default=sql("0"))
    open_until: Named[datetime | None] = Column(STAMP)


channels = Table(
    "channels",
    metadata,
    ChannelColumns,
    UniqueConstraint("user_id", "name"),
    ForeignKeyConstraint(["user_id"], ["users.id"]),
    CheckConstraint("length(name) BETWEEN 1 AND 50", name="name"),
)


class DeliveryColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger)
    notification_id: Named[int] = Column(BigInteger)
    channel_id: Named[int] = Column(BigInteger)
    state: Named[str] = Column(Text, server_default=sql("'pending'"))
    attempts: Named[int] = Column(Integer, server_default=sql("0"))
    next_try_at: Named[datetime] = Column(STAMP)
    lease_until: Named[datetime | None] = Column(STAMP)
    lease_token: Named[int] = Column(BigInteger, server_default=sql("0"))
    message_id: Named[int | None] = Column(BigInteger)
    created_at: Named[datetime] = created()
    error: Named[str | None] = Column(Text)


deliveries = Table(
    "deliveries",
    metadata,
    DeliveryColumns,
    PrimaryKeyConstraint("space_id", "id"),
    UniqueConstraint("space_id", "notification_id", "channel_id"),
    ForeignKeyConstraint(
        ["space_id", "notification_id"], ["notifications.space_id", "notifications.id"]
    ),
    ForeignKeyConstraint(["channel_id"], ["channels.id"]),
    CheckConstraint("state IN ('pending', 'sent', 'failed', 'dropped')", name="state"),
    Index("due_deliveries", "next_try_at", postgresql_where=sql("state = 'pending'")),
    Index(
        "pending_by_channel",
        "channel_id",
        "next_try_at",
        postgresql_where=sql("state = 'pending'"),
    ),
    Index("ix_deliveries_channel", "channel_id"),
)
