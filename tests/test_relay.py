"""The relay: everything that was committed, in order, at least once."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from tests import sowing
from tests.signals import Record, eventually, running
from todo_mcp import relay
from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import Refused
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.store import dead_letters, events
from todo_mcp.store.database import Database

SINK = "test"
Published = Record[CloudEvent]


def taking(published: Published) -> relay.Publish:
    async def publish(batch: Sequence[CloudEvent]) -> list[Refused]:
        published.add(*batch)
        return []

    return publish


@asynccontextmanager
async def relaying(database: Database, publish: relay.Publish) -> AsyncGenerator[None]:
    async with running(partial(relay.run, database, publish, SINK)):
        yield


async def at_end(database: Database) -> bool:
    at = await events.position(database.worker, SINK)
    return not await events.waiting(database.worker, at)


def subjects(published: Published) -> list[str]:
    return [event.subject for event in published.items]


async def test_what_was_there_and_what_comes_is_published_in_order(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.event(database, 1)
    published = Published()
    async with relaying(database, taking(published)):
        await published.until(1)
        await sowing.event(database, 2)
        await sowing.event(database, 3)
        database.wake()
        await published.until(3)
    assert subjects(published) == ["t1", "t2", "t3"]


async def test_a_lost_wakeup_costs_no_more_than_the_poll(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.event(database, 1)
    published = Published()
    async with relaying(database, taking(published)):
        await published.until(1)
        await eventually(partial(_resting, database))
        await sowing.event(database, 2)
        async with asyncio.timeout(3):
            await published.until(2)


async def _resting(database: Database) -> bool:
    """Whether the relay has read all it may have, and waits."""
    return await sowing.as_admin(
        database,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%EXISTS (SELECT events.seq%' "
        "AND state = 'idle' AND datname = current_database() AND pid <> pg_backend_pid())",
    )


WRITERS = 16
EVENTS = 25


async def write(url: str, task: int, dice: random.Random) -> None:
    """Transactions that stay open for a while after their event has got its number."""
    connection = await asyncpg.connect(url)
    for version in range(1, EVENTS + 1):
        async with connection.transaction():
            await connection.execute(sowing.EVENT, task, version, "Buy milk")
            await connection.execute("SELECT pg_sleep($1)", dice.uniform(0, 0.02))
    await connection.close()


async def test_sixteen_writers_that_hold_transactions_open_lose_and_reorder_nothing(
    database: Database,
) -> None:
    # Red with `_COMPLETE` left out of the read, which is what `seq > last` amounts to.
    await sowing.spaces(database)
    published = Published()
    async with relaying(database, taking(published)):
        async with asyncio.TaskGroup() as group:
            for task in range(1, WRITERS + 1):
                dice = random.Random(task)  # noqa: S311 (repeatable, not secret)
                group.create_task(write(database.url, task, dice))
        await eventually(lambda: at_end(database))
    versions: dict[str, list[int]] = defaultdict(list)
    for event in published.items:
        versions[event.subject].append(int(event.sequence))
    assert versions == {f"t{n}": list(range(1, EVENTS + 1)) for n in range(1, WRITERS + 1)}


async def test_an_event_that_was_held_back_follows_before_the_next_poll(
    database: Database,
) -> None:
    await sowing.spaces(database)
    published = Published()
    older = await asyncpg.connect(database.url)
    try:
        await older.execute("BEGIN; SELECT pg_current_xact_id()")
        async with relaying(database, taking(published)):
            await sowing.event(database, 1)
            database.wake()
            await eventually(partial(_resting, database))
            # Ends without any NOTIFY: it was no event that ended it.
            await older.execute("COMMIT")
            async with asyncio.timeout(relay.POLL_SECONDS / 2):
                await published.until(1)
    finally:
        await older.close()


async def test_a_relay_that_dies_between_publishing_and_the_cursor_publishes_again(
    database: Database,
) -> None:
    # Red with the cursor moved before publishing.
    await sowing.spaces(database)
    await sowing.event(database, 1)
    reached = asyncio.Event()

    async def dying(_: Sequence[CloudEvent]) -> list[Refused]:
        reached.set()
        await asyncio.Event().wait()
        return []

    async with relaying(database, dying):
        await reached.wait()
    assert await events.position(database.worker, SINK) == events.START
    published = Published()
    async with relaying(database, taking(published)):
        await published.until(1)
    assert subjects(published) == ["t1"]


async def test_only_one_of_two_relays_publishes(database: Database) -> None:
    await sowing.spaces(database)
    one, two = Published(), Published()
    async with relaying(database, taking(one)), relaying(database, taking(two)):
        for number in range(1, 21):
            await sowing.event(database, number)
            database.wake()
        await eventually(lambda: at_end(database))
    assert sorted(map(len, (one.items, two.items))) == [0, 20]


async def test_the_relay_that_stands_by_takes_over_from_one_that_lost_its_connection(
    database: Database,
) -> None:
    await sowing.spaces(database)
    one, two = Published(), Published()
    entered, stuck = asyncio.Event(), asyncio.Event()

    async def stalling(batch: Sequence[CloudEvent]) -> list[Refused]:
        one.add(*batch)
        entered.set()
        await stuck.wait()
        return []

    async with relaying(database, stalling):
        await sowing.event(database, 1)
        database.wake()
        await entered.wait()
        async with relaying(database, taking(two)):
            await eventually(partial(_end_relays, database))
            await two.until(1)
            await sowing.event(database, 2)
            database.wake()
            await two.until(2)
            stuck.set()
            assert subjects(two) == ["t1", "t2"]
            # The first one had its batch through, but not its connection: the cursor stays.
            [_, last] = await sowing.whole_log(database)
            await eventually(lambda: at_end(database))
            assert await events.position(database.worker, SINK) == last.position


async def _end_relays(database: Database) -> bool:
    """Cut the connection of whoever holds the lock, as a failing network does."""
    return await sowing.as_admin(
        database,
        "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_database d "
        "ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted "
        "AND d.datname = current_database()",
    )


async def test_the_relay_goes_on_after_all_connections_were_cut(database: Database) -> None:
    await sowing.spaces(database)
    published = Published()
    async with relaying(database, taking(published)):
        await sowing.event(database, 1)
        await published.until(1)
        await sowing.as_admin(
            database,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await eventually(partial(_written, database, 2))
        await published.until(2)
    assert subjects(published) == ["t1", "t2"]


async def _written(database: Database, task: int) -> bool:
    try:
        await sowing.event(database, task)
    except UnavailableError:
        return False
    return True


async def test_a_bus_that_fails_gets_the_same_batch_again(database: Database) -> None:
    await sowing.spaces(database)
    for number in (1, 2):
        await sowing.event(database, number)
    published = Published()

    async def failing(batch: Sequence[CloudEvent]) -> list[Refused]:
        published.add(*batch)
        if len(published.items) < 6:
            raise UnavailableError("The bus is down.")
        return []

    async with relaying(database, failing):
        await published.until(6)
        await eventually(lambda: at_end(database))
    assert subjects(published) == ["t1", "t2"] * 3


async def test_an_event_that_is_refused_for_good_is_parked_and_the_others_go_on(
    database: Database,
) -> None:
    await sowing.spaces(database)
    for number in (1, 2, 3):
        await sowing.event(database, number)
    published = Published()

    async def choosy(batch: Sequence[CloudEvent]) -> list[Refused]:
        published.add(*batch)
        return [Refused(event, "too large") for event in batch if event.subject == "t2"]

    async with relaying(database, choosy):
        await published.until(3)
        await eventually(lambda: at_end(database))
    assert await sowing.rows(
        database,
        "SELECT d.consumer, d.reason, e.subject_id FROM dead_letters d JOIN events e ON e.id = event_id",
    ) == [("relay", "too large", 2)]
    assert (await events.lag(database.worker, SINK)).parked == 1


async def test_an_event_that_cannot_be_told_is_parked_and_the_others_go_on(
    database: Database,
) -> None:
    await sowing.spaces(database)
    for number in (1, 2, 3):
        await sowing.event(database, number)
    await database.worker("UPDATE events SET kind = 'comet' WHERE subject_id = 2")
    published = Published()
    async with relaying(database, taking(published)):
        await published.until(2)
        await eventually(lambda: at_end(database))
    assert subjects(published) == ["t1", "t3"]
    assert await dead_letters.counts(database) == {"relay": 1}


async def test_big_events_are_published_in_smaller_batches_and_all_of_them(
    database: Database,
) -> None:
    await sowing.spaces(database)
    for number in range(1, 31):
        await sowing.event(database, number, title="ü" * 40_000)
    batches = Record[int]()

    async def weighing(batch: Sequence[CloudEvent]) -> list[Refused]:
        batches.add(*[len(batch)] * len(batch))
        return []

    async with relaying(database, weighing):
        await batches.until(30)
    assert max(batches.items) <= events.BATCH_BYTES // 80_000
    assert len(batches.items) == 30


async def test_events_written_after_a_restore_follow_those_before_it(database: Database) -> None:
    await sowing.spaces(database)
    published = Published()
    await sowing.event(database, 1)
    async with relaying(database, taking(published)):
        await published.until(1)
        await eventually(lambda: at_end(database))
    # A restored log: what was written lies far ahead of what this server counts, the cursor too.
    await database.worker("UPDATE events SET tx = '900000000000'")
    await database.worker("UPDATE cursors SET tx = '900000000000'")
    fresh = Database(database.url)
    try:
        await sowing.event(fresh, 2)
        async with relaying(fresh, taking(published)):
            await published.until(2)
    finally:
        await fresh.close()
    assert Counter(subjects(published)) == {"t1": 1, "t2": 1}


@pytest.mark.parametrize("sink", ["one", "two"])
async def test_sinks_do_not_wait_for_each_other(database: Database, sink: str) -> None:
    await sowing.spaces(database)
    await sowing.event(database, 1)
    published = Published()
    async with (
        relaying(database, taking(Published())),
        running(partial(relay.run, database, taking(published), sink)),
    ):
        await published.until(1)
