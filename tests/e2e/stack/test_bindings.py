"""Notifications through an output binding of the worker's real sidecar, and its circuit breaker."""

import asyncio
import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

import pytest
from tools.stack import Stack

from tests import sowing
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from tests.worker.receiving import Post, Receiver
from tests.worker.telling import code_in
from todo_mcp.messaging.bindings import OutputBindings
from todo_mcp.messaging.sidecar import Ports, Sidecar, SidecarError
from todo_mcp.store.database import Database

HOOK = "/hook"
# As dapr/common/resiliency.yaml has it.
TRIPS = 3
OPEN_SECONDS = 30
STATE = """
SELECT d.state, d.attempts, d.error FROM deliveries d JOIN notifications n
  ON n.space_id = d.space_id AND n.id = d.notification_id
WHERE n.task_id = $1 AND d.lease_until IS NULL
"""
HURRY = "UPDATE deliveries SET next_try_at = now() WHERE state = 'pending' AND lease_until IS NULL"
# What other tests made fire within the same minute would be told along with it.
READ = "UPDATE notifications SET acknowledged_at = now() WHERE acknowledged_at IS NULL"
LATER = "UPDATE deliveries SET next_try_at = now() + interval '1 hour' WHERE state = 'pending'"
A_DAY_AGO = "UPDATE deliveries SET created_at = now() - interval '1 day' WHERE state = 'pending'"


async def channels(up: Stack, *arguments: str, code: int = 0) -> str:
    """What the command says where the worker is: beside its sidecar."""
    before = dict(up.environment)
    up.environment |= up["worker"].environment
    try:
        done, said = await up.command("channels", *arguments)
    finally:
        up.environment.clear()
        up.environment |= before
    assert done == code, said
    return said


@pytest.fixture
async def hook(up: Stack, stored: Database, other: Receiver) -> AsyncGenerator[str]:
    """The name of a confirmed channel through `todo-webhook`; gone after the test."""
    await channels(up, "add", "hook", "dapr:todo-webhook")
    await channels(up, "confirm", "hook", code_in(arrived(other)[-1].body))
    await stored.worker(READ)
    other.posts.items.clear()
    yield "hook"
    other.statuses.pop(HOOK, None)
    await channels(up, "remove", "hook")


def arrived(other: Receiver) -> list[Post]:
    return other.at(HOOK)


async def remind(up: Stack) -> int:
    """The number of a task whose reminder is about to fire."""
    async with connect(up.mcp_url, "modern") as client:
        task = await Agent(client).add("Stretch", due="in 1 second", reminders=["0m"])
    return int(task[1:])


async def reaches(stored: Database, task: int, *wanted: Any) -> None:
    """Its delivery comes to this state, after so many attempts, with this error."""

    async def reached() -> bool:
        return await sowing.rows(stored, STATE, task) == [wanted]

    await eventually(reached, 40)


async def test_a_notification_goes_out_through_the_binding(
    up: Stack, stored: Database, other: Receiver, hook: str
) -> None:
    task = await remind(up)
    await reaches(stored, task, "sent", 1, None)
    [post] = arrived(other)
    told = json.loads(post.body)
    assert told["type"] == "todo.notification"
    assert told["data"]["subject"] == "Stretch"
    assert [item["task"] for item in told["data"]["notifications"]] == [f"t{task}"]
    assert post.headers["webhook-id"] == told["id"]
    assert "hook  dapr  confirmed  waiting 0, sent 1" in await channels(up, "list")
    assert (await channels(up, "test", hook)).endswith("sent\n")
    assert len(arrived(other)) == 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("dapr:todo-state", "is no binding that is allowed; those allowed are todo-webhook"),
        ("dapr:todo-webhook?path=/admin", "is no binding that is allowed"),
        ("dapr:todo-absent", "the message was not taken (no such binding)"),
    ],
)
async def test_another_binding_is_refused(up: Stack, url: str, told: str) -> None:
    # Red with any binding that the sidecar has: its state store is one component away.
    assert told in await channels(up, "add", "other", url, code=1)


async def test_what_a_binding_does_not_take_is_tried_again_with_the_same_id_and_given_up_after_a_day(
    up: Stack, stored: Database, other: Receiver, hook: str
) -> None:
    other.statuses[HOOK] = 500
    task = await remind(up)
    await reaches(stored, task, "pending", 1, "http 500")
    del other.statuses[HOOK]
    await stored.worker(HURRY)
    await reaches(stored, task, "sent", 2, None)
    assert len({post.headers["webhook-id"] for post in arrived(other)}) == 1

    other.statuses[HOOK] = 500
    task = await remind(up)
    await reaches(stored, task, "pending", 1, "http 500")
    await stored.worker(A_DAY_AGO)
    await stored.worker(HURRY)
    await reaches(stored, task, "failed", 2, "http 500")
    assert "sent 1, failed 1, last error: http 500" in await channels(up, "list")
    # The breaker counts failures in a row: the next test begins with none.
    del other.statuses[HOOK]
    await channels(up, "test", hook)


@pytest.mark.full
@pytest.mark.usefixtures("hook")
async def test_the_circuit_breaker_opens_after_failures_in_a_row_and_closes_again(
    up: Stack, stored: Database, other: Receiver
) -> None:
    # Red without `circuitBreaker: webhook` in dapr/common/resiliency.yaml: the fourth arrives.
    other.statuses[HOOK] = 500
    task = await remind(up)
    for attempt in range(1, TRIPS + 1):
        await reaches(stored, task, "pending", attempt, "http 500")
        await stored.worker(HURRY)
    begun = asyncio.get_running_loop().time()
    await reaches(stored, task, "pending", TRIPS + 1, "circuit breaker is open")
    assert len(arrived(other)) == TRIPS
    await stored.worker(LATER)
    del other.statuses[HOOK]
    # Nothing is asked of a receiver that has had failures enough, though it would take it by now.
    await eventually(partial(taken, up), OPEN_SECONDS + 10)
    assert asyncio.get_running_loop().time() - begun > OPEN_SECONDS - 5
    await stored.worker(HURRY)
    await reaches(stored, task, "sent", TRIPS + 2, None)


async def taken(up: Stack) -> bool:
    """Whether the worker's sidecar hands anything to the binding at all."""
    beside = up["worker"].environment
    ports = Ports(
        int(beside["DAPR_HTTP_PORT"]), int(beside["DAPR_GRPC_PORT"]), beside["DAPR_API_TOKEN"]
    )
    bindings = OutputBindings(Sidecar(ports))
    try:
        await bindings.send("todo-webhook", b"{}", {})
    except SidecarError:
        return False
    else:
        return True
    finally:
        await bindings.close()
