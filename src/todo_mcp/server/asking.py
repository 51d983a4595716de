"""Asking the user before something is taken away, where the client can."""

from typing import Annotated

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types.version import is_version_at_least
from pydantic import BaseModel, Field

from todo_mcp.errors import RuleError
from todo_mcp.server.arguments import Ids
from todo_mcp.server.context import ToolContext, begin

# From this version on a question is an answer of the call itself and needs no way back.
_ASKS_BY_ANSWER = "2026-07-28"


class Agreement(BaseModel):
    yes: Annotated[bool, Field(title="Yes, do it")]


async def _agreement(
    ctx: ToolContext,
    ids: Ids | None,
    purge: bool,  # noqa: FBT001 (arguments of the tool, by name)
    confirm: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
) -> Agreement | Elicit[Agreement]:
    from todo_mcp.service.deleting import question  # noqa: PLC0415 (imported at the call)

    asked = await question(await begin(ctx, "delete_tasks"), ids, purge=purge)
    if asked is None or confirm or dry_run:
        return Agreement(yes=True)
    if not _can_ask(ctx):
        raise RuleError(f"confirm: ask the user: {asked} If so, repeat with confirm=true.")
    return Elicit(asked, Agreement)


def _can_ask(ctx: ToolContext) -> bool:
    """Whether this client shows forms, and this connection has a way to it."""
    known = ctx.client_capabilities
    if known is None or known.elicitation is None:
        return False
    forms = known.elicitation.form is not None or known.elicitation.url is None
    version = ctx.protocol_version or ""
    return forms and (is_version_at_least(version, _ASKS_BY_ANSWER) or ctx.session.can_send_request)


Agreed = Annotated[ElicitationResult[Agreement], Resolve(_agreement)]


def said_yes(agreed: ElicitationResult[Agreement]) -> bool:
    return isinstance(agreed, AcceptedElicitation) and agreed.data.yes
