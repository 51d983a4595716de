"""The tool that shows what dates, recurrences and reminders mean."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server import lines
from todo_mcp.server.answers import Preview, say
from todo_mcp.server.arguments import Anchor, Count, Reminders, about
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.tool import tool


@tool("Preview schedule", read=True)
async def preview_schedule(
    ctx: ToolContext,
    when: Annotated[str | None, about("date phrase; with recurrence the first due")] = None,
    recurrence: str | None = None,
    anchor: Anchor | None = None,
    reminders: Reminders | None = None,
    zone: str | None = None,
    after: Annotated[str | None, about("list occurrences after this")] = None,
    count: Count = 5,
) -> Annotated[CallToolResult, Preview]:
    """What a date phrase, recurrence or reminder means: exact local and UTC times, the rule, the next dates. Use it instead of date arithmetic. Writes nothing."""
    from todo_mcp.domain.previewing import Question
    from todo_mcp.service.previewing import preview

    question = Question(when, recurrence, anchor, tuple(reminders or ()), after, count)
    answer = await preview(await begin(ctx, "preview_schedule"), question, zone)
    return say(lines.preview(answer), **answer)
