"""Clients that go on calling whatever happens, and what must be true of what they were told."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests import sowing
from tests.invariants import log_tells_all
from tests.server.agent import Agent
from todo_mcp import ids
from todo_mcp.service.home import Home

ANSWER_SECONDS = 5.0
CLIENTS = 8
_OPERATIONS = (
    "SELECT key, count(*) FROM operations WHERE space_id = $1 AND key IS NOT NULL GROUP BY key"
)


@dataclass
class Call:
    """One call, and what came of it."""

    tool: str
    arguments: dict[str, Any]
    at: float = 0
    seconds: float = 0
    error: str | None = None
    answer: dict[str, Any] | None = None


class Crowd:
    def __init__(self, at_work: Agent) -> None:
        self.at_work = at_work
        self.history: list[Call] = []
        self._chance = random.Random(5)  # noqa: S311 (repeatable)
        self._stop = False
        self._known: list[str] = []

    async def call(self, call: Call) -> Call:
        loop = asyncio.get_running_loop()
        call.at = loop.time()
        async with asyncio.timeout(3 * ANSWER_SECONDS):
            result = await self.at_work.client.call_tool(call.tool, call.arguments)
        call.seconds = loop.time() - call.at
        if result.is_error:
            [block] = result.content
            call.error = getattr(block, "text", "")
        else:
            call.error, call.answer = None, result.structured_content
            self._known += [task["id"] for task in (call.answer or {})["tasks"]][:1]
        return call

    def _next(self, number: int) -> Call:
        key = {"idempotency_key": f"call-{number:05}"}
        if not self._known or self._chance.random() < 0.5:
            return Call("add_task", {"title": f"Task {number}", "reminders": ["tomorrow"], **key})
        some = self._chance.sample(self._known, min(3, len(self._known)))
        return Call("update_tasks", {"ids": some, "tags_add": [f"tag{number % 9}"], **key})

    async def _go_on(self) -> None:
        while not self._stop:
            call = self._next(len(self.history))
            self.history.append(call)
            await self.call(call)

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Calls are made throughout the block; the last ones are waited for."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(self._go_on())
            yield
            self._stop = True

    async def successes(self, more: int) -> None:
        """Until so many more calls have worked."""
        wanted = more + sum(call.answer is not None for call in self.history)
        async with asyncio.timeout(20):
            while sum(call.answer is not None for call in self.history) < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def failures(self, count: int) -> None:
        """Until so many calls have failed."""
        async with asyncio.timeout(20):
            while sum(call.error is not None for call in self.history) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def settle(self, home: Home) -> None:
        """Every call was answered in time; those that failed, repeated with their keys, work, once."""
        slow = [call for call in self.history if call.seconds > ANSWER_SECONDS]
        assert not slow, slow
        for call in self.history:
            if call.error is not None:
                assert "ry the same call again" in call.error, call.error
                await self.call(call)
                assert call.error is None, call
        space = home.person.space
        counted = dict(await sowing.rows(home.database, _OPERATIONS, space))
        assert counted == {call.arguments["idempotency_key"]: 1 for call in self.history}
        added = sum(call.tool == "add_task" for call in self.history)
        [(tasks,)] = await sowing.rows(
            home.database, "SELECT count(*) FROM tasks WHERE space_id = $1", space
        )
        assert tasks == added
        await log_tells_all(home.database)


def number(task: str) -> int:
    return ids.parse(task, "task", "task")
