"""create the names of imported tasks, and the feeds calendars subscribe to

Runs while the previous version is still serving: expand first, contract in a later release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

HERE = "nullif(current_setting('app.space_id', true), '')::bigint"
RIGHTS = {"external_ids": "SELECT, INSERT", "feeds": "SELECT, INSERT"}


def upgrade() -> None:
    op.create_table(
        "external_ids",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("length(uid) BETWEEN 1 AND 600", name=op.f("ck_external_ids_uid")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_external_ids_space_id")),
        sa.PrimaryKeyConstraint("space_id", "uid", "n", name=op.f("pk_external_ids")),
    )
    op.create_index("ix_external_ids_task", "external_ids", ["space_id", "task_id"])
    op.create_table(
        "feeds",
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "list_id"],
            ["lists.space_id", "lists.id"],
            name=op.f("fk_feeds_space_id_list_id"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "user_id"],
            ["members.space_id", "members.user_id"],
            name=op.f("fk_feeds_space_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feeds_token_hash")),
    )
    for table, rights in RIGHTS.items():
        fence(table, rights)


def fence(table: str, rights: str) -> None:
    """Row-level security, for the owner too: the app sees one space, the worker all."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {table} TO todo_owner USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY worker ON {table} TO todo_worker USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY search ON {table} FOR SELECT TO todo_search USING (true)")
    op.execute(
        f"CREATE POLICY one_space ON {table} TO todo_app "
        f"USING (space_id = (SELECT {HERE})) WITH CHECK (space_id = (SELECT {HERE}))"
    )
    op.execute(f"GRANT {rights} ON {table} TO todo_app")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO todo_worker")
    op.execute(f"GRANT SELECT ON {table} TO todo_search")


def downgrade() -> None:
    op.drop_table("feeds")
    op.drop_table("external_ids")
