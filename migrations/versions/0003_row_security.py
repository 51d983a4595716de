"""two fences between spaces: roles and row-level security

`todo_owner` owns the tables; `todo_app` sees the space its connection serves, `todo_worker` all of
them, `todo_search` may read all and write nothing. None of them can log in: the login that runs
todo-mcp takes them.

Runs while the previous version is still serving: expand first, contract in a later release.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

ROLES = ("todo_owner", "todo_app", "todo_worker", "todo_search")
# What serves one space at a time, and what the app may do to it.
SPACED = {
    "members": "SELECT",
    "lists": "SELECT, INSERT, UPDATE",
    "series": "SELECT, INSERT, UPDATE",
    "tasks": "SELECT, INSERT, UPDATE",
    "reminders": "SELECT, INSERT, UPDATE",
    "notifications": "SELECT, INSERT, UPDATE",
    "operations": "SELECT, INSERT, UPDATE",
    "events": "SELECT, INSERT, UPDATE",
    "comments": "SELECT, INSERT, UPDATE",
    "filters": "SELECT, INSERT, UPDATE",
    "claims": "SELECT, INSERT, UPDATE, DELETE",
    "words": "SELECT, INSERT",
    "consumed": "SELECT",
    "deliveries": "SELECT",
    "dead_letters": "SELECT",
}
SHARED = ("spaces", "users", "channels", "cursors", "log")
# Roles belong to the whole cluster: another database may be migrated at this moment.
MAKE_ROLE = """
DO $$ BEGIN
  FOR attempt IN 1..100 LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
      END IF;
      GRANT {role} TO CURRENT_USER;
      EXIT;
    EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
      PERFORM pg_sleep(0.05);
    END;
  END LOOP;
END $$
"""
HERE = "nullif(current_setting('app.space_id', true), '')::bigint"


def upgrade() -> None:
    for role in ROLES:
        op.execute(MAKE_ROLE.format(role=role))
    op.execute("GRANT USAGE ON SCHEMA public TO todo_app, todo_worker, todo_search")
    op.execute("GRANT USAGE, CREATE ON SCHEMA public TO todo_owner")
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
    op.execute("GRANT SELECT ON alembic_version TO todo_app, todo_worker")
    op.execute("INSERT INTO log (generation) VALUES (1)")
    hand_over("todo_owner")


def fence(table: str) -> None:
    """Row-level security, for the owner too; the worker sees all, search reads all."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY owner ON {table} TO todo_owner USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY worker ON {table} TO todo_worker USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY search ON {table} FOR SELECT TO todo_search USING (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO todo_worker")
    op.execute(f"GRANT SELECT ON {table} TO todo_search")


def hand_over(role: str) -> None:
    for table in (*SPACED, *SHARED):
        op.execute(f"ALTER TABLE {table} OWNER TO {role}")


def downgrade() -> None:
    hand_over("CURRENT_USER")
    op.execute("DELETE FROM log")
    for table in (*SPACED, *SHARED):
        op.execute(
            f"DO $$ DECLARE p text; BEGIN FOR p IN SELECT policyname FROM pg_policies "
            f"WHERE tablename = '{table}' LOOP EXECUTE format('DROP POLICY %I ON {table}', p); "
            f"END LOOP; END $$"
        )
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM todo_app, todo_worker, todo_search, todo_owner")
