"""Waiting that ends: locks, crowds, slowness, a full disk, clients that hang up."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests import postgres, sowing
from tests.hands import Hands
from tests.invariants import log_tells_all
from tests.server import stored
from tests.server.agent import agent
from tests.signals import eventually
from todo_mcp.errors import UnavailableError
from todo_mcp.service.home import Home
from todo_mcp.store.database import Database

BUSY = "The database is busy. Nothing was changed; try the same call again."
# Of ours, besides the one who asks: in a transaction, or at work.
AT_WORK = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND pid <> pg_backend_pid() AND state <> 'idle'
"""


@asynccontextmanager
async def locked(url: str) -> AsyncGenerator[None]:
    """Somebody holds all rows of tasks."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("LOCK TABLE tasks IN EXCLUSIVE MODE")
    yield
    await transaction.rollback()
    await connection.close()


async def test_a_call_that_waits_for_a_lock_gives_up_in_time_and_changes_nothing(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Locked")
        async with locked(home.database.url), asyncio.timeout(5):
            assert await ada.refused("update_tasks", ids=[task], priority="high") == BUSY
        assert await stored.version(home, task) == 1
        await ada.call("update_tasks", ids=[task], priority="high")


async def test_a_slow_database_gets_no_more_than_four_seconds_a_call(database: Database) -> None:
    one_call = database.within()
    with pytest.raises(UnavailableError, match=r"does not answer\. Try the same call again"):
        await _three_times(one_call, "SELECT pg_sleep(1.5)")
    assert await database.worker("SELECT 1")


async def _three_times(database: Database, sql: str) -> None:
    async with asyncio.timeout(4.5):
        for _ in range(3):
            await database.worker(sql)


async def test_more_callers_than_connections_are_told_that_it_is_busy(database: Database) -> None:
    small = Database(database.url, size=2)
    loop = asyncio.get_running_loop()
    async with locked(database.url):
        begun = loop.time()
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(_told(small.within(), "SELECT FROM tasks FOR UPDATE"))
                for _ in range(20)
            ]
        assert loop.time() - begun < 5
    assert {call.result() for call in calls} == {BUSY}
    assert await small.worker("SELECT 1")
    await small.close()


async def _told(database: Database, sql: str) -> str:
    try:
        await database.worker(sql)
    except UnavailableError as error:
        return str(error)
    return ""


_COUNTS = """
SELECT (SELECT count(*) FROM tasks WHERE space_id = $1),
  (SELECT count(*) FROM operations WHERE space_id = $1),
  (SELECT count(*) FROM reminders WHERE space_id = $1)
"""


async def test_a_client_that_hangs_up_leaves_no_transaction_and_nothing_half_written(
    home: Home, hands: Hands
) -> None:
    chance = random.Random(3)  # noqa: S311 (repeatable)
    async with agent(home, hands) as ada:
        for number in range(60):
            call = asyncio.create_task(
                ada.call("add_task", title=f"Task {number}", reminders=["tomorrow"])
            )
            await asyncio.wait([call], timeout=chance.uniform(0, 0.012))
            call.cancel()
            await asyncio.wait([call])
        await ada.add("The last", reminders=["tomorrow"])
    await eventually(lambda: _nobody_at_work(home.database.url))
    await log_tells_all(home.database)
    [(tasks, operations, reminders)] = await sowing.rows(home.database, _COUNTS, home.person.space)
    assert tasks == operations == reminders
    assert 1 < tasks < 61, "all or none were cut short: nothing is shown"


async def test_a_statement_that_was_cut_short_is_ended_in_the_server_too(
    database: Database,
) -> None:
    waiting = asyncio.create_task(database.worker("SELECT pg_sleep(3)"))
    await eventually(lambda: postgres.run(database.url, f"SELECT ({AT_WORK}) > 0"))
    waiting.cancel()
    await asyncio.wait([waiting])
    async with asyncio.timeout(1):
        await eventually(lambda: _nobody_at_work(database.url))
    # What it left behind on its connection is not the next one's answer.
    for number in range(5):
        [row] = await database.worker("SELECT $1::int", number)
        assert row[0] == number


async def _nobody_at_work(url: str) -> bool:
    return await postgres.run(url, AT_WORK) == 0


async def test_a_full_disk_says_so_and_writes_nothing(home: Home, hands: Hands) -> None:
    await postgres.run(home.database.url, _FULL)
    try:
        async with agent(home, hands) as ada:
            told = await ada.refused("add_task", title="Never")
            assert told.startswith("The database has no space or memory left. Nothing was changed")
            assert await stored.open_tasks(home) == []
    finally:
        await postgres.run(home.database.url, "DROP TRIGGER full_disk ON events")


_FULL = """
DO $$ BEGIN
  CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''no space left'' USING ERRCODE = ''53100''; END';
  CREATE TRIGGER full_disk AFTER INSERT ON events EXECUTE FUNCTION full_disk();
END $$
"""
