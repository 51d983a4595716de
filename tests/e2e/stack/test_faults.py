"""Each part is killed, and stopped for five seconds, while agents work: nothing is lost or doubled.

Red, where Kafka is killed, with a relay that tries what failed in another order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tools.stack import Stack

from tests import sowing
from tests.e2e.stack import checking
from tests.e2e.stack.workload import Answered, working
from tests.signals import eventually
from todo_mcp.store.database import Database

PARTS = ("server", "worker", "server-dapr", "worker-dapr", "scheduler", "kafka", "postgres")
STOPPED_SECONDS = 5.0
CALLS = 6


def part(up: Stack, name: str) -> Any:
    return up.database if name == "postgres" else up[name]


async def killed(up: Stack, name: str) -> None:
    """As a crash, and started again where it was; PostgreSQL by its keeper."""
    part(up, name).kill()
    if name != "postgres":
        await up[name].start()


async def stopped(up: Stack, name: str) -> None:
    part(up, name).pause()
    try:
        await asyncio.sleep(STOPPED_SECONDS)  # the fault itself
    finally:
        part(up, name).resume()


EVERY = [(name, fault) for name in PARTS for fault in (killed, stopped)]
QUICK = [("server", killed), ("worker-dapr", killed), ("kafka", killed)]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(
            *one, marks=[] if one in QUICK else [pytest.mark.full], id=f"{one[0]}-{one[1].__name__}"
        )
        for one in EVERY
    ],
)
async def test_whatever_was_answered_has_its_effect_once_though_a_part_fails(
    up: Stack,
    stored: Database,
    letters: int,
    name: str,
    fault: Callable[[Stack, str], Awaitable[None]],
) -> None:
    async with working(up) as answered:
        await _more(answered)
        await fault(up, name)
        await _more(answered)
    await checking.all_is_well(up, stored, letters)
    await _has_all(stored, answered)


async def _more(answered: Answered) -> None:
    """Calls get through."""
    aim = len(answered.completed) + CALLS

    async def enough() -> bool:
        return len(answered.completed) >= aim

    await eventually(enough, 60)


async def _has_all(stored: Database, answered: Answered) -> None:
    rows = await sowing.rows(stored, "SELECT key FROM operations WHERE key IS NOT NULL")
    kept = {key for (key,) in rows}
    assert answered.added.keys() | answered.completed.keys() <= kept
    numbers = [int(task[1:]) for task in answered.completed.values()]
    followed = await checking.count(
        stored,
        "SELECT count(*) FROM tasks a JOIN tasks b ON b.space_id = a.space_id "
        "AND b.series_id = a.series_id AND b.n = a.n + 1 WHERE a.id = ANY ($1::bigint[])",
        numbers,
    )
    assert followed == len(numbers)
