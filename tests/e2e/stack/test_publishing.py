"""A batch that came through in part goes on from its first unconfirmed event, once the sidecar is back.

Red with a batch that is sent again from its start, with one of which nothing is sent again, and with a
sidecar's configuration without its list of what it offers.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import httpx2
import pytest
from dapr.aio.clients import DaprClient
from pydantic_core import from_json
from tools.stack import Stack

from tests.e2e.stack import topic
from tests.signals import eventually
from todo_mcp import ids
from todo_mcp.errors import UnavailableError
from todo_mcp.messaging import dapr
from todo_mcp.messaging.dapr import PUBSUB, DaprBus
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.messaging.kafka import EVENTS
from todo_mcp.messaging.sidecar import CALL_SECONDS, Ports, Sidecar

T = TypeVar("T")
# Of no task in the database: nobody has an effect from it.
TASK = "t123456789"
COUNT = 8
# Two of the events go in one request.
REQUEST_BYTES = 6_000


class Crashing(Sidecar):
    """The real connection, to a sidecar that crashes once it has taken a part of the batch."""

    def __init__(self, ports: Ports, crash: Callable[[], None]) -> None:
        super().__init__(ports)
        self._crash = crash
        self._taken = 0

    async def call(
        self, ask: Callable[[DaprClient], Awaitable[T]], seconds: float = CALL_SECONDS
    ) -> T:
        answer = await super().call(ask, seconds)
        self._taken += 1
        if self._taken == 2:
            self._crash()
        return answer


def changed(version: int) -> CloudEvent:
    facts = {"id": TASK, "title": "Water", "notes": "x" * (REQUEST_BYTES // 3)}
    return CloudEvent(
        specversion="1.0",
        id=ids.event_id(),
        source="/todo-mcp/1",
        type="todo.task.updated.v1",
        subject=TASK,
        time=datetime(2026, 11, 23, 9, tzinfo=UTC),
        sequence=str(version),
        datacontenttype="application/json",
        data={"task": facts, "changed": {}},
    )


async def through(bus: DaprBus, batch: list[CloudEvent]) -> bool:
    """Tried again as the relay does: a new connection may still meet the refusals of the old one."""
    try:
        return await bus.publish(batch) == []
    except UnavailableError:
        return False


async def test_what_a_sidecar_had_taken_before_it_crashed_is_not_sent_again_and_the_rest_is(
    up: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dapr, "CHUNK_BYTES", REQUEST_BYTES)
    beside = up["server"].environment
    ports = Ports(
        int(beside["DAPR_HTTP_PORT"]), int(beside["DAPR_GRPC_PORT"]), beside["DAPR_API_TOKEN"]
    )
    sidecar = Crashing(ports, up["server-dapr"].kill)
    bus = DaprBus(sidecar)
    batch = [changed(version) for version in range(1, COUNT + 1)]
    try:
        with pytest.raises(UnavailableError):
            await bus.publish(batch)
        await up["server-dapr"].start()
        await eventually(partial(through, bus, batch))
    finally:
        await sidecar.close()
        if not up["server-dapr"].alive:
            await up["server-dapr"].start()
    sent = [from_json(one.value) for one in await topic.whole(up) if one.key == TASK.encode()]
    assert [event["id"] for event in sent] == [str(event.id) for event in batch]


async def test_a_sidecar_offers_nothing_but_what_its_configuration_lists(up: Stack) -> None:
    port, token = up["worker-dapr"].ports["http"], up["worker"].environment["DAPR_API_TOKEN"]
    before = len(await topic.whole(up))
    headers = {"dapr-api-token": token}
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/v1.0", headers=headers
    ) as http:
        assert (await http.get("/metadata")).is_success
        # Events are published by gRPC alone.
        answer = await http.post(f"/publish/{PUBSUB}/{EVENTS}", json={"no": "event"})
    assert not answer.is_success
    assert len(await topic.whole(up)) == before
