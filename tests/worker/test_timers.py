"""The loop around the statement that fires: at the right time, without being asked twice."""

import asyncio
from functools import partial

import asyncpg

from tests import sowing
from tests.signals import eventually, running
from todo_mcp.store import timers as statements
from todo_mcp.store.database import Database
from todo_mcp.worker import timers

# Seconds between the instant of a reminder and its notification, by the database's clock.
LATENESS = "SELECT extract(epoch FROM n.created_at - n.fire_at)::float8 FROM notifications n"


async def fired(database: Database, count: int) -> list[float]:
    """How late each was, once there are so many."""

    async def enough() -> list[float] | None:
        found = await sowing.rows(database, LATENESS)
        return [late for (late,) in found] if len(found) >= count else None

    return await eventually(enough)


async def test_a_reminder_fires_at_its_time_and_not_before(database: Database) -> None:
    await sowing.spaces(database)
    async with running(partial(timers.run, database)):
        for number, seconds in enumerate((0.3, 0.5, 0.7), 1):
            await sowing.reminders(database, 1, seconds=seconds, first=number)
        database.wake()
        late = await fired(database, 3)
    assert min(late) >= 0
    assert max(late) < 2


async def test_what_came_due_while_nobody_watched_fires_on_return(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 3, seconds=-3_600)
    async with running(partial(timers.run, database)):
        await fired(database, 3)


async def test_a_lost_wakeup_costs_no_more_than_the_poll(database: Database) -> None:
    await sowing.spaces(database)
    async with running(partial(timers.run, database)):
        await eventually(partial(_watching, database))
        await sowing.reminders(database, 1, seconds=0.05)
        [late] = await fired(database, 1)
    assert late < timers.POLL_SECONDS + 0.5


async def _watching(database: Database) -> bool:
    return await sowing.as_admin(
        database,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%clock_timestamp%' "
        "AND datname = current_database() AND state = 'idle' AND pid <> pg_backend_pid())",
    )


async def test_a_reminder_that_is_cancelled_in_time_does_not_fire(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 2, seconds=0.4)
    async with running(partial(timers.run, database)):
        await database.worker("UPDATE reminders SET state = 'cancelled', version = 2 WHERE id = 1")
        database.wake()
        await fired(database, 1)
    assert await sowing.rows(database, "SELECT id, state FROM reminders ORDER BY id") == [
        (1, "cancelled"),
        (2, "fired"),
    ]


async def test_a_reminder_whose_row_is_locked_fires_once_it_is_free(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 2, seconds=-1)
    other = await asyncpg.connect(database.url)
    try:
        await other.execute("BEGIN; SELECT FROM reminders WHERE id = 1 FOR UPDATE")
        async with running(partial(timers.run, database)):
            await fired(database, 1)
            await other.execute("ROLLBACK")
            await fired(database, 2)
    finally:
        await other.close()


async def test_a_crowd_that_is_due_at_once_fires_whole_and_each_once(database: Database) -> None:
    count = 2 * statements.BATCH + 7
    await sowing.spaces(database, 5)
    await sowing.reminders(database, count, seconds=-1, among=5)
    async with running(partial(timers.run, database)):
        await fired(database, count)
    assert await sowing.rows(
        database,
        "SELECT count(*), count(DISTINCT reminder_id) FROM notifications",
    ) == [(count, count)]


async def test_two_workers_fire_nothing_twice_and_one_takes_over_from_the_other(
    database: Database,
) -> None:
    await sowing.spaces(database)
    async with running(partial(timers.run, database)):
        async with running(partial(timers.run, database)):
            await sowing.reminders(database, 20, seconds=0.2)
            database.wake()
            await fired(database, 20)
        await sowing.reminders(database, 1, seconds=0.1, first=21)
        await fired(database, 21)
    assert await sowing.rows(database, "SELECT count(*) FROM events") == [(42,)]


async def test_a_worker_goes_on_after_its_connections_were_cut(database: Database) -> None:
    await sowing.spaces(database)
    async with running(partial(timers.run, database)):
        await sowing.reminders(database, 1, seconds=-1)
        await fired(database, 1)
        await sowing.as_admin(
            database,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await sowing.as_admin(
            database, "UPDATE reminders SET state = 'pending', version = 3, fire_at = now()"
        )
        await eventually(partial(_refired, database))


async def _refired(database: Database) -> bool:
    return await sowing.as_admin(database, "SELECT count(*) = 2 FROM notifications")


async def test_stopping_ends_the_loop_while_it_waits(database: Database) -> None:
    stop = asyncio.Event()
    doing = asyncio.create_task(timers.run(database, stop))
    await eventually(partial(_watching, database))
    stop.set()
    async with asyncio.timeout(1):
        await doing
