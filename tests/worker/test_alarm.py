"""The alarm clock where there is nobody to set it with: events do not wait for it.

Red with an event that waits for as long as a call to the scheduler may take: the sidecar has taken it back
by then, again and again, and makes a dead letter of it.
"""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests import sowing
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.signals import running
from todo_mcp.messaging.envelope import CloudEvent, wrap
from todo_mcp.messaging.jobs import AlarmClock
from todo_mcp.messaging.sidecar import Ports, Sidecar
from todo_mcp.service.home import Home
from todo_mcp.worker.alarm import JOB, Alarm

INBOUND_SECONDS = 3.0  # as dapr/common/resiliency.yaml has it


@pytest.fixture
async def alarm(home: Home, unused_tcp_port: int) -> AsyncGenerator[Alarm]:
    """At work, beside a sidecar that is away."""
    sidecar = Sidecar(Ports(unused_tcp_port, unused_tcp_port))
    made = Alarm(home.database, AlarmClock(sidecar, JOB))
    async with running(made.run):
        yield made
    await sidecar.close()


async def reminded(home: Home, ada: Agent, due: str) -> CloudEvent:
    """A reminder is set."""
    await ada.add("Stretch", due=due, reminders=["0m"])
    entries = await sowing.whole_log(home.database)
    return [wrap(entry) for entry in entries if entry.type == "todo.reminder.set.v1"][-1]


async def test_an_event_is_done_with_before_its_sidecar_takes_it_back_and_the_next_at_once(
    home: Home, hands: Hands, alarm: Alarm
) -> None:
    async with agent(home, hands) as ada:
        for due, seconds in (("in 3 hours", INBOUND_SECONDS), ("in 2 hours", INBOUND_SECONDS / 2)):
            earliest = await reminded(home, ada, due)
            async with asyncio.timeout(seconds):
                await alarm.hear(earliest)
