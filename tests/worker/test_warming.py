"""A worker has what its first events need before it says that it is well."""

import asyncpg

from tests import sowing
from todo_mcp.store.database import Database
from todo_mcp.worker.warming import CONNECTIONS, warm

OPEN = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
  AND (query LIKE '%x.id = $4%' OR query LIKE 'WITH RECURSIVE named%')
"""
WRITTEN = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM spaces)"


async def idle(url: str) -> int:
    """As whoever may see what others do."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(OPEN)
    finally:
        await connection.close()


async def test_a_warm_worker_has_connections_that_have_read_and_has_written_nothing(
    url: str, database: Database
) -> None:
    # Red with one connection of each role, and without the reads.
    fresh = Database(url)
    try:
        before = await idle(url)
        await warm(fresh)
        assert await idle(url) - before == 2 * CONNECTIONS
        assert await sowing.rows(database, WRITTEN) == [(0, 0)]
    finally:
        await fresh.close()


async def test_a_database_that_is_down_is_no_fault_while_warming() -> None:
    # Red with an error that is let through: the worker would end.
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    try:
        await warm(away)
    finally:
        await away.close()
