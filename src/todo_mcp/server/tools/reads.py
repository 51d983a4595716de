"""Tools that only read."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server import lines
from todo_mcp.server.answers import ContextAnswer, Full, say
from todo_mcp.server.arguments import ContextPart, FewIds, TaskPart
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


@tool("Get tasks", read=True)
async def get_tasks(
    ctx: ToolContext, ids: FewIds, include: list[TaskPart] | None = None
) -> Annotated[CallToolResult, Full]:
    """Everything about tasks by id: notes, version, zone, and what include asks for. To find ids use search_tasks."""
    from todo_mcp.service.reads import tasks

    answer = await tasks(await begin(ctx, "get_tasks"), ids, include or ())
    return say(lines.full(answer), **answer)
