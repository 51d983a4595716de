"""channels that are confirmed and sealed, deliveries that are claimed as messages, quiet hours

Runs while the previous version is still serving: expand first, contract in a later release. Channels
made before have no target and are never claimed.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
# What tools may know of a channel: neither its target nor its code.
TOLD = "id, user_id, kind, name, settings, created_at, confirmed_at"


def columns() -> dict[str, list[sa.Column[Any]]]:
    """New ones each time: a column belongs to one table of one run."""
    return {
        "users": [
            sa.Column("quiet_from", sa.Time()),
            sa.Column("quiet_until", sa.Time()),
            sa.Column("channels", sa.ARRAY(sa.Text())),
        ],
        "channels": [
            sa.Column("sealed", sa.Text()),
            since("created_at"),
            sa.Column("confirmed_at", sa.DateTime(timezone=True)),
            sa.Column("code_hash", sa.Text()),
            sa.Column("code_sent_at", sa.DateTime(timezone=True)),
            number("code_tries"),
            number("failures"),
            sa.Column("open_until", sa.DateTime(timezone=True)),
        ],
        "deliveries": [
            sa.Column("message_id", sa.BigInteger()),
            since("created_at"),
            sa.Column("error", sa.Text()),
        ],
    }


def since(name: str) -> sa.Column[Any]:
    now = sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    for table, added in columns().items():
        for column in added:
            op.add_column(table, column)
    op.create_check_constraint(
        op.f("ck_users_quiet"), "users", "(quiet_from IS NULL) = (quiet_until IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_channels_name"), "channels", "length(name) BETWEEN 1 AND 50"
    )
    op.drop_constraint(op.f("ck_deliveries_state"), "deliveries")
    op.create_check_constraint(
        op.f("ck_deliveries_state"),
        "deliveries",
        "state IN ('pending', 'sent', 'failed', 'dropped')",
    )
    op.create_index(
        "pending_by_channel",
        "deliveries",
        ["channel_id", "next_try_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_deliveries_channel", "deliveries", ["channel_id"])
    op.execute("REVOKE SELECT ON channels FROM todo_app, todo_search")
    op.execute(f"GRANT SELECT ({TOLD}) ON channels TO todo_app, todo_search")


def downgrade() -> None:
    op.execute(f"REVOKE SELECT ({TOLD}) ON channels FROM todo_app, todo_search")
    op.execute("GRANT SELECT ON channels TO todo_app, todo_search")
    op.drop_index("ix_deliveries_channel", "deliveries")
    op.drop_index("pending_by_channel", "deliveries")
    op.execute("UPDATE deliveries SET state = 'failed' WHERE state = 'dropped'")
    op.drop_constraint(op.f("ck_deliveries_state"), "deliveries")
    op.create_check_constraint(
        op.f("ck_deliveries_state"), "deliveries", "state IN ('pending', 'sent', 'failed')"
    )
    op.drop_constraint(op.f("ck_channels_name"), "channels")
    op.drop_constraint(op.f("ck_users_quiet"), "users")
    for table, added in columns().items():
        for column in added:
            op.drop_column(table, column.name)
