"""What the topic may do to the worker: nonsense, poison, repetition, another order, another owner."""

import random
from functools import partial

from pydantic_core import from_json, to_json
from tools.stack import Stack

from tests import sowing
from tests.e2e.stack import checking, topic
from tests.e2e.stack.topic import Message
from tests.e2e.stack.workload import working
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp import ids
from todo_mcp.messaging.envelope import UndecodableError, decode
from todo_mcp.messaging.kafka import DEAD
from todo_mcp.store.database import Database

EFFECTS = """
SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM notifications),
  (SELECT count(*) FROM consumed), (SELECT count(*) FROM events), (SELECT count(*) FROM operations)
"""
FOLLOWED = """
SELECT FROM tasks a JOIN tasks b USING (space_id, series_id) WHERE a.id = $1 AND b.n = a.n + 1
"""
JSON = [("content-type", b"application/cloudevents+json")]


# As if the follower had been taken back alone, which no call does: whoever looks at the tasks only sees a
# closing without its next occurrence.
ALONE = """
WITH s AS (UPDATE series s SET n = 1, passed = passed - 1 FROM tasks t
  WHERE t.id = $1 AND s.space_id = t.space_id AND s.id = t.series_id RETURNING s.space_id, s.id)
UPDATE tasks t SET deleted_at = now() FROM s
WHERE t.space_id = s.space_id AND t.series_id = s.id AND t.n = 2
"""
TOGETHER = """
WITH s AS (UPDATE series s SET n = 2, passed = passed + 1 FROM tasks t
  WHERE t.id = $1 AND s.space_id = t.space_id AND s.id = t.series_id RETURNING s.space_id, s.id)
UPDATE tasks t SET deleted_at = NULL FROM s
WHERE t.space_id = s.space_id AND t.series_id = s.id AND t.n = 2
"""


async def weekly_goes_on(up: Stack, stored: Database) -> int:
    """A completed recurring task is followed: whatever is in the topic, others are served."""
    async with connect(up.mcp_url, "modern") as client:
        agent = Agent(client)
        weekly = await agent.add("Water", recurrence="every friday at 9:00")
        await agent.call("complete_tasks", ids=[weekly])
    await eventually(partial(sowing.rows, stored, FOLLOWED, int(weekly[1:])), 30)
    return int(weekly[1:])


async def beside(up: Stack, key: bytes | None) -> str:
    """A recurring task whose events come to the same partition as those of this key."""
    assert key is not None
    weekly = {"title": "Water", "recurrence": "every friday at 9:00"}
    async with connect(up.mcp_url, "modern") as client:
        while True:
            made = await Agent(client).call("add_tasks", tasks=[weekly] * 20)
            for task in made["tasks"]:
                if topic.partition_of(task["id"].encode()) == topic.partition_of(key):
                    return task["id"]


async def has_letters(up: Stack, count: int) -> bool:
    return checking.dead(up) >= count


async def test_what_cannot_be_decoded_is_a_dead_letter_at_once(
    up: Stack, stored: Database, letters: int
) -> None:
    # Red with RETRY for it: it comes back eight times first.
    event = {
        "specversion": "1.0",
        "id": str(ids.event_id()),
        "source": "/todo-mcp/1",
        "type": "todo.task.completed.v1",
        "subject": "t1",
        "data": {"nothing": 1},
        "datacontenttype": "application/json",
    }
    await topic.put(up, [Message(b"t1", to_json(event), JSON)])
    await eventually(partial(has_letters, up, letters + 1), 5)
    # Red without dapr/common/dead.yaml: nobody would be told.
    await eventually(partial(says, up, "event.dead"), 10)
    await weekly_goes_on(up, stored)
    assert (await topic.whole(up, DEAD))[-1].key is not None
    assert checking.dead(up) == letters + 1


async def says(up: Stack, event: str) -> bool:
    """The worker has logged it."""
    return f'"event": "{event}"' in up["worker"].log.read_text()


async def test_an_event_that_keeps_failing_is_a_dead_letter_after_its_retries_and_the_rest_goes_on(
    up: Stack, stored: Database, letters: int
) -> None:
    # Red with inbound retries that go on for a minute: the partition waits for as long.
    async with connect(up.mcp_url, "modern") as client:
        await Agent(client).add("Stretch", due="in 1 second", reminders=["0m"])
    found = await eventually(partial(fired, up), 30)
    poison = from_json(found.value)
    poison["id"] = str(ids.event_id())
    del poison["data"]["reminder"]["notification"]
    assert found.partition == topic.partition_of(found.key)
    behind = await beside(up, found.key)
    await topic.put(up, [found._replace(value=to_json(poison))])
    async with connect(up.mcp_url, "modern") as client:
        await Agent(client).call("complete_tasks", ids=[behind])
    await weekly_goes_on(up, stored)
    await eventually(partial(has_letters, up, letters + 1), 30)
    await eventually(partial(sowing.rows, stored, FOLLOWED, int(behind[1:])), 10)
    await weekly_goes_on(up, stored)
    assert checking.dead(up) == letters + 1


async def fired(up: Stack) -> Message | None:
    """A reminder's event as the relay published it."""
    for message in await topic.whole(up):
        if b'"todo.reminder.fired.v1"' in message.value:
            return message
    return None


async def test_the_whole_topic_again_in_any_order_changes_nothing(
    up: Stack, stored: Database, letters: int
) -> None:
    # Red with `consumed` ignored: the occurrence that was taken back comes a second time.
    weekly = await weekly_goes_on(up, stored)
    await checking.all_is_well(up, stored, letters)
    before = await sowing.rows(stored, EFFECTS)
    await stored.worker(ALONE, weekly)
    again = [one for one in await topic.whole(up) if b'"todo.task' in one.value and decodable(one)]
    random.Random(4).shuffle(again)  # noqa: S311 (repeatable, not secret)
    await topic.put(up, again)
    await eventually(partial(caught_up, up), 60)
    assert await sowing.rows(stored, EFFECTS) == before
    await stored.worker(TOGETHER, weekly)
    assert checking.dead(up) == letters


def decodable(message: Message) -> bool:
    try:
        decode(message.value)
    except UndecodableError:
        return False  # another test's
    return True


async def caught_up(up: Stack) -> bool:
    return checking.behind(up) == 0


async def test_a_worker_told_to_stop_under_load_loses_and_doubles_nothing(
    up: Stack, stored: Database, letters: int
) -> None:
    async with working(up) as answered:

        async def some(count: int) -> bool:
            return len(answered.completed) >= count

        await eventually(partial(some, 10), 60)
        await up["worker"].restart()
        await eventually(partial(some, len(answered.completed) + 10), 60)
    await checking.all_is_well(up, stored, letters)
