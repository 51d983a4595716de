"""A sidecar that is down fails no call and slows none; what waits is seen, and goes out on its return.

Red with calls that look for the sidecar first, with metrics that tell of no lag, with a doctor that tells of
none, and with a relay that passes over what a sidecar did not take.
"""

import asyncio
import re
from functools import partial

import httpx2
from tools.stack import Stack

from tests.e2e.stack import checking
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.store.database import Database

CALLS = 30
# Hundreds of milliseconds for each where others use the machine; a call that waits for a sidecar needs more.
CALLS_SECONDS = 20


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
            async with asyncio.timeout(CALLS_SECONDS):
                for number in range(CALLS):
                    await agent.add(f"Task {number}")
        assert await waiting(up) >= CALLS
        before = dict(up.environment)
        up.environment["TODO_MCP_BUS"] = "dapr"
        _, told = await up.command("doctor")
        up.environment.clear()
        up.environment |= before
        # As many, or more: a reminder of another test may fire meanwhile.
        found = re.search(r" events: (\d+) wait", told)
        assert found is not None, told
        assert int(found[1]) >= CALLS
    finally:
        await up["server-dapr"].start()

    async def gone(up: Stack) -> bool:
        return await waiting(up) == 0

    await eventually(partial(gone, up), 30)
    await checking.all_is_well(up, stored, letters)
