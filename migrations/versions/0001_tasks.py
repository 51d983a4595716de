"""create spaces, lists, tasks and reminders

Runs while the previous version is still serving: expand first, contract in a later release.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

KINDS = ("space", "user", "list", "series", "task", "reminder", "notification", "comment", "operation", "delivery")  # fmt: skip


def upgrade() -> None:
    for kind in KINDS:
        op.execute(sa.schema.CreateSequence(sa.Sequence(f"{kind}_ids", data_type=sa.BigInteger)))
    create_spaces()
    create_lists()
    create_series()
    create_users()
    create_members()
    create_tasks()
    create_reminders()
    create_notifications()


def downgrade() -> None:
    op.drop_table("notifications")
    op.drop_table("reminders")
    op.drop_table("tasks")
    op.drop_table("members")
    op.drop_table("users")
    op.drop_table("series")
    op.drop_table("lists")
    op.drop_table("spaces")
    for kind in KINDS:
        op.execute(sa.schema.DropSequence(sa.Sequence(f"{kind}_ids")))


def create_spaces() -> None:
    op.create_table(
        "spaces",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("personal", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_spaces_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
    )


def create_lists() -> None:
    op.create_table(
        "lists",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("inbox", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Float(precision=53), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_lists_name")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_lists_version")),
        sa.ForeignKeyConstraint(
            ["space_id", "parent_id"],
            ["lists.space_id", "lists.id"],
            name=op.f("fk_lists_space_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_lists_space_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_lists")),
    )
    op.create_index(
        "one_inbox", "lists", ["space_id"], unique=True, postgresql_where=sa.text("inbox")
    )
    op.create_index(
        "one_list_of_a_name",
        "lists",
        ["space_id", sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def create_series() -> None:
    op.create_table(
        "series",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recurrence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("n >= 1 AND passed >= 0", name=op.f("ck_series_counted")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_series_version")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_series_space_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_series")),
    )


def create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("week_start", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("working_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("day_start", sa.Time(), server_default=sa.text("'09:00'"), nullable=False),
        sa.Column(
            "default_reminders",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "cardinality(default_reminders) <= 20", name=op.f("ck_users_default_reminders")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_users_name")),
        sa.CheckConstraint("week_start BETWEEN 0 AND 6", name=op.f("ck_users_week_start")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_users_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )


def create_members() -> None:
    op.create_table(
        "members",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'owner'"), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'editor', 'viewer')", name=op.f("ck_members_role")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_members_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_members_user_id")),
        sa.PrimaryKeyConstraint("space_id", "user_id", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_user_id"), "members", ["user_id"], unique=False)


def create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_time", sa.Time(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("estimate_seconds", sa.Integer(), nullable=True),
        sa.Column("assignee", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Float(precision=53), nullable=True),
        sa.Column("series_id", sa.BigInteger(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("occurs_on", sa.Date(), nullable=True),
        sa.Column("occurs_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_by", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('open', 'started')) = (completed_at IS NULL)",
            name=op.f("ck_tasks_closed_has_time"),
        ),
        sa.CheckConstraint(
            "array_to_string(tags, ' ') ~ '^(\\S{1,50}( \\S{1,50})*)?$'",
            name=op.f("ck_tasks_tag_length"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'started', 'done', 'cancelled', 'skipped')",
            name=op.f("ck_tasks_status"),
        ),
        sa.CheckConstraint(
            "(due_time IS NULL AND start_time IS NULL) OR zone IS NOT NULL",
            name=op.f("ck_tasks_zone"),
        ),
        sa.CheckConstraint(
            "(due_time IS NULL) = (due_at IS NULL) AND (due_at IS NULL OR due_on IS NOT NULL)",
            name=op.f("ck_tasks_due"),
        ),
        sa.CheckConstraint(
            "(series_id IS NULL) = (n IS NULL) AND n >= 1", name=op.f("ck_tasks_occurrence")
        ),
        sa.CheckConstraint(
            "(start_time IS NULL) = (start_at IS NULL) AND (start_at IS NULL OR start_on IS NOT NULL)",
            name=op.f("ck_tasks_start"),
        ),
        sa.CheckConstraint("NOT id = ANY (blocked_by)", name=op.f("ck_tasks_blocked_by")),
        sa.CheckConstraint("cardinality(tags) <= 20", name=op.f("ck_tasks_tags")),
        sa.CheckConstraint("estimate_seconds > 0", name=op.f("ck_tasks_estimate")),
        sa.CheckConstraint("length(notes) BETWEEN 1 AND 50000", name=op.f("ck_tasks_notes")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 500", name=op.f("ck_tasks_title")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_tasks_parent")),
        sa.CheckConstraint("priority BETWEEN 0 AND 3", name=op.f("ck_tasks_priority")),
        sa.CheckConstraint(
            "series_id IS NULL OR occurs_on IS NOT NULL", name=op.f("ck_tasks_occurs")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_tasks_version")),
        sa.ForeignKeyConstraint(
            ["space_id", "assignee"],
            ["members.space_id", "members.user_id"],
            name=op.f("fk_tasks_space_id_assignee"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "list_id"],
            ["lists.space_id", "lists.id"],
            name=op.f("fk_tasks_space_id_list_id"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "parent_id"],
            ["tasks.space_id", "tasks.id"],
            name=op.f("fk_tasks_space_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "series_id"],
            ["series.space_id", "series.id"],
            name=op.f("fk_tasks_space_id_series_id"),
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_tasks_space_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_tasks")),
        sa.UniqueConstraint(
            "space_id", "series_id", "n", name=op.f("uq_tasks_space_id_series_id_n")
        ),
    )
    op.create_index(
        "in_trash",
        "tasks",
        ["space_id", "deleted_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("ix_tasks_created", "tasks", ["space_id", "created_at", "id"], unique=False)
    op.create_index("ix_tasks_list", "tasks", ["space_id", "list_id", "status"], unique=False)
    op.create_index(
        "ix_tasks_parent",
        "tasks",
        ["space_id", "parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index("ix_tasks_search", "tasks", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_tasks_updated", "tasks", ["space_id", "updated_at", "id"], unique=False)
    op.create_index(
        "one_open_occurrence",
        "tasks",
        ["space_id", "series_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('open', 'started') AND deleted_at IS NULL"),
    )
    op.create_index(
        "open_and_blocked",
        "tasks",
        ["space_id", "id"],
        unique=False,
        postgresql_where=sa.text(
            "blocked_by <> '{}' AND status IN ('open', 'started') AND deleted_at IS NULL"
        ),
    )
    op.create_index(
        "open_by_due",
        "tasks",
        ["space_id", "due_on", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('open', 'started') AND deleted_at IS NULL"),
    )


def create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'fired', 'missed', 'cancelled', 'removed')",
            name=op.f("ck_reminders_state"),
        ),
        sa.CheckConstraint("length(spec) BETWEEN 1 AND 100", name=op.f("ck_reminders_spec")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_reminders_version")),
        sa.ForeignKeyConstraint(
            ["space_id", "task_id"],
            ["tasks.space_id", "tasks.id"],
            name=op.f("fk_reminders_space_id_task_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reminders_user_id")),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_task", "reminders", ["space_id", "task_id"], unique=False)
    op.create_index(
        "pending_by_time",
        "reminders",
        ["fire_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )


def create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notifications_version")),
        sa.ForeignKeyConstraint(
            ["space_id", "reminder_id"],
            ["reminders.space_id", "reminders.id"],
            name=op.f("fk_notifications_space_id_reminder_id"),
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "space_id",
            "reminder_id",
            "fire_at",
            name=op.f("uq_notifications_space_id_reminder_id_fire_at"),
        ),
    )
    op.create_index("ix_notifications_task", "notifications", ["space_id", "task_id"], unique=False)
    op.create_index(
        "unread",
        "notifications",
        ["space_id", "user_id", "id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
