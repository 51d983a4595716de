"""create the event log and what surrounds the tasks

Runs while the previous version is still serving: expand first, contract in a later release.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from todo_mcp.store.columns import Xid8

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_cursors()
    create_log()
    create_consumed()
    create_dead_letters()
    create_events()
    create_filters()
    create_operations()
    create_words()
    create_channels()
    create_claims()
    create_comments()
    create_deliveries()


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("comments")
    op.drop_table("claims")
    op.drop_table("channels")
    op.drop_table("words")
    op.drop_table("operations")
    op.drop_table("filters")
    op.drop_table("events")
    op.drop_table("dead_letters")
    op.drop_table("consumed")
    op.drop_table("log")
    op.drop_table("cursors")


def create_cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("sink", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("tx", Xid8(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sink", name=op.f("pk_cursors")),
    )


def create_log() -> None:
    op.create_table(
        "log",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("only_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_log_one_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_log")),
    )


def create_consumed() -> None:
    op.create_table(
        "consumed",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "consumed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_consumed")),
    )


def create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_dead_letters_space_id")),
        sa.PrimaryKeyConstraint("space_id", "consumer", "event_id", name=op.f("pk_dead_letters")),
    )


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column(
            "tx",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("op", sa.BigInteger(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_events_version")),
        sa.PrimaryKeyConstraint("generation", "tx", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )
    op.create_index("ix_events_op", "events", ["space_id", "op"], unique=False)
    op.create_index(
        "ix_events_subject", "events", ["space_id", "kind", "subject_id", "version"], unique=False
    )


def create_filters() -> None:
    op.create_table(
        "filters",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_filters_name")),
        sa.CheckConstraint("length(query) BETWEEN 1 AND 500", name=op.f("ck_filters_query")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_filters_version")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_filters_space_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_filters")),
    )


def create_operations() -> None:
    op.create_table(
        "operations",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("args_hash", sa.Text(), nullable=True),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(key IS NULL) = (args_hash IS NULL)", name=op.f("ck_operations_hashed")
        ),
        sa.CheckConstraint("length(key) BETWEEN 8 AND 128", name=op.f("ck_operations_key")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_operations_space_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_operations")),
        sa.UniqueConstraint(
            "space_id", "user_id", "key", name=op.f("uq_operations_space_id_user_id_key")
        ),
    )
    op.create_index(
        "ix_operations_cause",
        "operations",
        ["space_id", "cause"],
        unique=False,
        postgresql_where=sa.text("cause IS NOT NULL"),
    )
    op.create_index(
        "ix_operations_user",
        "operations",
        ["space_id", "user_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "undos",
        "operations",
        ["space_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("tool = 'undo'"),
    )
    op.create_index(
        "without_effect",
        "operations",
        ["space_id"],
        unique=False,
        postgresql_where=sa.text("key IS NOT NULL AND NOT (result ? 'op')"),
    )


def create_words() -> None:
    op.create_table(
        "words",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("trigrams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "word", name=op.f("pk_words")),
    )


def create_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_channels_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_channels_user_id_name")),
    )


def create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id", "task_id"],
            ["tasks.space_id", "tasks.id"],
            name=op.f("fk_claims_space_id_task_id"),
        ),
        sa.PrimaryKeyConstraint("space_id", "task_id", name=op.f("pk_claims")),
    )


def create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 10000", name=op.f("ck_comments_text")),
        sa.ForeignKeyConstraint(
            ["space_id", "task_id"],
            ["tasks.space_id", "tasks.id"],
            name=op.f("fk_comments_space_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comments_user_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_comments")),
    )
    op.create_index(
        "ix_comments_search", "comments", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_comments_task", "comments", ["space_id", "task_id"], unique=False)


def create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'failed')", name=op.f("ck_deliveries_state")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_deliveries_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "notification_id"],
            ["notifications.space_id", "notifications.id"],
            name=op.f("fk_deliveries_space_id_notification_id"),
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "space_id",
            "notification_id",
            "channel_id",
            name=op.f("uq_deliveries_space_id_notification_id_channel_id"),
        ),
    )
    op.create_index(
        "due_deliveries",
        "deliveries",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
