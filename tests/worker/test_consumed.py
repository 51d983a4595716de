"""An event that comes again has no second effect."""

import asyncio

from tests import sowing
from tests.hands import Hands
from tests.invariants import log_tells_all
from tests.server import stored
from tests.server.agent import agent
from todo_mcp.messaging.bus import by_type
from todo_mcp.messaging.envelope import CloudEvent, wrap
from todo_mcp.service.home import Home
from todo_mcp.worker.handlers import handlers

CONSUMED = "SELECT consumer, count(*) FROM consumed GROUP BY consumer"


async def completion(home: Home) -> CloudEvent:
    """The event of the one completed task."""
    [found] = [
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
