"""Tools that take away: what was done, and what is there."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import Deleted, Undone, say
from todo_mcp.server.arguments import Ids, Key, Last, about
from todo_mcp.server.asking import Agreed, said_yes
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given, without
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Delete tasks", destructive=True, idempotent=True)
async def delete_tasks(
    ctx: ToolContext,
    agreed: Agreed,
    ids: Ids | None = None,
    purge: Annotated[
        bool, about("for good, no undo: ids in the trash, or without ids all of it")
    ] = False,
    confirm: Annotated[bool, about("the user has said yes: needed above 10 and for purge")] = False,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Deleted]:
    """Move tasks and their subtasks to the trash for 30 days (undo or complete_tasks restore brings them back). For something done or called off use complete_tasks. Those that can, go; failures names the rest."""
    arguments = without(given(locals()), "agreed", "confirm")
    from todo_mcp.service import deleting

    if not said_yes(agreed):
        warning = "The user said no: nothing was deleted. Do not ask again."
        return say(warning, tasks=[], failures=[], warnings=[warning])
    work = await begin(ctx, "delete_tasks", arguments, key=idempotency_key, dry_run=dry_run)
    if purge:
        answer = await deleting.purge(work, ids)
    else:
        answer = await deleting.delete(work, ids or [])
    return say(wrote(answer), **answer)


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
