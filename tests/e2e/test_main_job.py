"""The main job in one piece: a laptop's stdio server, started as a host starts it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters

from tests.server.agent import Agent
from tests.server.eras import Era, connect
from todo_mcp.store import embedded


async def test_a_reminder_fires_and_a_completed_recurring_task_goes_on(
    tmp_path: Path, era: Era
) -> None:
    try:
        async with connect(server(tmp_path), era) as client:
            agent = Agent(client)
            task = await agent.add("Stretch", due="in 2 seconds", reminders=["0m"])
            weekly = await agent.add("Water the plants", recurrence="every friday at 9:00")
            done = await agent.one("complete_tasks", ids=[weekly])
            [told] = await until(lambda: notifications(agent))
            [[next_one]] = await until(lambda: later_occurrences(agent, weekly))
        assert (told["task"], told["title"]) == (task, "Stretch")
        assert next_one == done["next_occurrence"]
        # A second server on the same folder finds everything again.
        async with connect(server(tmp_path), era) as client:
            [kept] = await notifications(Agent(client))
        assert kept == told
    finally:
        await embedded.stop(tmp_path)


def server(folder: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "todo_mcp", "--data-dir", str(folder)]
    )


async def notifications(agent: Agent) -> list[dict[str, Any]]:
    return (await agent.call("get_context"))["notifications"]


async def later_occurrences(agent: Agent, first: str) -> list[list[str]]:
    """The dues of the open tasks but the one called Stretch."""
    context = await agent.call("get_context")
    ids = [f"t{number}" for number in range(1, 40) if f"t{number}" != first]
    found = await agent.call("get_tasks", ids=ids)
    rows = [task for task in found["tasks"] if task["title"] == "Water the plants"]
    return [[task["due"] for task in rows]] if context["lists"][0]["open"] == 2 else []


async def until(ask: Callable[[], Awaitable[list[Any]]], seconds: float = 15) -> list[Any]:
    """What is asked for, once it is there; asked again and again."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):
            pass
    return found
