"""An agent at work: a real MCP client on a server over a real database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from mcp import Client

from tests.hands import Hands
from tests.server.eras import Era, connect
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home


class Agent:
    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that has to work."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return cast("dict[str, Any]", result.structured_content)

    async def one(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The one task of a write's answer."""
        answer = await self.call(tool, **arguments)
        [task] = answer["tasks"]
        return task

    async def whole(self, task: str, *include: str) -> dict[str, Any]:
        """Everything there is to say about a task."""
        [found] = (await self.call("get_tasks", ids=[task], include=list(include)))["tasks"]
        return found

    async def add(self, title: str, **fields: Any) -> str:
        """The id of a new task."""
        return (await self.one("add_task", title=title, **fields))["id"]

    async def text(self, tool: str, **arguments: Any) -> str:
        """The text block of a call that has to work."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        [block] = result.content
        assert block.type == "text"
        return block.text

    async def refused(self, tool: str, **arguments: Any) -> str:
        """The error of a call that must not work."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.structured_content
        [block] = result.content
        assert block.type == "text"
        return block.text


@asynccontextmanager
async def agent(home: Home, hands: Hands, era: Era = "modern") -> AsyncGenerator[Agent]:
    resources = Resources(hands)
    resources.starting.arrived(home)
    async with connect(build_server(resources, TOOLS), era) as client:
        yield Agent(client)
