"""Statistics in the real state store: kept by the worker, read by the server's sidecar, rebuilt to the same.

Red with events counted whether or not they were before, with a value that keeps no position, and with a
rebuild that comes to another value.
"""

import json
from functools import partial
from typing import Any

from tools.stack import Stack

from tests import aging, sowing
from tests.e2e.stack import checking
from tests.e2e.stack.test_secrets import said
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.messaging.sidecar import Ports, Sidecar
from todo_mcp.messaging.state import StateStore
from todo_mcp.store import events
from todo_mcp.store.database import Database
from todo_mcp.worker.counting import SINK, key_of

TOTALS = """
SELECT count(*)::int, count(*) FILTER (WHERE status = 'done')::int,
  count(*) FILTER (WHERE status = 'skipped')::int FROM tasks WHERE deleted_at IS NULL
"""


FORGET = "DELETE FROM cursors WHERE sink = 'statistics'"
INTERRUPT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted
AND (classid::bigint << 32) | objid::bigint = hashtextextended('todo-mcp:relay:statistics', 0)
"""
SNAPSHOTS = "SELECT count(*) FROM events WHERE type = 'todo.task.snapshotted.v1'"


async def has_read(stored: Database) -> bool:
    at = await events.position(stored.worker, SINK)
    return at != events.START and not await events.waiting(stored.worker, at)


async def cut(up: Stack) -> bool:
    """Whether every sink had read what was to go."""
    code, _ = await said(up, "retain", "--days", "30", TODO_MCP_BUS="dapr")
    return code == 0


async def kept(store: StateStore) -> dict[str, Any]:
    found = await store.get(key_of(1))
    return json.loads(found.value) if found.value else {"days": {}}


def totals(value: dict[str, Any]) -> tuple[int, ...]:
    every = [of["all"] for of in value["days"].values()]
    return tuple(
        sum(counts.get(what, 0) for counts in every) for what in ("added", "done", "skipped")
    )


async def rebuilt(up: Stack, store: StateStore) -> dict[str, Any]:
    code, out = await said(up, "rebuild", TODO_MCP_BUS="dapr")
    assert code == 0, out
    return (await kept(store))["days"]


async def use(up: Stack) -> None:
    async with connect(up.mcp_url, "modern") as client:
        agent = Agent(client)
        first = await agent.add("Buy milk", tags=["shop"])
        weekly = await agent.add("Water", recurrence="every friday at 9:00")
        await agent.call("complete_tasks", ids=[first])
        await agent.call("complete_tasks", ids=[weekly], action="skip")
        gone = await agent.call("add_task", title="Never mind")
        await agent.call("undo", op=gone["op"])


async def test_the_worker_keeps_what_the_tasks_say_and_a_rebuild_makes_the_same(
    up: Stack, stored: Database, letters: int
) -> None:
    beside = up["server"].environment
    ports = Ports(
        int(beside["DAPR_HTTP_PORT"]), int(beside["DAPR_GRPC_PORT"]), beside["DAPR_API_TOKEN"]
    )
    sidecar = Sidecar(ports)
    store = StateStore(sidecar)

    async def agree() -> dict[str, Any] | None:
        value = await kept(store)
        [real] = await sowing.rows(stored, TOTALS)
        return value if totals(value) == real else None

    try:
        await use(up)
        await checking.all_is_well(up, stored, letters)
        value = await eventually(agree, 30)
        assert "tag:shop" in str(value["days"])
        for stale in (None, "1"):
            assert await store.put(key_of(1), b"{}", stale) is False
        # Handed the whole log once more, as a sink without a cursor is: the value knows its position.
        await stored.worker(FORGET)
        await sowing.as_admin(stored, INTERRUPT)
        await eventually(partial(has_read, stored))
        assert (await kept(store))["days"] == value["days"]
        assert await rebuilt(up, store) == value["days"]
        # Weeks later the log is cut, and what is left of it comes to the same.
        await aging.aged(stored, 40)
        await eventually(partial(cut, up), 30)
        assert await sowing.rows(stored, SNAPSHOTS) != [(0,)]
        assert await rebuilt(up, store) == value["days"]
    finally:
        await sidecar.close()
