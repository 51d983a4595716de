"""`todo-mcp relay`: publishing alone, for servers started with `--no-relay`."""

from collections.abc import Mapping

from todo_mcp.cli.home import keep_home
from todo_mcp.cli.roles import background
from todo_mcp.errors import RuleError
from todo_mcp.server.stopping import until_told
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Publish until told to stop. Several may run: one is active, the others stand by.

    Raises:
        RuleError: behind the local bus publishing is handling, which the worker does.
    """
    if settings.bus == "local":
        raise RuleError(
            "relay: with TODO_MCP_BUS=local events are handed to handlers in the same process. "
            "Start `todo-mcp worker` instead, which relays and handles."
        )
    roles = background(settings, relay=True, worker=False)
    with until_told() as stop:
        await keep_home(settings, stop, lambda _: None, lambda _: None, roles)
    return 0
