"""A database of its own for each test process, on one server that all of them share."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from todo_mcp.store import migrate
from todo_mcp.store.database import Database

# What migrations put there is kept; everything else goes.
KEPT = ("alembic_version", "log")
_TABLES = """
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
WHERE schemaname = 'public' AND NOT tablename = ANY ($1::text[])
"""
_numbers = itertools.count(1)


async def create(server: str, name: str) -> str:
    """A new, migrated database on the server; its URL."""
    url = await create_empty(server, name)
    await migrate.upgrade(url)
    return url


async def create_empty(server: str, name: str) -> str:
    """A new database without a schema; its URL."""
    await run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await run(server, f"CREATE DATABASE {name}")
    return another(server, name)


@asynccontextmanager
async def scratch(url: str) -> AsyncGenerator[str]:
    """A database without a schema beside that of the URL, for one test; its URL."""
    name = f"{urlsplit(url).path[1:]}_{next(_numbers)}"
    yield await create_empty(url, name)
    await run(url, f"DROP DATABASE {name} WITH (FORCE)")


async def run(url: str, sql: str, *args: Any) -> Any:
    """One value, on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql, *args)
    finally:
        await connection.close()


def another(server: str, name: str) -> str:
    """The URL of another database of the server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def as_login(url: str, name: str) -> str:
    """The URL with another user, whose password is the name."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:{name}@{parts.netloc.rpartition('@')[2]}"))


async def empty(database: Database) -> None:
    """Leave no rows but those of the migrations."""
    connection = await asyncpg.connect(database.url)
    tables = await connection.fetchval(_TABLES, list(KEPT))
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    await connection.execute("UPDATE log SET generation = 1")
    await connection.close()
