"""`todo-mcp relay`: publishing alone, for servers started with `--no-relay`."""

from collections.abc import Mapping

from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Publish until told to stop.

    Raises:
        RuleError: behind the local bus publishing is handling, which the worker does.
    """
    raise RuleError(
        f"relay: with TODO_MCP_BUS={settings.bus} events are handed to handlers in the same process. "
        "Start `todo-mcp worker` instead, which relays and handles."
    )
