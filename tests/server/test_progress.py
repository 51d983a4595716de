"""A call that has to wait says so, to a client that asked to be told."""

from tests.hands import Hands
from tests.server.eras import Era, connect
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home


async def test_a_call_that_waits_for_the_database_tells_how_long(
    home: Home, hands: Hands, era: Era
) -> None:
    resources = Resources(hands)
    told: list[tuple[float, float | None, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))
        if len(told) == 2:
            resources.starting.arrived(home)

    async with connect(build_server(resources, TOOLS), era) as client:
        arguments = {"title": "Buy milk"}
        result = await client.call_tool("add_task", arguments, progress_callback=tell)
    assert not result.is_error, result.content
    what = "The database is starting"
    assert told == [(1.0, 4.5, what), (2.0, 4.5, what)]
