"""Connections that break: used again without a word where that is safe, and never twice."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres
from tests.faults.victim import Victim
from tests.faults.wire import wire
from tests.signals import eventually
from todo_mcp.errors import UnavailableError
from todo_mcp.store import migrate
from todo_mcp.store.database import Database

OTHERS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SLEEPERS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
# Whoever hears of its end no more does not know whether it was done.
WRITE = "WITH n AS (SELECT pg_sleep(0.4)) INSERT INTO written SELECT 1 FROM n"


@pytest.fixture(autouse=True, scope="module")
async def _schema(made: Victim) -> None:
    await made.start()
    await migrate.upgrade(made.url)
    await postgres.run(made.url, "CREATE TABLE written (i int)")
    await postgres.run(made.url, "GRANT ALL ON written TO todo_worker")


async def sleeping(victim: Victim) -> bool:
    return await postgres.run(victim.url, SLEEPERS) > 0


async def test_idle_connections_that_the_server_ended_are_replaced(victim: Victim) -> None:
    # Often they are used before their end is noticed.
    database = Database(victim.url)
    for number in range(20):
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(database.worker("SELECT pg_sleep(0.01)"))
        assert await postgres.run(victim.url, OTHERS) == 5
        [row] = await database.worker("SELECT $1::int", number, once=True)
        assert row[0] == number
    await database.close()


async def test_a_connection_whose_end_nobody_could_notice_yet_is_replaced(victim: Victim) -> None:
    # What is sent on it the system does not take: it was not executed, and may be run once more.
    database = Database(victim.url)
    await database.worker(WRITE.replace("0.4", "0"), once=True)
    ending = f"import asyncio; from tests import postgres; asyncio.run(postgres.run({victim.url!r}, {OTHERS!r}))"
    subprocess.run([sys.executable, "-c", ending], check=True)  # noqa: ASYNC221, S603 (nothing may be noticed meanwhile)
    await database.worker(WRITE, once=True)
    assert await postgres.run(victim.url, "SELECT count(*) FROM written") == 2
    await postgres.run(victim.url, "TRUNCATE written")
    await database.close()


async def test_a_statement_that_the_server_ended_is_run_again(victim: Victim) -> None:
    database = Database(victim.url)
    running = asyncio.create_task(database.worker(WRITE, once=True))
    await eventually(lambda: sleeping(victim))
    await postgres.run(victim.url, OTHERS)
    await running
    assert await postgres.run(victim.url, "SELECT count(*) FROM written") == 1
    await postgres.run(victim.url, "TRUNCATE written")
    await database.close()


async def test_a_read_whose_wire_was_cut_is_run_again(victim: Victim, tmp_path: Path) -> None:
    async with wire(victim.url, tmp_path) as line:
        database = Database(line.url)
        reading = asyncio.create_task(database.worker("SELECT 1 AS one FROM pg_sleep(0.4)"))
        await eventually(lambda: sleeping(victim))
        line.cut()
        [row] = await reading
        assert row["one"] == 1
        await database.close()


async def test_a_write_whose_wire_was_cut_is_not_run_again(victim: Victim, tmp_path: Path) -> None:
    async with wire(victim.url, tmp_path) as line:
        database = Database(line.url)
        writing = asyncio.create_task(database.worker(WRITE, once=True))
        await eventually(lambda: sleeping(victim))
        line.cut()
        with pytest.raises(UnavailableError, match="a write with the same idempotency_key"):
            await writing

        async def done() -> bool:
            return not await sleeping(victim)

        await eventually(done)
        assert await postgres.run(victim.url, "SELECT count(*) FROM written") <= 1
        await postgres.run(victim.url, "TRUNCATE written")
        await database.close()


async def test_a_wire_that_falls_silent_costs_four_seconds_and_no_connection(
    victim: Victim, tmp_path: Path
) -> None:
    async with wire(victim.url, tmp_path) as line:
        database = Database(line.url)
        assert await database.worker("SELECT 1")
        line.silence()
        async with asyncio.timeout(4.5):
            with pytest.raises(UnavailableError, match="does not answer"):
                await database.within(1).worker("SELECT 1")
        async with asyncio.timeout(2.5):
            await database.close()


async def test_closing_does_not_wait_for_a_server_that_hangs(victim: Victim) -> None:
    database = Database(victim.url)
    await database.worker("SELECT 1")
    await database.search("SELECT 1")
    victim.freeze()
    database.wake()
    try:
        async with asyncio.timeout(2.5):
            await database.close()
    finally:
        victim.thaw()
