"""Run Alembic against the application's database, one migrator at a time."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from todo_mcp.store.migrate import BeingMigratedError
from todo_mcp.store.schema import metadata

ROLES = ("todo_owner", "todo_app", "todo_worker", "todo_search")
# Roles belong to the whole cluster: another database may be migrated at this moment.
MAKE_ROLE = """
DO $$ BEGIN
  FOR attempt IN 1..100 LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
        GRANT {role} TO CURRENT_USER;
      END IF;
      EXIT;
    EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
      PERFORM pg_sleep(0.05);
    END;
  END LOOP;
END $$
"""
OPEN_SCHEMA = """
DO $$ BEGIN
  IF NOT has_schema_privilege('todo_owner', 'public', 'CREATE') THEN
    GRANT USAGE, CREATE ON SCHEMA public TO todo_owner;
  END IF;
  IF NOT has_schema_privilege('todo_search', 'public', 'USAGE') THEN
    GRANT USAGE ON SCHEMA public TO todo_app, todo_worker, todo_search;
  END IF;
END $$
"""


def run(connection: Connection) -> None:
    if not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('todo-mcp:migrate'))")):
        raise BeingMigratedError
    # A migration that has to wait must not make the application wait behind it.
    connection.execute(text("SET lock_timeout = '2s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    for role in ROLES:
        connection.execute(text(MAKE_ROLE.format(role=role)))
    connection.execute(text(OPEN_SCHEMA))
    # Whoever migrates, the tables belong to one role, and so the next one can change them.
    connection.execute(text("SET ROLE todo_owner"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    url = context.config.attributes["url"]
    # The driver reads the URL itself: SQLAlchemy does not know sslmode and others.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(url, timeout=4),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


asyncio.run(main())
