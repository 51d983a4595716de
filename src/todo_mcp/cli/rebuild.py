"""`todo-mcp rebuild`: the statistics in the state store, made anew from the event log."""

from collections.abc import Mapping

from todo_mcp.cli.home import database_url
from todo_mcp.cli.roles import sidecar
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Every space's; safe to repeat, and beside a worker.

    Raises:
        RuleError: there is no state store without Dapr.
    """
    if settings.bus != "dapr":
        raise RuleError(
            "bus: statistics are kept in the state store of a Dapr sidecar. Set TODO_MCP_BUS=dapr."
        )
    from todo_mcp.messaging.state import StateStore  # noqa: PLC0415 (only under dapr)
    from todo_mcp.store import task_events  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)
    from todo_mcp.worker.counting import Counting  # noqa: PLC0415 (only under dapr)

    beside = sidecar(settings)
    async with database_url(settings) as url:
        database = Database(url)
        try:
            counting = Counting(database, StateStore(beside))
            spaces = await task_events.spaces(database)
            for space in spaces:
                await counting.rebuild(space)
        finally:
            await beside.close()
            await database.close()
    print(f"statistics of {len(spaces)} spaces rebuilt")
    return 0
