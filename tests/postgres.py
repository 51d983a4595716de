"""A database of its own for each test process, on one server that all of them share."""

import asyncpg

from todo_mcp.store import migrate
from todo_mcp.store.database import Database

# What migrations put there is kept; everything else goes.
KEPT = ("alembic_version", "log")
_TABLES = """
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
WHERE schemaname = 'public' AND NOT tablename = ANY ($1::text[])
"""


async def create(server: str, name: str) -> str:
    """A new, migrated database on the server; its URL."""
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = another(server, name)
    await migrate.upgrade(url)
    return url


def another(server: str, name: str) -> str:
    """The URL of another database of the server."""
    head, _, rest = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{rest}"


async def empty(database: Database) -> None:
    """Leave no rows but those of the migrations."""
    connection = await asyncpg.connect(database.url)
    tables = await connection.fetchval(_TABLES, list(KEPT))
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    await connection.execute("UPDATE log SET generation = 1")
    await connection.close()
