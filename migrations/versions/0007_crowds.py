"""keep pending reminders of one instant by user, so that a crowd fires user by user and is told together

Runs while the previous version is still serving: expand first, contract in a later release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.drop_index("pending_by_time", "reminders")
    op.create_index(
        "pending_by_time",
        "reminders",
        ["fire_at", "space_id", "user_id"],
        postgresql_where=PENDING,
    )
    op.create_index(
        "pending_by_user",
        "reminders",
        ["space_id", "user_id", "fire_at"],
        postgresql_where=PENDING,
    )


def downgrade() -> None:
    op.drop_index("pending_by_user", "reminders")
    op.drop_index("pending_by_time", "reminders")
    op.create_index("pending_by_time", "reminders", ["fire_at"], postgresql_where=PENDING)
