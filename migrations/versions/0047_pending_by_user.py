"""let what a user's reminders bring within a minute be looked up

Runs while the previous version is still serving: expand first, contract in a later release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0006"


def upgrade() -> None:
    op.create_index(
        "pending_by_user",
        "reminders",
        ["space_id", "user_id", "fire_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    op.drop_index("pending_by_user", table_name="reminders")
