"""what waits is found by what it waits for, and with what puts it in order

Runs while the previous version is still serving: what that one asks, the indexes it knows still answer.
`search_trash` was `in_trash` a second time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

WAITING = sa.text(
    "blocked_by <> '{}' and "
    "nullif(status in ('open', 'started') and deleted_at is null, false) is not null"
)


def upgrade() -> None:
    op.create_index(
        "search_open_blocked",
        "tasks",
        ["space_id", "id"],
        postgresql_where=WAITING,
        postgresql_include=["blocked_by", "due_on", "due_at", "priority"],
    )
    op.create_index(
        "search_open_by_blocker",
        "tasks",
        ["blocked_by"],
        postgresql_where=WAITING,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index("search_trash", "tasks")


def downgrade() -> None:
    op.create_index(
        "search_trash",
        "tasks",
        ["space_id", "deleted_at", "id"],
        postgresql_where=sa.text("deleted_at is not null"),
    )
    op.drop_index("search_open_by_blocker", "tasks")
    op.drop_index("search_open_blocked", "tasks")
