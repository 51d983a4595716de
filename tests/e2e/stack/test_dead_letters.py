"""`todo-mcp dead-letters` on the topic that the sidecar puts them into.

Red with a replay without the key, with one in the order in which letters were named, and with one that is
not settled: named again, they would be put back once more.
"""

from functools import partial

import pytest
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


async def of_task(up: Stack, task: int) -> list[Message]:
    """Its events in the topic, with key and partition."""
    return [one for one in await topic.whole(up) if one.key == f"t{task}".encode()]


async def test_letters_go_back_with_their_key_in_their_order_and_have_no_second_effect(
    up: Stack, stored: Database, letters: int
) -> None:
    task = await weekly_goes_on(up, stored)
    events = await of_task(up, task)
    assert b'"todo.task.completed.v1"' in events[-1].value
    before = await listed(up)
    await topic.put(up, events, DEAD)
    await eventually(partial(has_letters, up, letters + len(events)), 10)
    names = [one for one in await listed(up) if one not in before]
    effects = await sowing.rows(stored, EFFECTS)

    code, told = await command(up, "replay", *reversed(names))
    assert (code, told) == (0, "".join(f"{name}: replayed\n" for name in names))
    assert await of_task(up, task) == events * 2
    await eventually(partial(caught_up, up), 30)
    assert await sowing.rows(stored, EFFECTS) == effects
    assert await listed(up) == before
    code, told = await command(up, "replay", *names)
    assert code == 1
    assert "there is no dead letter" in told
    assert await of_task(up, task) == events * 2


@pytest.mark.full
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
