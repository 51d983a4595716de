"""Tools that add and change tasks."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import Written, say
from todo_mcp.server.arguments import (
    Anchor,
    Key,
    Notes,
    Priority,
    Reminders,
    Strings,
    Subtasks,
    Tags,
    Title,
    about,
)
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given, without
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Add task")
async def add_task(
    ctx: ToolContext,
    title: Annotated[Title, about("kept verbatim")],
    notes: Annotated[Notes | None, about("Markdown")] = None,
    list: Annotated[str | None, about("id or name; inbox if left out")] = None,
    parent: Annotated[str | None, about("makes it a subtask of this id")] = None,
    due: Annotated[
        str | None, about("when, or by when: 2026-11-27, 'fri 5pm', 'end of month'")
    ] = None,
    start: Annotated[str | None, about("hidden from the agenda until then")] = None,
    deadline: Annotated[str | None, about("only if the user says it can never move")] = None,
    zone: Annotated[str | None, about("IANA, if not the user's")] = None,
    priority: Priority | None = None,
    tags: Tags | None = None,
    estimate: Annotated[str | None, about("45m, 2h")] = None,
    assignee: str | None = None,
    blocked_by: Annotated[Strings | None, about("task ids")] = None,
    recurrence: Annotated[
        str | None, about("'every other tuesday at 18:00', 'last day of the month', or RRULE")
    ] = None,
    anchor: Annotated[
        Anchor | None,
        about("completion: the interval counts from when it was done ('every week', no weekday)"),
    ] = None,
    reminders: Annotated[
        Reminders | None, about("'0m' at the due, '-30m', '-1d 09:00', or a when")
    ] = None,
    subtasks: Subtasks | None = None,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Add one task with its reminders, recurrence and subtasks: also for 'remind me to …'. For several tasks use add_tasks."""
    arguments = given(locals())
    from todo_mcp.service import tasks

    work = await begin(ctx, "add_task", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await tasks.add(work, without(arguments, "subtasks"), arguments.get("subtasks", []))
    return say(wrote(answer), **answer)
