"""How late reminders are on the real stack, woken by one of the wake-ups alone: the job, the cron binding."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

import asyncpg
from mcp import Client
from tools.bench.crowd import Database, until
from tools.bench.figures import Figure
from tools.bench.stage import Stage
from tools.stack import Plan, stack

REMINDERS: Final = 200
CRON_SECONDS: Final = 15  # as dapr/common/sweep.yaml says
# While the first are due, the last are still being set.
SOONEST: Final = 4
SPREAD: Final = 30

_LATE: Final = """
SELECT extract(epoch FROM created_at - fire_at)::float8 AS late FROM notifications ORDER BY 1
"""


async def measure(_: Stage) -> list[Figure]:
    job, cron = await _late("job"), await _late("cron")
    share = int(REMINDERS * 0.99)
    return [
        Figure.told("reminder by the job alone, lateness p50", 1_000 * job[REMINDERS // 2], "ms"),
        Figure.at_most("reminder by the job alone, lateness p99", 1_000, 1_000 * job[share], "ms"),
        Figure.at_most("reminder by the cron alone, latest", CRON_SECONDS + 1, cron[-1], "s"),
        Figure("of these early", f"{_early(job) + _early(cron)}", "= 0", job[0] >= 0 <= cron[0]),
    ]


def _early(late: list[float]) -> int:
    return sum(one < 0 for one in late)


async def _late(wakeup: str) -> list[float]:
    """Seconds from the instant of each reminder to its notification, ascending."""
    with tempfile.TemporaryDirectory(prefix="todo-mcp-bench-") as folder:
        plan = Plan(callers=(), settings={"TODO_MCP_WAKEUPS": wakeup})
        async with stack(Path(folder) / "stack", plan) as up:
            connection = await asyncpg.connect(up.database.url)
            try:
                async with Client(up.mcp_url) as client, asyncio.TaskGroup() as calls:
                    for number in range(REMINDERS):
                        calls.create_task(_remind(client, number))
                await until(lambda: _all(connection), SOONEST + SPREAD + 3 * CRON_SECONDS)
                return [row["late"] for row in await connection.fetch(_LATE)]
            finally:
                await connection.close()


async def _remind(client: Client, number: int) -> None:
    seconds = SOONEST + number * SPREAD // REMINDERS
    due = {"due": f"in {seconds} seconds", "reminders": ["0m"]}
    answer = await client.call_tool("add_task", {"title": f"Stretch {number}", **due})
    if answer.is_error:
        raise AssertionError(answer.content)


async def _all(connection: Database) -> bool:
    found: Any = await connection.fetchval("SELECT count(*) FROM notifications")
    return found >= REMINDERS
