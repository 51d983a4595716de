"""Spaces, the people in them, and what each has chosen."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Named,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Time,
    TypedColumns,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from todo_mcp.store.columns import created, metadata


class SpaceColumns(TypedColumns):
    id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    name: Named[str] = Column(Text)
    personal: Named[bool] = Column(server_default=text("true"))
    created_at: Named[datetime] = created()


spaces = Table(
    "spaces", metadata, SpaceColumns, CheckConstraint("length(name) BETWEEN 1 AND 200", name="name")
)


class UserColumns(TypedColumns):
    id: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    name: Named[str] = Column(Text, unique=True)
    zone: Named[str] = Column(Text)
    week_start: Named[int] = Column(SmallInteger, server_default=text("0"))
    working_hours: Named[dict[str, Any] | None] = Column(JSONB())
    day_start: Named[time] = Column(Time, server_default=text("'09:00'"))
    default_reminders: Named[list[str]] = Column(ARRAY(Text), server_default=text("'{}'"))
    space_id: Named[int] = Column(BigInteger)
    created_at: Named[datetime] = created()
    quiet_from: Named[time | None] = Column(Time)
    quiet_until: Named[time | None] = Column(Time)
    channels: Named[list[str] | None] = Column(ARRAY(Text))


users = Table(
    "users",
    metadata,
    UserColumns,
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
    CheckConstraint("week_start BETWEEN 0 AND 6", name="week_start"),
    CheckConstraint("cardinality(default_reminders) <= 20", name="default_reminders"),
    CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet"),
)


class MemberColumns(TypedColumns):
    space_id: Named[int] = Column(BigInteger)
    user_id: Named[int] = Column(BigInteger)
    role: Named[str] = Column(Text, server_default=text("'owner'"))


members = Table(
    "members",
    metadata,
    MemberColumns,
    PrimaryKeyConstraint("space_id", "user_id"),
    ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    ForeignKeyConstraint(["user_id"], ["users.id"]),
    CheckConstraint("role IN ('owner', 'editor', 'viewer')", name="role"),
    Index(None, "user_id"),
)
