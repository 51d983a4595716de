"""The main job over real daprd and Kafka: what a tool call says, the worker does."""

from functools import partial
from typing import Any

from tools.stack import Stack

from tests import sowing
from tests.e2e.stack import checking
from tests.server.agent import Agent
from tests.server.eras import Era, connect
from tests.signals import eventually
from todo_mcp.store.database import Database

NOTIFIED = """
SELECT extract(epoch FROM n.created_at - n.fire_at)::float8 FROM notifications n WHERE n.task_id = $1
"""
FOLLOWING = """
SELECT b.n, b.status FROM tasks a JOIN tasks b USING (space_id, series_id)
WHERE a.id = $1 AND b.id <> a.id
"""


async def told(database: Database, sql: str, task: str) -> list[tuple[Any, ...]]:
    return await sowing.rows(database, sql, int(task[1:]))


async def test_a_reminder_fires_and_a_completed_recurring_task_goes_on(
    up: Stack, stored: Database, letters: int, era: Era
) -> None:
    async with connect(up.mcp_url, era) as client:
        agent = Agent(client)
        task = await agent.add("Stretch", due="in 2 seconds", reminders=["0m"])
        weekly = await agent.add("Water the plants", recurrence="every friday at 9:00")
        await agent.call("complete_tasks", ids=[weekly])
        assert await eventually(partial(told, stored, FOLLOWING, weekly)) == [(2, "open")]
        [(late,)] = await eventually(partial(told, stored, NOTIFIED, task))
    assert 0 <= late < 2
    await checking.all_is_well(up, stored, letters)


async def test_resiliency_was_loaded_by_every_sidecar(up: Stack) -> None:
    # daprd ignores a Resiliency that it does not like the place of, without a word.
    for name in ("server-dapr", "worker-dapr"):
        assert "Loading Resiliency configuration: todo-resiliency" in up[name].log.read_text()
