"""Each of the three wake-ups alone fires reminders; the cron sweep also without a scheduler.

Red, each where it is alone, with the timer not started, with the job's route left out, with the sweep's
route left out; and with a worker that does not look after its job once more.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest
from tools.stack import Stack

from tests import sowing
from tests.e2e.stack import checking
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.messaging.jobs import AlarmClock
from todo_mcp.messaging.sidecar import Ports, Sidecar
from todo_mcp.store.database import Database

LATE = (
    "SELECT extract(epoch FROM created_at - fire_at)::float8 FROM notifications WHERE task_id = $1"
)
CRON_SECONDS = 15


@asynccontextmanager
async def woken_by(up: Stack, wakeup: str) -> AsyncGenerator[None]:
    """The stack's worker with this wake-up alone."""
    worker = up["worker"]
    kept = worker.environment
    worker.environment = {**kept, "TODO_MCP_WAKEUPS": wakeup}
    try:
        await worker.restart()
        yield
    finally:
        # Not waited for: what comes next restarts it again, or is the end.
        worker.environment = kept
        await worker.end()
        worker.spawn()


async def lateness(up: Stack, stored: Database, due: str = "in 2 seconds") -> float:
    """Seconds between the instant of a reminder and its notification."""
    async with connect(up.mcp_url, "modern") as client:
        task = await Agent(client).add("Stretch", due=due, reminders=["0m"])
    number = int(task[1:])
    [(late,)] = await eventually(partial(sowing.rows, stored, LATE, number), 40)
    return late


@pytest.mark.parametrize(
    ("wakeup", "seconds"),
    [
        pytest.param("timer", 1.5, marks=pytest.mark.full),
        ("job", 1.5),
        pytest.param("cron", CRON_SECONDS + 1, marks=pytest.mark.full),
    ],
)
async def test_each_wake_up_alone_is_enough(
    up: Stack, stored: Database, wakeup: str, seconds: float
) -> None:
    async with woken_by(up, wakeup):
        late = await lateness(up, stored)
    assert 0 <= late <= seconds


async def test_a_clock_is_told_to_be_unset_set_and_turned_off(up: Stack) -> None:
    # Red with the answer for an unknown job taken for a failure: a lost clock would never be set again.
    beside = up["worker"].environment
    ports = Ports(
        int(beside["DAPR_HTTP_PORT"]), int(beside["DAPR_GRPC_PORT"]), beside["DAPR_API_TOKEN"]
    )
    sidecar = Sidecar(ports)
    clock = AlarmClock(sidecar, "of-a-test")
    at = datetime(2099, 1, 1, 9, tzinfo=UTC)
    try:
        assert await clock.set_for() is None
        await clock.set(at)
        assert await clock.set_for() == at
        await clock.turn_off()
        assert await clock.set_for() is None
    finally:
        await sidecar.close()


@pytest.mark.full
async def test_the_job_follows_the_earliest_reminder(up: Stack, stored: Database) -> None:
    # Red with an alarm that is set by new reminders alone: the moved one comes at its old time.
    async with woken_by(up, "job"), connect(up.mcp_url, "modern") as client:
        agent = Agent(client)
        later = await agent.add("Later", due="in 3 hours", reminders=["0m"])
        first = await agent.add("First", due="in 2 hours", reminders=["0m"])
        await agent.call("complete_tasks", ids=[first])
        await agent.call("update_tasks", ids=[later], due="in 2 seconds")
        number = int(later[1:])
        [(late,)] = await eventually(partial(sowing.rows, stored, LATE, number))
    assert 0 <= late <= 1.5


def given_up(up: Stack) -> int:
    """How often the worker could not set its job."""
    return up["worker"].log.read_text().count('"event": "alarm.unset"')


async def more_given_up(up: Stack, before: int) -> bool:
    return given_up(up) > before


@pytest.mark.full
async def test_without_a_scheduler_the_sweep_fires_and_a_new_one_is_set_again(
    up: Stack, stored: Database, letters: int
) -> None:
    async with woken_by(up, "job,cron"):
        up["scheduler"].kill()
        try:
            assert await lateness(up, stored) <= CRON_SECONDS + 1
            before = given_up(up)
            async with connect(up.mcp_url, "modern") as client:
                task = await Agent(client).add("Stretch", due="in 40 seconds", reminders=["0m"])
            # A call that waits for the scheduler would set it as soon as there is one.
            await eventually(partial(more_given_up, up, before), 30)
        finally:
            await up["scheduler"].start()
        number = int(task[1:])
        [(late,)] = await eventually(partial(sowing.rows, stored, LATE, number), 60)
        await checking.all_is_well(up, stored, letters)
    assert late <= 1.5
