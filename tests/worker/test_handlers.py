"""What follows from events, whatever order, delay or repetition they come in."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import sowing
from tests.conftest import NOW
from todo_mcp.messaging.envelope import CloudEvent, decode, wrap
from todo_mcp.messaging.local import LocalBus
from todo_mcp.messaging.shapes import TYPES
from todo_mcp.service import tasks
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store import timers
from todo_mcp.store.database import Database
from todo_mcp.store.dead_letters import counts
from todo_mcp.worker.handlers import handlers
from todo_mcp.worker.run import local_bus

OCCURRENCES = "SELECT n, status, due_on::text, deleted_at IS NULL FROM tasks ORDER BY n"


def work(home: Home, tool: str = "test", now: datetime = NOW) -> Work:
    return Work(home.database, home.person, now, tool, actor={"client": "test"})


async def weekly(home: Home) -> str:
    made = await tasks.add(
        work(home), {"title": "Water the plants", "recurrence": "every friday at 9:00"}, []
    )
    return made["tasks"][0]["id"]


async def close(
    home: Home, task: str, action: str = "complete", now: datetime = NOW
) -> dict[str, Any]:
    answer = await tasks.complete(work(home, now=now), [task], action, None, with_subtasks=False)
    return answer["tasks"][0]


async def logged(database: Database, *types: str) -> list[CloudEvent]:
    """The log's events of these types, as they arrive from a broker."""
    entries = await sowing.whole_log(database)
    return [decode(wrap(entry).to_json()) for entry in entries if entry.type in types]


CLOSED = ("todo.task.completed.v1", "todo.task.skipped.v1")


async def deliver(home: Home, *found: CloudEvent) -> None:
    await local_bus(home.database).publish(found)
    assert await counts(home.database) == {}


@pytest.mark.parametrize("action", ["complete", "skip"])
async def test_a_closed_occurrence_is_followed_by_the_one_that_was_announced(
    home: Home, action: str
) -> None:
    task = await weekly(home)
    done = await close(home, task, action)
    await deliver(home, *await logged(home.database, *CLOSED))
    found = await sowing.rows(home.database, OCCURRENCES)
    status = {"complete": "done", "skip": "skipped"}[action]
    assert found == [(1, status, "2026-11-27", True), (2, "open", "2026-12-04", True)]
    assert done["next_occurrence"].startswith("2026-12-04T09:00")


async def test_what_a_handler_writes_is_caused_by_the_closing_and_dated_as_it(home: Home) -> None:
    await close(home, await weekly(home), now=NOW + timedelta(hours=1))
    await deliver(home, *await logged(home.database, *CLOSED))
    assert await sowing.rows(
        home.database,
        "SELECT o.tool, c.tool, o.created_at = c.created_at, o.user_id = c.user_id "
        "FROM operations o JOIN operations c ON c.id = o.cause",
    ) == [("recurrence", "test", True, True)]


async def test_an_event_that_comes_eight_times_at_once_has_one_effect(home: Home) -> None:
    await close(home, await weekly(home))
    [event] = await logged(home.database, *CLOSED)
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(deliver(home, event))
    assert [row[0] for row in await sowing.rows(home.database, OCCURRENCES)] == [1, 2]
    assert await sowing.rows(home.database, "SELECT consumer FROM consumed") == [("recurrence",)]


async def test_an_event_that_comes_again_has_no_effect_even_where_it_could(home: Home) -> None:
    # Red with `seen` always false: the series is put back as an undo leaves it.
    await close(home, await weekly(home))
    [event] = await logged(home.database, *CLOSED)
    await deliver(home, event)
    await home.database.worker("UPDATE tasks SET deleted_at = now() WHERE n = 2")
    await home.database.worker("UPDATE series SET n = 1, passed = passed - 1, version = 3")
    before = await sowing.rows(home.database, OCCURRENCES)
    await deliver(home, event)
    assert await sowing.rows(home.database, OCCURRENCES) == before


async def test_an_edit_between_closing_and_handling_does_not_end_the_series(home: Home) -> None:
    # Red with a handler that skips events older than the task's version.
    task = await weekly(home)
    await close(home, task)
    [event] = await logged(home.database, *CLOSED)
    await home.database.worker("UPDATE tasks SET title = 'Water them', version = version + 1")
    await deliver(home, event)
    assert [row[0] for row in await sowing.rows(home.database, OCCURRENCES)] == [1, 2]


async def test_a_subtask_that_was_edited_after_its_closing_is_followed_by_what_was_announced(
    home: Home,
) -> None:
    # Red with what recurs below a closed task followed as of its last edit.
    clean = {"title": "Clean", "recurrence": "every week", "due": "2026-11-24"}
    parent = (await tasks.add(work(home), clean, []))["tasks"][0]["id"]
    daily = {"title": "Vacuum", "parent": parent, "recurrence": "every day", "due": "2026-11-23"}
    child = (await tasks.add(work(home), daily, []))["tasks"][0]["id"]
    announced = [(await close(home, number))["next_occurrence"] for number in (child, parent)]
    later = work(home, now=NOW + timedelta(days=3))
    await tasks.update(later, [child], tasks.Edit({"title": "Vacuum all"}), None)
    for event in reversed(await logged(home.database, *CLOSED)):
        await deliver(home, event)
    found = await sowing.rows(
        home.database,
        "SELECT due_on::text FROM tasks WHERE status = 'open' AND n IS NOT NULL ORDER BY 1",
    )
    assert [row[0] for row in found] == announced == ["2026-11-24", "2026-12-01"]


async def test_an_occurrence_that_was_reopened_meanwhile_is_not_followed(home: Home) -> None:
    task = await weekly(home)
    await close(home, task)
    await close(home, task, "reopen")
    await deliver(home, *await logged(home.database, *CLOSED))
    assert [row[:2] for row in await sowing.rows(home.database, OCCURRENCES)] == [(1, "open")]


async def test_one_closed_reopened_and_closed_again_is_followed_once(home: Home) -> None:
    task = await weekly(home)
    await close(home, task)
    await close(home, task, "reopen")
    await close(home, task, now=NOW + timedelta(days=9))
    await deliver(home, *await logged(home.database, *CLOSED))
    found = [row[:3] for row in await sowing.rows(home.database, OCCURRENCES)]
    # As of the latest closing: the dates that had passed by then are not piled up.
    assert found == [(1, "done", "2026-11-27"), (2, "open", "2026-12-04")]


async def test_a_series_goes_on_and_on_with_one_open_occurrence(home: Home) -> None:
    await weekly(home)
    for _ in range(4):
        [[number]] = await sowing.rows(home.database, "SELECT id FROM tasks WHERE status = 'open'")
        await close(home, f"t{number}")
        await deliver(home, (await logged(home.database, *CLOSED))[-1])
    found = await sowing.rows(home.database, OCCURRENCES)
    assert [row[:2] for row in found] == [(n, "done") for n in (1, 2, 3, 4)] + [(5, "open")]


async def test_a_task_that_recurs_not_leaves_no_trace_of_handling(home: Home) -> None:
    made = await tasks.add(work(home), {"title": "Once"}, [])
    await close(home, made["tasks"][0]["id"])
    await deliver(home, *await logged(home.database, *CLOSED))
    assert await sowing.rows(home.database, "SELECT * FROM consumed") == []


async def test_an_event_of_a_task_that_is_gone_is_handled(home: Home) -> None:
    await close(home, await weekly(home))
    [event] = await logged(home.database, *CLOSED)
    await home.database.worker("DELETE FROM tasks")
    await deliver(home, event)


async def fired(home: Home, channels: int) -> CloudEvent:
    """The event of a reminder that fired, of a user with so many channels."""
    for number in range(channels):
        await home.database.worker(
            "INSERT INTO channels (user_id, kind, name, settings, confirmed_at) "
            "VALUES ($1, 'webhook', $2, '{}', now())",
            home.person.user,
            f"c{number}",
        )
    await tasks.add(work(home), {"title": "Stretch", "reminders": ["2026-11-24T10:00"]}, [])
    await home.database.worker("UPDATE reminders SET fire_at = now()")
    assert await timers.fire(home.database.worker) == 1
    [event] = await logged(home.database, "todo.reminder.fired.v1")
    return event


DELIVERIES = """
SELECT d.notification_id = n.id, d.channel_id, d.state, d.attempts
FROM deliveries d CROSS JOIN notifications n ORDER BY 2
"""


async def test_a_fired_reminder_opens_one_delivery_for_each_channel(home: Home) -> None:
    event = await fired(home, channels=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(deliver(home, event))
    assert await sowing.rows(home.database, DELIVERIES) == [
        (True, 1, "pending", 0),
        (True, 2, "pending", 0),
    ]


async def test_a_fired_reminder_is_not_delivered_to_channels_made_later(home: Home) -> None:
    event = await fired(home, channels=0)
    await deliver(home, event)
    await home.database.worker(
        "INSERT INTO channels (user_id, kind, name, settings, confirmed_at) "
        "VALUES ($1, 'webhook', 'late', '{}', now())",
        home.person.user,
    )
    await deliver(home, event)
    assert await sowing.rows(home.database, DELIVERIES) == []


async def test_a_notification_that_was_dealt_with_is_not_delivered(home: Home) -> None:
    event = await fired(home, channels=1)
    await home.database.worker("UPDATE notifications SET acknowledged_at = now(), version = 2")
    await deliver(home, event)
    assert await sowing.rows(home.database, DELIVERIES) == []


async def test_every_handled_type_is_one_that_exists(database: Database) -> None:
    for handler in handlers(database):
        assert handler.types <= TYPES.keys()
    assert isinstance(local_bus(database), LocalBus)
