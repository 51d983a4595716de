"""`todo-mcp dead-letters` on the topic that the sidecar puts them into."""

from functools import partial

import pytest
from pydantic_core import from_json
from tools.stack import Stack

from tests import sowing
from tests.e2e.stack import checking, topic
from tests.e2e.stack.test_delivery import EFFECTS, caught_up, has_letters, weekly_goes_on
from tests.e2e.stack.topic import Message
from tests.signals import eventually
from todo_mcp.messaging.kafka import DEAD
from todo_mcp.store.database import Database


async def command(up: Stack, *arguments: str) -> tuple[int, str]:
    return await up.command("dead-letters", *arguments, "--bus", "dapr")


async def listed(up: Stack) -> list[str]:
    """The ids, in the order in which they are to be replayed."""
    done, told = await command(up, "list")
    assert done == 0, told
    return [line.split()[0] for line in told.splitlines() if "  20" in line]


async def examined(up: Stack) -> str:
    return (await up.command("doctor", "--bus", "dapr"))[1]


@pytest.mark.full
async def test_brokers_that_are_away_are_told_of(up: Stack, unused_tcp_port: int) -> None:
    away = f"127.0.0.1:{unused_tcp_port}"
    code, told = await up.command("doctor", "--bus", "dapr", "--kafka-brokers", away)
    assert (code, "NOT WELL  dead letters in Kafka: cannot be told" in told) == (1, True), told


async def completed(up: Stack) -> Message:
    """The event of the task completed last, as the relay published it."""
    found = [one for one in await topic.whole(up) if b'"todo.task.completed.v1"' in one.value]
    return max(found, key=lambda one: from_json(one.value)["time"])


async def test_a_letter_goes_back_with_its_key_and_has_no_second_effect(
    up: Stack, stored: Database, letters: int
) -> None:
    await weekly_goes_on(up, stored)
    event = await completed(up)
    before = await listed(up)
    await topic.put(up, [event], DEAD)
    await eventually(partial(has_letters, up, letters + 1), 10)
    [name] = [one for one in await listed(up) if one not in before]
    effects = await sowing.rows(stored, EFFECTS)
    times = (await topic.whole(up)).count(event)

    code, told = await command(up, "replay", name)
    assert (code, told) == (0, f"{name}: replayed\n")
    assert (await topic.whole(up)).count(event) == times + 1
    await eventually(partial(caught_up, up), 30)
    assert await sowing.rows(stored, EFFECTS) == effects
    assert await listed(up) == before
    code, told = await command(up, "replay", name)
    assert code == 1
    assert "there is no dead letter" in told


async def test_what_the_sidecar_gave_up_is_shown_and_dropped(up: Stack, letters: int) -> None:
    before = await listed(up)
    nonsense = Message(b"t7", b'{"no": "event"}', [("content-type", b"application/json")])
    await topic.put(up, [nonsense])
    await eventually(partial(has_letters, up, letters + 1), 10)
    [name] = [one for one in await listed(up) if one not in before]
    code, told = await command(up, "show", name)
    assert code == 0
    assert '"no": "event"' in told
    assert f"NOT WELL  dead letters in Kafka: {len(before) + 1}\n" in await examined(up)
    assert await command(up, "drop", name) == (0, f"{name}: dropped\n")
    assert await listed(up) == before
    assert f"dead letters in Kafka: {len(before) or 'none'}\n" in await examined(up)
    assert checking.dead(up) == letters + 1
