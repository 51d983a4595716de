"""An agent that goes on calling whatever breaks, repeats what was not answered, and keeps what was."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import Client
from tools.stack import Stack

from tests.server.eras import connect
from todo_mcp import ids

CALL_SECONDS = 8
PAUSE_SECONDS = 0.1


@dataclass
class Answered:
    """What was acknowledged: the tasks by the key of their call."""

    added: dict[str, str] = field(default_factory=dict[str, str])
    completed: dict[str, str] = field(default_factory=dict[str, str])


@asynccontextmanager
async def working(up: Stack, agents: int = 3) -> AsyncGenerator[Answered]:
    """Agents at work for as long as the block runs; each call is repeated until it is answered."""
    answered, stop = Answered(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(agents):
            group.create_task(_work(up, answered, stop))
        try:
            yield answered
        finally:
            stop.set()


async def _work(up: Stack, answered: Answered, stop: asyncio.Event) -> None:
    caller = _Caller(up)
    while not stop.is_set():
        key = str(ids.event_id())
        task = await caller.call("add_task", key, title="Water", recurrence="every friday at 9:00")
        answered.added[key] = task
        key = str(ids.event_id())
        await caller.call("update_tasks", key, ids=[task], priority="high")
        key = str(ids.event_id())
        answered.completed[key] = await caller.call("complete_tasks", key, ids=[task])
        key = str(ids.event_id())
        answered.added[key] = await caller.call(
            "add_task", key, title="Stretch", due="in 2 seconds", reminders=["0m"]
        )
        await asyncio.sleep(PAUSE_SECONDS)  # an agent thinks


class _Caller:
    """Connects anew whenever a call fails, as hosts do."""

    def __init__(self, up: Stack) -> None:
        self._up = up

    async def call(self, tool: str, key: str, **arguments: Any) -> str:
        while True:
            try:
                async with (
                    asyncio.timeout(CALL_SECONDS),
                    connect(self._up.mcp_url, "modern") as client,
                ):
                    found = await _ask(client, tool, arguments | {"idempotency_key": key})
            except Exception:  # noqa: BLE001 (whatever broke, the call is repeated)
                found = None
            if found is not None:
                return found
            await asyncio.sleep(PAUSE_SECONDS)


async def _ask(client: Client, tool: str, arguments: dict[str, Any]) -> str | None:
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        return None
    [task] = result.structured_content["tasks"]
    return task["id"]
