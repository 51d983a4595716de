"""`todo-mcp settings`: all settings with their values."""

from collections.abc import Mapping

from todo_mcp.settings import Settings, describe


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Secrets are only said to be set."""
    print(describe(settings))
    return 0
