"""A sidecar that is down fails no call and slows none; what waits is seen, and goes out on its return."""

from functools import partial

import httpx2
from tools.stack import Stack

from tests.e2e.stack import checking
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.store.database import Database

CALLS = 30


async def waiting(up: Stack) -> float:
    """The lag as a scraper sees it."""
    url = up.mcp_url.replace("/mcp", "/metrics")
    async with httpx2.AsyncClient() as http:
        text = (await http.get(url)).text
    [line] = [line for line in text.splitlines() if line.startswith("todo_mcp_events_waiting ")]
    return float(line.split()[1])


async def test_calls_are_answered_while_the_sidecar_is_away_and_their_events_follow(
    up: Stack, stored: Database, letters: int
) -> None:
    up["server-dapr"].kill()
    try:
        async with connect(up.mcp_url, "modern") as client:
            agent = Agent(client)
            for number in range(CALLS):
                await agent.add(f"Task {number}")
        assert await waiting(up) >= CALLS
        before = dict(up.environment)
        up.environment["TODO_MCP_BUS"] = "dapr"
        _, told = await up.command("doctor")
        up.environment.clear()
        up.environment |= before
        assert f"events: {CALLS}" in told
    finally:
        await up["server-dapr"].start()

    async def gone(up: Stack) -> bool:
        return await waiting(up) == 0

    await eventually(partial(gone, up), 30)
    await checking.all_is_well(up, stored, letters)
