"""The tables of calendars: what imported tasks are called elsewhere, and feeds to subscribe to."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Named,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from todo_mcp.store.columns import created, metadata


class ExternalIdColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    uid: Named[str] = Column(Text)
    n: Named[int] = Column(Integer)
    task_id: Named[int] = Column(BigInteger)
    digest: Named[str] = Column(Text)


# What imported tasks are called elsewhere; the row with the highest n counts. Without a key to the
# tasks, since these can be rebuilt from the log and the names cannot.
external_ids = Table(
    "external_ids",
    metadata,
    ExternalIdColumns,
    PrimaryKeyConstraint("space_id", "uid", "n"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    CheckConstraint("length(uid) BETWEEN 1 AND 600", name="uid"),
    Index("ix_external_ids_task", "space_id", "task_id"),
)


class FeedColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    id: Named[int] = Column(BigInteger, Identity(always=True))
    user_id: Named[int] = Column(BigInteger)
    list_id: Named[int | None] = Column(BigInteger)
    token_hash: Named[str] = Column(Text)
    created_at: Named[datetime] = created()


feeds = Table(
    "feeds",
    metadata,
    FeedColumns,
    PrimaryKeyConstraint("space_id", "id"),
    UniqueConstraint("token_hash"),
    ForeignKeyConstraint(
        ["space_id", "user_id"], ["members.space_id", "members.user_id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(["space_id", "list_id"], ["lists.space_id", "lists.id"]),
)
