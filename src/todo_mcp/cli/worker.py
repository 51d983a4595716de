"""`todo-mcp worker`: handlers and timers, beside servers that run without them."""

from collections.abc import Mapping

from todo_mcp.cli.home import keep_home
from todo_mcp.cli.roles import background
from todo_mcp.server.stopping import until_told
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Work until told to stop. Several may run: one is active, the others stand by."""
    roles = background(settings, relay=True, worker=True)
    with until_told() as stop:
        await keep_home(settings, stop, lambda _: None, lambda _: None, roles)
    return 0
