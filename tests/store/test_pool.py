"""Lending connections: as many as are used at once, to whoever waits first, none that is cut short.

Red with a connection taken to serve the space it served before the setting of another was cut short.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest

from todo_mcp.store.database import Database
from todo_mcp.store.pool import Pool, PoolBusyError

ASLEEP = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' "
    "AND state = 'active'"
)


class Opening:
    """Opens connections, and counts them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opened = 0
        self.refusing = False

    async def __call__(self) -> Any:
        if self.refusing:
            raise ConnectionRefusedError
        self.opened += 1
        return await asyncpg.connect(self.url)


@pytest.fixture
def opening(database: Database) -> Opening:
    return Opening(database.url)


@pytest.fixture
async def pool(opening: Opening) -> AsyncGenerator[Pool]:
    made = Pool(opening, size=2)
    yield made
    await made.close()


async def test_one_after_the_other_use_one_connection(pool: Pool, opening: Opening) -> None:
    for _ in range(5):
        connection = await pool.take(1)
        assert await connection.fetchval("SELECT 1") == 1
        pool.give(connection)
    assert opening.opened == 1


async def test_no_more_than_its_size_are_open_and_each_is_used_by_one(
    pool: Pool, opening: Opening
) -> None:
    using = set[int]()

    async def borrow() -> None:
        connection = await pool.take(5)
        assert id(connection) not in using
        using.add(id(connection))
        await connection.fetchval("SELECT 1")
        using.discard(id(connection))
        pool.give(connection)

    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(borrow())
    assert opening.opened == 2


async def test_who_waits_too_long_is_told_and_takes_nothing_away(
    pool: Pool, opening: Opening
) -> None:
    held = [await pool.take(1) for _ in range(2)]
    with pytest.raises(PoolBusyError):
        await pool.take(0.01)
    for connection in held:
        pool.give(connection)
    again = [await pool.take(1) for _ in range(2)]
    assert opening.opened == 2
    for connection in again:
        pool.give(connection)


async def test_who_gives_up_waiting_leaves_the_connection_to_the_next(pool: Pool) -> None:
    held = [await pool.take(1) for _ in range(2)]
    first = asyncio.ensure_future(pool.take(5))
    second = asyncio.ensure_future(pool.take(5))
    await asyncio.sleep(0)
    # Handed to the first in the very moment in which it is cancelled.
    pool.give(held[0])
    first.cancel()
    assert await second is held[0]
    with pytest.raises(asyncio.CancelledError):
        await first
    for connection in held:
        pool.give(connection)


async def test_a_connection_that_the_server_ended_is_replaced(
    pool: Pool, opening: Opening, database: Database
) -> None:
    connection = await pool.take(1)
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    pool.give(connection)
    noticed = asyncio.Event()

    def notice(_: object) -> None:
        noticed.set()

    connection.add_termination_listener(notice)
    killer = await asyncpg.connect(database.url)
    await killer.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    await killer.close()
    await asyncio.wait_for(noticed.wait(), 5)
    for other in [await pool.take(1) for _ in range(2)]:
        assert await other.fetchval("SELECT 1") == 1
        pool.give(other)
    assert opening.opened == 3


async def test_a_place_whose_connection_cannot_be_opened_is_free_again(
    pool: Pool, opening: Opening
) -> None:
    opening.refusing = True
    for _ in range(5):
        with pytest.raises(ConnectionRefusedError):
            await pool.take(1)
    opening.refusing = False
    for connection in [await pool.take(1) for _ in range(2)]:
        pool.give(connection)


async def test_who_waits_opens_another_when_one_broke(pool: Pool, opening: Opening) -> None:
    held = [await pool.take(1) for _ in range(2)]
    waiting = asyncio.ensure_future(pool.take(5))
    await asyncio.sleep(0)
    held[0].terminate()
    pool.give(held[0])
    made = await waiting
    assert (await made.fetchval("SELECT 1"), opening.opened) == (1, 3)
    pool.give(made)
    pool.give(held[1])


async def test_a_statement_cut_short_is_over_before_the_next_one(
    pool: Pool, database: Database
) -> None:
    observer = await asyncpg.connect(database.url)
    connection = await pool.take(1)
    sleeping = asyncio.ensure_future(connection.fetchval("SELECT pg_sleep(30)"))

    async with asyncio.timeout(5):
        while await observer.fetchval(ASLEEP) != 1:
            pass
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    pool.settle(connection)
    others = [await pool.take(1), await pool.take(5)]
    assert [await other.fetchval("SELECT 1") for other in others] == [1, 1]
    assert await observer.fetchval(ASLEEP) == 0
    for other in others:
        pool.give(other)
    await observer.close()


async def test_what_comes_back_after_closing_is_cut(opening: Opening) -> None:
    pool = Pool(opening, size=2)
    used, idle = await pool.take(1), await pool.take(1)
    pool.give(idle)
    await pool.close()
    assert idle.is_closed()
    assert not used.is_closed()
    pool.give(used)
    assert used.is_closed()


async def test_a_call_cut_while_its_space_is_set_leaves_the_next_its_own(
    database: Database,
) -> None:
    asked = "SELECT current_setting('app.space_id') AS space"
    one = Database(database.url, size=1)
    await one.app(1, asked)
    for steps in range(1, 30):
        cut = asyncio.create_task(one.app(2, asked))
        for _ in range(steps):  # further along each time: sent, answered, asking
            await asyncio.sleep(0)
        cut.cancel()
        await asyncio.wait([cut])
        assert (await one.app(1, asked))[0]["space"] == "1", steps
    await one.close()
