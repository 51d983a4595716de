"""What an operator would look at: roles, row-level security, schema, clock, events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from todo_mcp.store import dead_letters, events, migrate, sinks
from todo_mcp.store.database import Database
from todo_mcp.store.failures import entering, translated
from todo_mcp.store.schema import metadata

CLOCK_SECONDS: Final = 2.0
LAG_SECONDS: Final = 30.0
OLDEST_VERSION: Final = 150_000

ROLES: Final = ("todo_app", "todo_worker", "todo_search")
_ABOVE: Final = """
SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls) ORDER BY 1
"""
_OPEN_TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname = ANY ($1)
AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` says what to do where it is not well."""

    name: str
    well: bool
    told: str
    advice: str = ""


async def examine(url: str, sink: str, now: Callable[[], datetime]) -> list[Finding]:
    """Everything there is to check, from the server to the events; later checks need earlier ones.

    Raises:
        UnavailableError: no connection.
    """
    with translated(), entering():
        connection = await asyncpg.connect(url, timeout=4, command_timeout=4)
    try:
        found = [await _server(connection), await _clock(connection, now)]
        schema = await _schema(connection)
        found.append(schema)
        if schema.told == "empty":
            return found
        found += [await _roles(connection), await _fences(connection)]
    finally:
        await connection.close()
    if all(finding.well for finding in found):
        database = Database(url)
        try:
            found += [
                await _lag(database, sink),
                *await _others(database, sink),
                await _dead(database),
            ]
        finally:
            await database.close()
    return found


async def _server(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    number = int(await connection.fetchval("SHOW server_version_num"))
    name = await connection.fetchval("SHOW server_version")
    return Finding(
        "database",
        number >= OLDEST_VERSION,
        f"PostgreSQL {name}",
        "Use PostgreSQL 15 to 18.",
    )


async def _clock(
    connection: "asyncpg.Connection[asyncpg.Record]", now: Callable[[], datetime]
) -> Finding:
    before = now()
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    ours = before + (now() - before) / 2
    apart = abs((theirs - ours).total_seconds())
    return Finding(
        "clock",
        apart <= CLOCK_SECONDS,
        f"{apart:.1f} s apart from the database's",
        "Set both clocks by NTP: reminders fire by the database's, words are read by ours.",
    )


async def _schema(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    there = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    found = await connection.fetchval("SELECT version_num FROM alembic_version") if there else None
    wanted = migrate.head()
    return Finding(
        "schema",
        found == wanted,
        found or "empty",
        f"This todo-mcp wants {wanted}. Run `todo-mcp migrate`, or upgrade todo-mcp where the schema is newer.",
    )


async def _roles(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    above = [row["rolname"] for row in await connection.fetch(_ABOVE, list(ROLES))]
    if above:
        return Finding(
            "roles",
            well=False,
            told=f"{', '.join(above)} may pass row-level security",
            advice=f"ALTER ROLE {above[0]} NOSUPERUSER NOBYPASSRLS;",
        )
    refused = [role for role in ROLES if not await _may_take(connection, role)]
    return Finding(
        "roles",
        not refused,
        f"may not take {', '.join(refused)}" if refused else "the login may take all three",
        f"GRANT {', '.join(refused)} TO the login of DATABASE_URL;",
    )


async def _may_take(connection: "asyncpg.Connection[asyncpg.Record]", role: str) -> bool:
    try:
        await connection.execute(f"SET ROLE {role}")
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError):
        return False
    await connection.execute("RESET ROLE")
    return True


async def _fences(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    open_tables = [
        row["relname"] for row in await connection.fetch(_OPEN_TABLES, list(metadata.tables))
    ]
    return Finding(
        "row-level security",
        not open_tables,
        f"off for {', '.join(open_tables)}" if open_tables else "on and forced for every table",
        "ALTER TABLE … ENABLE ROW LEVEL SECURITY; ALTER TABLE … FORCE ROW LEVEL SECURITY;",
    )


async def _lag(database: Database, sink: str) -> Finding:
    lag = await events.lag(database.worker, sink)
    return Finding(
        "events",
        lag.seconds <= LAG_SECONDS,
        _waiting(lag),
        "Start what publishes (`todo-mcp worker` or `serve --with-worker`; under dapr `serve` or `relay` "
        "beside a sidecar), or look into its log.",
    )


async def _others(database: Database, sink: str) -> list[Finding]:
    """Those that are behind: the log cannot be cut before them."""
    return [
        Finding(
            f"events for {other.name}",
            well=False,
            told=_waiting(other.lag),
            advice=f"Start what reads them; or, where {other.name} is gone for good, "
            f"`todo-mcp sinks drop {other.name}`: it holds back `todo-mcp retain`.",
        )
        for other in await sinks.found(database)
        if other.name != sink and other.lag.seconds > LAG_SECONDS
    ]


def _waiting(lag: events.Lag) -> str:
    return f"{lag.count} wait, the oldest for {lag.seconds:.0f} s" if lag.count else "none waits"


async def _dead(database: Database) -> Finding:
    counts = await dead_letters.counts(database)
    total = sum(counts.values())
    told = ", ".join(f"{number} of {consumer}" for consumer, number in sorted(counts.items()))
    return Finding(
        "dead letters",
        not total,
        told or "none",
        "Their handlers gave up: see `todo-mcp dead-letters list`; replay them once the cause is gone.",
    )
