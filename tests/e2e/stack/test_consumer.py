"""What docs/events.md promises other teams, read by a plain Kafka client in another language."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tools.stack import Stack
from tools.stack.programs import build

from tests import sowing
from tests.e2e.stack import checking, topic
from tests.server.agent import Agent
from tests.server.eras import connect
from todo_mcp.messaging.facts import name_of
from todo_mcp.store.database import Database

MODULE = Path(__file__).parents[1] / "consumer"
SECONDS = 60
OF_TASK = """
SELECT kind, subject_id, version, type FROM events WHERE task_id = $1 ORDER BY generation, tx, seq
"""


class Line(NamedTuple):
    """What the consumer prints of an event."""

    source: str
    subject: str
    version: str
    type: str
    key: str
    partition: str


@asynccontextmanager
async def consumer(up: Stack, group: str) -> AsyncGenerator[asyncio.StreamReader]:
    program = await asyncio.to_thread(build, MODULE)
    environment = {"KAFKA_BROKERS": up.environment["KAFKA_BROKERS"], "GROUP": group}
    process = await asyncio.create_subprocess_exec(program, env=environment, stdout=PIPE)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def read(lines: asyncio.StreamReader, key: str, last: Line) -> list[Line]:
    """What it prints of this key, up to this event and including it."""
    found: list[Line] = []
    async with asyncio.timeout(SECONDS):
        while not found or found[-1] != last:
            line = Line(*(await lines.readline()).decode().split())
            found += [line] if line.key == key else []
    return found


async def use(up: Stack) -> str:
    """A task with a past, and a reminder."""
    async with connect(up.mcp_url, "modern") as client:
        ada = Agent(client)
        task = await ada.add("Call mum", due="in 3 weeks", reminders=["-1h"])
        await ada.call("update_tasks", ids=[task], title="Call both", priority="high")
        await ada.call("complete_tasks", ids=[task])
        await ada.call("complete_tasks", ids=[task], action="reopen")
    return task


async def test_another_team_reads_each_event_once_and_in_order(
    up: Stack, stored: Database, letters: int
) -> None:
    task = await use(up)
    await checking.all_is_well(up, stored, letters)
    told = await sowing.rows(stored, OF_TASK, int(task[1:]))
    [partition] = {one.partition for one in await topic.whole(up) if one.key == task.encode()}
    expected = [
        Line("/todo-mcp/1", name_of(kind, number), str(version), type_, task, str(partition))
        for kind, number, version, type_ in told
    ]
    async with consumer(up, f"others-{task}") as lines:
        assert await read(lines, task, expected[-1]) == expected
        # All of it once more, as after a batch of which nobody knows whether it came through.
        again = [one for one in await topic.whole(up) if one.key == task.encode()]
        await topic.put(up, again)
        async with connect(up.mcp_url, "modern") as client:
            await Agent(client).call("complete_tasks", ids=[task], action="start")
        [*_, (kind, number, version, type_)] = await sowing.rows(stored, OF_TASK, int(task[1:]))
        last = expected[-1]._replace(
            subject=name_of(kind, number), version=str(version), type=type_
        )
        assert await read(lines, task, last) == [last]
    await checking.all_is_well(up, stored, letters)
