"""Tools that take away: what was done, and what is there."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import Undone, say
from todo_mcp.server.arguments import Key, Last, about
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Undo", destructive=True)
async def undo(
    ctx: ToolContext,
    op: Annotated[str | None, about("op881, from a write's answer")] = None,
    last: Annotated[Last | None, about("or the last n of this client")] = None,
    force: Annotated[bool, about("also over later changes by others")] = False,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Undone]:
    """Revert whole operations, newest first. Refuses, saying what and who, where somebody changed the same field since."""
    arguments = given(locals())
    from todo_mcp.service.undoing import undo as take_back

    work = await begin(ctx, "undo", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await take_back(work, op, last, force=force)
    return say(wrote(answer), **answer)
