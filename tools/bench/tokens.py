"""What the surface costs a model's context, in tokens of four bytes."""

import json
from typing import Any, Final

from mcp import Client
from tools.bench.figures import Figure
from tools.bench.stage import Stage

from todo_mcp.clock import utc_now
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import open_home

TASKS: Final = 100
THINGS: Final = ("milk", "the dentist", "a cake", "new tyres", "the rent", "a birthday card")


def small(number: int) -> dict[str, Any]:
    """A small task, as most are: a short title; every third has a due, every fifth a tag."""
    task: dict[str, Any] = {"title": f"See about {THINGS[number % len(THINGS)]} {number}"}
    if number % 3 == 0:
        task["due"] = f"in {number + 1} days"
    if number % 5 == 0:
        task["tags"] = ["home"]
    return task


def tokens(value: Any) -> float:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) / 4


async def measure(stage: Stage) -> list[Figure]:
    url = await stage.database("tokens")
    home = await open_home(url, user="ada", zone="Europe/Vienna", space=None)
    resources = Resources(utc_now)
    resources.starting.arrived(home)
    async with Client(build_server(resources, TOOLS)) as client:
        listed = await client.list_tools()
        shown = listed.model_dump(mode="json", by_alias=True, exclude_none=True)
        figures = [
            Figure.at_most("tools/list", 5_500, tokens(shown["tools"]), "tokens"),
            Figure.told("… tools", len(listed.tools), "tools"),
        ]
        if any(tool.name == "search_tasks" for tool in listed.tools):
            figures.append(await _listed(client))
    await home.database.close()
    return figures


async def _listed(client: Client) -> Figure:
    for first in range(0, TASKS, 50):
        tasks = [small(number) for number in range(first, first + 50)]
        added = await client.call_tool("add_tasks", {"tasks": tasks})
        assert not added.is_error, added.content
    found = await client.call_tool("search_tasks", {"limit": TASKS})
    assert found.structured_content is not None, found.content
    assert len(found.structured_content["tasks"]) == TASKS
    return Figure.at_most(
        "100 small tasks listed, structured content",
        4_000,
        tokens(found.structured_content),
        "tokens",
    )
