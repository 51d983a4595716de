"""what searches read: orders and times of tasks, and keys of the vocabulary

Runs while the previous version is still serving: expand first, contract in a later release. The
column `words.trigrams` was never written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# The same predicate as in the statements of searches, letter by letter: see the decision on search.
LIVE = sa.text("nullif(status in ('open', 'started') and deleted_at is null, false) is not null")
DUE = (
    sa.text("coalesce(due_on, 'infinity'::date)"),
    sa.text("coalesce(due_at, 'infinity'::timestamptz)"),
)
PRIORITY = sa.text("(-priority)")
NAMES = (
    "search_open_by_due",
    "search_open_by_priority",
    "search_by_due",
    "search_by_priority",
    "search_open_by_created",
    "search_open_by_updated",
    "search_open_by_start",
    "search_open_by_deadline",
    "search_by_completed",
    "search_trash",
)


def upgrade() -> None:
    by_due = ["space_id", *DUE, PRIORITY, "id"]
    by_priority = ["space_id", PRIORITY, *DUE, "id"]
    op.create_index("search_open_by_due", "tasks", by_due, postgresql_where=LIVE)
    op.create_index("search_open_by_priority", "tasks", by_priority, postgresql_where=LIVE)
    # Beside the time what puts such tasks in the order of dues: they are sorted without a look at them.
    due = ["due_on", "due_at", "priority"]
    for name, column, more in (
        ("search_open_by_created", "created_at", None),
        ("search_open_by_updated", "updated_at", due),
    ):
        columns = ["space_id", column, "id"]
        op.create_index(name, "tasks", columns, postgresql_where=LIVE, postgresql_include=more)
    op.create_index("search_by_due", "tasks", by_due)
    op.create_index("search_by_priority", "tasks", by_priority)
    for name, column, more in (
        ("search_open_by_start", "start_on", ["start_at", *due, "id"]),
        ("search_open_by_deadline", "deadline_on", [*due, "id"]),
    ):
        where = sa.text(f"{column} is not null and {LIVE.text}")
        columns = ["space_id", column]
        op.create_index(name, "tasks", columns, postgresql_where=where, postgresql_include=more)
    for name, column in (("search_by_completed", "completed_at"), ("search_trash", "deleted_at")):
        where = sa.text(f"{column} is not null")
        op.create_index(name, "tasks", ["space_id", column, "id"], postgresql_where=where)
    op.drop_index("open_and_blocked", "tasks")
    op.create_index(
        "open_and_blocked",
        "tasks",
        ["space_id", "id"],
        postgresql_include=["blocked_by"],
        postgresql_where=sa.text(
            "blocked_by <> '{}' AND status IN ('open', 'started') AND deleted_at IS NULL"
        ),
    )
    op.execute("ALTER TABLE tasks ALTER COLUMN search SET STATISTICS 300")
    for index in ("ix_tasks_search", "ix_comments_search"):
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
    op.execute('ALTER TABLE words ALTER COLUMN word TYPE text COLLATE "C"')
    op.add_column(
        "words",
        sa.Column("grams", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.drop_column("words", "trigrams")
    op.create_index(
        "ix_words_grams",
        "words",
        ["grams"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    op.drop_index("ix_words_grams", "words")
    op.add_column(
        "words",
        sa.Column("trigrams", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.alter_column("words", "trigrams", server_default=None)
    op.drop_column("words", "grams")
    op.execute("ALTER TABLE words ALTER COLUMN word TYPE text")
    for index in ("ix_tasks_search", "ix_comments_search"):
        op.execute(f"ALTER INDEX {index} RESET (fastupdate)")
    op.execute("ALTER TABLE tasks ALTER COLUMN search SET STATISTICS -1")
    op.drop_index("open_and_blocked", "tasks")
    op.create_index(
        "open_and_blocked",
        "tasks",
        ["space_id", "id"],
        postgresql_where=sa.text(
            "blocked_by <> '{}' AND status IN ('open', 'started') AND deleted_at IS NULL"
        ),
    )
    for name in NAMES:
        op.drop_index(name, "tasks")
