"""The tool for reminders of existing tasks."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import Written, say
from todo_mcp.server.arguments import Ids, Key, ReminderAction, Reminders, about
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Set reminder")
async def set_reminder(
    ctx: ToolContext,
    ids: Annotated[Ids, about("tasks (snooze: its latest that fired), reminders or notifications")],
    action: ReminderAction = "add",
    reminders: Annotated[
        Reminders | None,
        about("'0m' at the due, '-30m', '-1d 09:00', or a when; remove without it: all"),
    ] = None,
    until: Annotated[str | None, about("snooze: 20m or a when")] = None,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Reminders of existing tasks, also for later occurrences; snooze or dismiss one that fired. For something new to be reminded of use add_task with reminders. Those that can, change; failures names the rest."""
    arguments = given(locals())
    from todo_mcp.domain.reminding import Wish
    from todo_mcp.service import reminders as service

    work = await begin(ctx, "set_reminder", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await service.remind(work, ids, Wish(action, reminders, until))
    return say(wrote(answer), **answer)
