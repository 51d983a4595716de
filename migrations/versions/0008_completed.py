"""the index of completions holds what puts them in the order of dues

Runs while the previous version is still serving: what that one asks, the new index answers too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = "search_by_completed"
COLUMNS = ["space_id", "completed_at", "id"]


def upgrade() -> None:
    op.drop_index(NAME, "tasks")
    op.create_index(
        NAME,
        "tasks",
        COLUMNS,
        postgresql_where=sa.text("completed_at is not null and deleted_at is null"),
        postgresql_include=["due_on", "due_at", "priority", "status"],
    )


def downgrade() -> None:
    op.drop_index(NAME, "tasks")
    op.create_index(NAME, "tasks", COLUMNS, postgresql_where=sa.text("completed_at is not null"))
