"""Tools that only read."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server import lines
from todo_mcp.server.answers import ContextAnswer, say
from todo_mcp.server.arguments import ContextPart
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.tool import tool


@tool("Context", read=True)
async def get_context(
    ctx: ToolContext, include: list[ContextPart] | None = None
) -> Annotated[CallToolResult, ContextAnswer]:
    """Now, time zone, weekday; lists, tags and saved filters with open counts; members; settings; unread notifications; how much is overdue and due today. Call first when names or today matter. Without include: all, shortened."""
    from todo_mcp.service.context import context

    answer = await context(await begin(ctx, "get_context"), include)
    return say(lines.context(answer), **answer)
