"""two fences between spaces: row-level security, and what each role may do

`todo_owner` owns the tables, as every migration runs as that role; `todo_app` sees the space its
connection serves, `todo_worker` all of them, `todo_search` may read all and write nothing. env.py
makes the roles.

Runs while the previous version is still serving: expand first, contract in a later release.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

# What serves one space at a time, and what the app may do to it.
SPACED = {
    "members": "SELECT",
    "lists": "SELECT, INSERT, UPDATE",
    "series": "SELECT, INSERT, UPDATE",
    "tasks": "SELECT, INSERT, UPDATE",
    "reminders": "SELECT, INSERT, UPDATE",
    "notifications": "SELECT, INSERT, UPDATE",
    "operations": "SELECT, INSERT",
    "events": "SELECT, INSERT",
    "comments": "SELECT, INSERT",
    "filters": "SELECT, INSERT, UPDATE",
    "claims": "SELECT, INSERT, UPDATE, DELETE",
    "words": "SELECT, INSERT",
    "consumed": "SELECT",
    "deliveries": "SELECT",
    "dead_letters": "SELECT",
}
SHARED = ("spaces", "users", "channels", "cursors", "log")
HERE = "nullif(current_setting('app.space_id', true), '')::bigint"


def upgrade() -> None:
    for table, rights in SPACED.items():
        fence(table)
        op.execute(
            f"CREATE POLICY one_space ON {table} TO todo_app "
            f"USING (space_id = (SELECT {HERE})) WITH CHECK (space_id = (SELECT {HERE}))"
        )
        op.execute(f"GRANT {rights} ON {table} TO todo_app")
    for table in SHARED:
        fence(table)
        op.execute(f"GRANT SELECT ON {table} TO todo_app")
    op.execute(f"CREATE POLICY one_space ON spaces TO todo_app USING (id = (SELECT {HERE}))")
    op.execute(
        "CREATE POLICY fellows ON users TO todo_app USING (id IN (SELECT user_id FROM members))"
    )
    op.execute(
        "CREATE POLICY fellows ON channels TO todo_app "
        "USING (user_id IN (SELECT user_id FROM members))"
    )
    op.execute("CREATE POLICY anyone ON log TO todo_app USING (true)")
    op.execute("CREATE POLICY anyone ON cursors TO todo_app USING (true)")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO todo_app, todo_worker")
    op.execute("GRANT SELECT ON alembic_version TO PUBLIC")
    op.execute("INSERT INTO log (generation) VALUES (1)")


def fence(table: str) -> None:
    """Row-level security, for the owner too; the worker sees all, search reads all."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {table} TO todo_owner USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY worker ON {table} TO todo_worker USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY search ON {table} FOR SELECT TO todo_search USING (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO todo_worker")
    op.execute(f"GRANT SELECT ON {table} TO todo_search")


def downgrade() -> None:
    op.execute("DELETE FROM log")
    for table in (*SPACED, *SHARED):
        op.execute(
            f"DO $$ DECLARE p text; BEGIN FOR p IN SELECT policyname FROM pg_policies "
            f"WHERE tablename = '{table}' LOOP EXECUTE format('DROP POLICY %I ON {table}', p); "
            f"END LOOP; END $$"
        )
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM todo_app, todo_worker, todo_search")
    op.execute("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM todo_app, todo_worker")
    op.execute("REVOKE ALL ON alembic_version FROM PUBLIC")
