"""Many reminders at once: each is told of, none twice, and one that fails takes no other along."""

import asyncio
from collections.abc import Sequence

import pytest

from tests import sowing
from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import by_type
from todo_mcp.messaging.envelope import CloudEvent, wrap
from todo_mcp.store import timers
from todo_mcp.store.database import Database
from todo_mcp.worker.handlers import handlers

FIRED = "todo.reminder.fired.v1"
CHANNELS = """
INSERT INTO channels (user_id, kind, name, settings, confirmed_at, open_until)
SELECT id, 'webhook', 'hook', '{}', now() - interval '1 year', now() + interval '1 day' FROM users
"""
OPENED = "SELECT count(*), count(DISTINCT notification_id) FROM deliveries"


async def fired(database: Database, count: int, *, users: int = 1) -> list[CloudEvent]:
    """Events of reminders that were all due at once, each user with a channel."""
    await sowing.spaces(database, users)
    await sowing.reminders(database, count, seconds=-1, among=users)
    await database.worker(CHANNELS)
    while await timers.fire(database.worker):
        pass
    entries = await sowing.whole_log(database)
    return [wrap(entry) for entry in entries if entry.type == FIRED]


async def handle(database: Database, events: Sequence[CloudEvent]) -> list[BaseException | None]:
    """All at once, as a sidecar delivers what lies in several partitions."""
    [handler] = by_type(handlers(database))[FIRED]
    doing = [asyncio.ensure_future(handler.handle(event)) for event in events]
    await asyncio.wait(doing)
    return [done.exception() for done in doing]


async def test_of_a_thousand_reminders_in_one_minute_none_stays_untold(database: Database) -> None:
    events = await fired(database, 1_200)
    for event in events:  # by itself each, as a slow broker delivers them
        assert await handle(database, [event]) == [None]
    assert await sowing.rows(database, OPENED) == [(1_200, 1_200)]


async def test_the_first_and_the_last_of_a_long_minute_are_opened_when_they_come_together(
    database: Database,
) -> None:
    # Red where only what lies around the first is looked at.
    events = await fired(database, 1_200)
    assert await handle(database, [events[0], events[-1]]) == [None, None]
    both = [event.facts["notification"].removeprefix("n") for event in (events[0], events[-1])]
    assert await sowing.rows(
        database,
        "SELECT count(*) FROM deliveries WHERE notification_id = ANY ($1::bigint[])",
        [int(number) for number in both],
    ) == [(2,)]


async def test_what_is_held_for_the_quiet_hours_is_not_let_go_with_its_burst(
    database: Database,
) -> None:
    # Red with one time for all of a burst.
    events = await fired(database, 6)
    await database.worker(
        "UPDATE users SET zone = 'UTC', quiet_from = ((now() AT TIME ZONE 'UTC') - interval '1 h')::time, "
        "quiet_until = ((now() AT TIME ZONE 'UTC') + interval '2 h')::time"
    )
    await database.worker("UPDATE tasks SET priority = 3 WHERE id >= 5")
    for event in events:
        assert await handle(database, [event]) == [None]
    assert await sowing.rows(
        database,
        "SELECT d.next_try_at > now() + interval '1 h', array_agg(n.task_id ORDER BY 1) "
        "FROM deliveries d JOIN notifications n ON n.id = d.notification_id GROUP BY 1 ORDER BY 1",
    ) == [(False, [5, 6]), (True, [1, 2, 3, 4])]


async def test_events_that_wait_together_have_their_effects_together(database: Database) -> None:
    events = await fired(database, 90, users=90)
    assert await handle(database, events) == [None] * 90
    assert await sowing.rows(database, OPENED) == [(90, 90)]
    [[statements, consumed]] = await sowing.rows(
        database, "SELECT count(DISTINCT consumed_at), count(*) FROM consumed"
    )
    assert consumed == 90
    assert statements == 1


async def test_two_workers_with_the_same_events_open_nothing_twice(database: Database) -> None:
    events = await fired(database, 100, users=20)
    async with asyncio.TaskGroup() as group:
        both = [
            group.create_task(handle(database, given)) for given in (events, [*reversed(events)])
        ]
    assert [task.result() for task in both] == [[None] * 100] * 2
    assert await sowing.rows(database, OPENED) == [(100, 100)]


async def test_an_event_that_fails_takes_no_other_along(database: Database) -> None:
    events = await fired(database, 20, users=20)
    facts = {name: value for name, value in events[7].facts.items() if name != "notification"}
    events[7] = events[7].model_copy(update={"data": {"reminder": facts, "changed": {}}})
    outcomes = await handle(database, events)
    assert [number for number, error in enumerate(outcomes) if error is not None] == [7]
    assert await sowing.rows(database, OPENED) == [(19, 19)]


async def test_who_stops_waiting_stops_no_other(database: Database) -> None:
    events = await fired(database, 20, users=20)
    [handler] = by_type(handlers(database))[FIRED]
    doing = [asyncio.ensure_future(handler.handle(event)) for event in events]
    doing[0].cancel()
    await asyncio.wait(doing)
    assert [done.exception() for done in doing[1:]] == [None] * 19
    assert await sowing.rows(database, "SELECT count(*) >= 19 FROM deliveries") == [(True,)]


async def test_without_a_database_all_that_wait_are_told_so(database: Database) -> None:
    events = await fired(database, 20, users=20)
    nowhere = Database("postgresql://127.0.0.1:1/nothing")
    outcomes = await handle(nowhere, events)
    await nowhere.close()
    assert {type(error) for error in outcomes} == {UnavailableError}


@pytest.mark.parametrize("state", ["acknowledged", "muted"])
async def test_what_nobody_is_to_be_told_of_is_handled_without_a_trace(
    database: Database, state: str
) -> None:
    events = await fired(database, 5)
    change = {
        "acknowledged": "UPDATE notifications SET acknowledged_at = now(), version = 2",
        "muted": "UPDATE users SET channels = '{}'",
    }
    await database.worker(change[state])
    assert await handle(database, events) == [None] * 5
    assert await sowing.rows(database, OPENED) == [(0, 0)]
    assert await sowing.rows(database, "SELECT FROM consumed") == []
