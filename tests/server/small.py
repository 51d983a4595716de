"""A server with a handful of tools that need no database, and what a test asks of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from mcp import Client
from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent

from todo_mcp.clock import utc_now
from todo_mcp.errors import ConflictError
from todo_mcp.server.answers import Rows, Written, say
from todo_mcp.server.app import build_server
from todo_mcp.server.arguments import (
    Ids,
    Key,
    Limit,
    NewTasks,
    Priority,
    Subtasks,
    Tags,
    Title,
    about,
)
from todo_mcp.server.context import Resources, ToolContext
from todo_mcp.server.http import serve_http
from todo_mcp.server.serving import address, listen
from todo_mcp.server.tool import tool


@tool("Add task")
async def add_task(
    ctx: ToolContext,
    *,
    title: Annotated[Title, about("kept verbatim")],
    notes: str | None = None,
    priority: Priority | None = None,
    tags: Tags | None = None,
    subtasks: Subtasks | None = None,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Add one task."""
    assert ctx.request_context.lifespan_context.clock is utc_now
    given = {"notes": notes, "priority": priority, "tags": tags, "key": idempotency_key}
    changed = {name: [None, value] for name, value in given.items() if value is not None}
    if subtasks is not None:
        changed["subtasks"] = [part if isinstance(part, str) else part.title for part in subtasks]
    task = {"id": "t1", "title": title, "changed": changed}
    return say(f"✓ t1 {title}", op="op1", tasks=[task], dry_run=dry_run)


@tool("Add tasks")
async def add_tasks(tasks: NewTasks) -> Annotated[CallToolResult, Written]:
    """Add several tasks."""
    return say("✓", op="op2", tasks=[{"id": "t1", "title": task.title} for task in tasks])


@tool("Search", read=True)
async def search(query: str = "", limit: Limit = 25) -> Annotated[CallToolResult, Rows]:
    """Find tasks."""
    return say("none", tasks=[], total=limit, zone=query)


@tool("Delete", destructive=True, idempotent=True)
async def delete(ids: Ids) -> Annotated[CallToolResult, Written]:
    """Delete tasks."""
    raise ConflictError(f"ids: {ids[0]} is at version 7, you sent 5. Read it again and decide.")


@tool("Break")
async def break_down(text: str = "") -> CallToolResult:
    """Fail by a fault of our own."""
    if text == "print":
        print("printed by a tool")  # noqa: T201 (what must not reach the protocol)
    raise ValueError(f"secret {text}")


@tool("Wait")
async def wait(ctx: ToolContext, text: str = "") -> CallToolResult:
    """Wait for the database."""
    await ctx.request_context.lifespan_context.starting.get()
    return say(text)


TOOLS: Final = (add_task, add_tasks, search, delete, break_down, wait)


def small_server(resources: Resources | None = None) -> MCPServer[Resources]:
    return build_server(resources or Resources(utc_now), TOOLS)


async def ready() -> str | None:
    return None


@asynccontextmanager
async def serving(server: MCPServer[Resources]) -> AsyncGenerator[str]:
    """The server on a free port of this machine, and its address."""
    listener = listen("127.0.0.1", 0)
    url = address(listener).url
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(serve_http(server, listener, stop, ready=ready))
        try:
            yield url
        finally:
            stop.set()


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def refusal(client: Client, tool_name: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool_name, arguments)
    assert result.is_error, result
    assert result.structured_content is None
    return text_of(result)


async def answer(client: Client, tool_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool_name, arguments)
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content
