"""An event that comes again has no second effect, also when the log and what was remembered are cut.

Red with closings sought for any event, whether or not the log still has it, and with notifications of any
age; with `consumed` left as it is, and with all of it deleted.
"""

import asyncio

from tests import aging, sowing
from tests.hands import Hands
from tests.invariants import log_tells_all
from tests.server import stored
from tests.server.agent import agent
from tests.worker.test_handlers import fired
from todo_mcp.clock import utc_now
from todo_mcp.messaging.bus import by_type
from todo_mcp.messaging.envelope import CloudEvent, wrap
from todo_mcp.service.home import Home
from todo_mcp.worker.handlers import handlers

CONSUMED = "SELECT consumer, count(*) FROM consumed GROUP BY consumer"


async def completion(home: Home) -> CloudEvent:
    """The event of the task completed last."""
    [*_, found] = [
        wrap(entry)
        for entry in await sowing.whole_log(home.database)
        if entry.type == "todo.task.completed.v1"
    ]
    return found


async def handle(home: Home, event: CloudEvent) -> None:
    [handler] = by_type(handlers(home.database))[event.type]
    await handler.handle(event)


async def test_an_occurrence_the_user_deleted_does_not_come_back_with_its_event(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        weekly = await ada.add("Water the plants", recurrence="every friday at 9:00")
        await ada.call("complete_tasks", ids=[weekly])
        event = await completion(home)
        await handle(home, event)
        [following] = await stored.open_tasks(home)
        await ada.call("delete_tasks", ids=[following])
        await handle(home, event)
        assert await stored.open_tasks(home) == []
    assert await sowing.rows(home.database, CONSUMED) == [("recurrence", 1)]
    await log_tells_all(home.database)


async def test_an_event_that_comes_eight_times_at_once_makes_one_occurrence_soon(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        weekly = await ada.add("Water the plants", recurrence="every friday at 9:00")
        await ada.call("complete_tasks", ids=[weekly])
    event = await completion(home)
    async with asyncio.timeout(3), asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(handle(home, event))
    assert len(await stored.open_tasks(home)) == 1
    assert await sowing.rows(home.database, CONSUMED) == [("recurrence", 1)]
    await log_tells_all(home.database)


UNDONE = (
    "UPDATE tasks SET deleted_at = now() WHERE n = 2 AND deleted_at IS NULL",
    "UPDATE series SET n = 1, passed = passed - 1, version = version + 1",
)


async def test_what_was_remembered_of_events_goes_with_them_and_they_stay_without_a_second_effect(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        weekly = await ada.add("Water the plants", recurrence="every friday at 9:00")
        closed = await ada.call("complete_tasks", ids=[weekly])
        old = await completion(home)
        await handle(home, old)
        await ada.call("undo", op=closed["op"])
        await aging.aged(home.database, 40)
        await ada.call("complete_tasks", ids=[weekly])
        new = await completion(home)
        await handle(home, new)
    await aging.read_by(home.database)
    assert await aging.cut(home, utc_now()) > 0
    assert await sowing.rows(home.database, "SELECT event_id FROM consumed") == [(new.id,)]
    # As an undo leaves it: whoever looks at the tasks alone sees a closing without its next occurrence.
    for sql in UNDONE:
        await home.database.worker(sql)
    before = await sowing.rows(home.database, "SELECT id, deleted_at FROM tasks ORDER BY id")
    for event in (old, new):
        await handle(home, event)
    assert before == await sowing.rows(
        home.database, "SELECT id, deleted_at FROM tasks ORDER BY id"
    )


async def test_a_reminder_that_was_told_long_ago_is_not_told_again_by_a_later_channel(
    home: Home,
) -> None:
    event = await fired(home, channels=1)
    await handle(home, event)
    assert await sowing.rows(home.database, CONSUMED) == [("delivery", 1)]
    await aging.aged(home.database, 40)
    for table, column in (("notifications", "created_at"), ("channels", "confirmed_at")):
        earlier = f"UPDATE {table} SET {column} = {column} - interval '40 days'"  # noqa: S608 (our own)
        await home.database.worker(earlier)
    await home.database.worker("DELETE FROM deliveries")  # with the channel of then
    await aging.read_by(home.database)
    await aging.cut(home, utc_now())
    assert await sowing.rows(home.database, CONSUMED) == []
    await handle(home, event)
    assert await sowing.rows(home.database, "SELECT FROM deliveries") == []
