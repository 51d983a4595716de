"""What a whole database holds, cheap enough to be compared around every call."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# Every row that is written gets the id of its transaction, so no write keeps both numbers.
_ONE = "(SELECT count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) FROM {0})"


class Footprint:
    """Counts and transaction ids of all tables; row-level security does not hide any from it."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", tables: list[str]) -> None:
        self._connection = connection
        self._tables = tables
        self._sql = "SELECT " + ", ".join(_ONE.format(table) for table in tables)

    async def take(self) -> dict[str, str]:
        row = await self._connection.fetchrow(self._sql)
        assert row is not None
        return dict(zip(self._tables, row, strict=True))

    async def rows_of(self, space: int) -> list[str]:
        """All rows of one space, as text."""
        tables = [table for table in self._tables if table in _OF_A_SPACE]
        rows: list[str] = []
        for table in tables:
            sql = f"SELECT to_jsonb(r)::text FROM {table} r WHERE space_id = $1 ORDER BY 1"  # noqa: S608 (names of our own tables)
            rows += [row[0] for row in await self._connection.fetch(sql, space)]
        return rows


_OF_A_SPACE = ("comments", "events", "filters", "lists", "notifications", "operations", "reminders",
               "series", "tasks", "words")  # fmt: skip


def differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


@asynccontextmanager
async def footprints(url: str) -> AsyncGenerator[Footprint]:
    connection = await asyncpg.connect(url)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        yield Footprint(connection, tables)
    finally:
        await connection.close()
