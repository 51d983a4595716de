"""The tool that moves dues."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import Written, say
from todo_mcp.server.arguments import Ids, Key, Scope, about
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Reschedule tasks")
async def reschedule_tasks(
    ctx: ToolContext,
    ids: Ids,
    to: Annotated[str | None, about("when; a date alone keeps the time")] = None,
    by: Annotated[str | None, about("+1d, -2h")] = None,
    scope: Scope = "this",
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Move due dates; start and relative reminders move along. Give to or by. scope this_and_future shifts the rule by the same step; for another rhythm use set_recurrence. Those that can, move; failures names the rest."""
    arguments = given(locals())
    from todo_mcp.service.tasks import reschedule

    work = await begin(ctx, "reschedule_tasks", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await reschedule(work, ids, to, by, scope)
    return say(wrote(answer), **answer)
