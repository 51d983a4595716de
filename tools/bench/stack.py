"""On real daprd and Kafka: from a tool call to its effect, the relay's way out, a crowd of events."""

import asyncio
import tempfile
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import asyncpg
from mcp import Client
from tools.bench.crowd import CROWD, TASKS, Database, crowd, until
from tools.bench.figures import Figure
from tools.bench.stage import Stage
from tools.stack import Plan, Stack, stack

from todo_mcp.clock import utc_now

# Completed before and not counted: by then each connection has its plans.
WARMING: Final = 100
PACED: Final = 400
PER_SECOND: Final = 40.0
AT_ONCE: Final = 1_000

# When the statement with the effect began, which takes a millisecond or two.
_AT: Final = """
SELECT e.subject_id, extract(epoch FROM c.consumed_at)::float8 FROM consumed c
JOIN events e ON e.id = c.event_id AND e.space_id = c.space_id WHERE c.consumer = 'recurrence'
"""
_FILL: Final = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after)
SELECT 1, (SELECT generation FROM log), gen_random_uuid(), 'task', 910000 + i % $2::int,
  i / $2::int + 1, 910000 + i % $2::int, 'todo.task.updated.v1',
  jsonb_build_object('id', 910000 + i % $2::int, 'title', 'Buy milk', 'list_id', 1, 'status', 'open',
    'priority', 0, 'tags', '[]'::jsonb, 'blocked_by', '[]'::jsonb,
    'created_at', '2026-11-23T09:00:00Z') FROM generate_series(1, $1::int) i
"""
_BEHIND: Final = """
SELECT count(*) FROM events e, cursors c WHERE c.sink = 'dapr'
AND (e.generation, e.tx, e.seq) > (c.generation, c.tx, c.seq)
"""


async def measure(_: Stage) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="todo-mcp-bench-") as folder:
        async with stack(Path(folder) / "stack", Plan(callers=())) as up:
            connection = await asyncpg.connect(up.database.url)
            try:
                return [
                    *await _paced(up, connection),
                    *await _together(up, connection),
                    *await _out(connection),
                    *await crowd(connection),
                ]
            finally:
                await connection.close()


async def _paced(up: Stack, connection: Database) -> list[Figure]:
    """Completions of recurring tasks at an even pace: answered → the next occurrence is there."""
    answered: dict[int, float] = {}
    async with Client(up.mcp_url) as client:
        weekly = [await _weekly(client, number) for number in range(WARMING + PACED)]
        await until(partial(_published, connection), 60)
        begun = perf_counter()
        async with asyncio.TaskGroup() as calls:
            for number, task in enumerate(weekly):
                await asyncio.sleep(max(0, begun + number / PER_SECOND - perf_counter()))
                calls.create_task(_complete(client, task, answered))
    await until(partial(_followed, connection, len(weekly)), 60)
    at = {row[0]: row[1] for row in await connection.fetch(_AT)}
    late = [1_000 * max(0.0, at[task] - answered[task]) for task in weekly]
    warm, cold = sorted(late[WARMING:]), sorted(late[: int(PER_SECOND)])
    return [
        Figure.at_most("answer → effect at 40 calls/s, p50", 25, warm[len(warm) // 2], "ms"),
        Figure.at_most(
            "answer → effect at 40 calls/s, p99", 100, warm[int(len(warm) * 0.99)], "ms"
        ),
        Figure.told("the same in the first second, p99", cold[int(len(cold) * 0.99)], "ms"),
    ]


async def _weekly(client: Client, number: int) -> int:
    made = await client.call_tool(
        "add_task", {"title": f"Water {number}", "recurrence": "every friday at 9:00"}
    )
    return _number(made.structured_content)


def _number(answer: Any) -> int:
    return int(answer["tasks"][0]["id"][1:])


async def _complete(client: Client, task: int, answered: dict[int, float]) -> int:
    """How often it was called: a server that has too much to do says so, and wants it repeated."""
    for calls in count(1):
        answer = await client.call_tool(
            "complete_tasks", {"ids": [f"t{task}"], "idempotency_key": f"bench completes {task}"}
        )
        if not answer.is_error:
            answered[task] = utc_now().timestamp()
            return calls
    raise AssertionError


async def _together(up: Stack, connection: Database) -> list[Figure]:
    """So many calls in flight at once, all answered, and their effects."""
    async with Client(up.mcp_url) as client:
        weekly = [await _weekly(client, WARMING + PACED + number) for number in range(AT_ONCE)]
    before = await _occurrences(connection)
    started = perf_counter()
    answered: dict[int, float] = {}
    clients = 20
    async with asyncio.TaskGroup() as group:
        bursts = [
            group.create_task(_burst(up, weekly[number::clients], answered))
            for number in range(clients)
        ]
    again = sum(burst.result() for burst in bursts)
    passed = perf_counter() - started
    await until(partial(_followed, connection, before + AT_ONCE), 120)
    whole = perf_counter() - started
    return [
        Figure(
            "1,000 calls in flight, done",
            f"{len(answered)}",
            "= 1000",
            len(answered) == AT_ONCE,
        ),
        Figure.told("of these told to call again", again, "times"),
        Figure.told("all of them answered after", passed, "s"),
        Figure.told("all of their effects after", whole, "s"),
    ]


async def _burst(up: Stack, tasks: Sequence[int], answered: dict[int, float]) -> int:
    """How many calls had to be repeated."""
    async with Client(up.mcp_url) as client, asyncio.TaskGroup() as group:
        calls = [group.create_task(_complete(client, task, answered)) for task in tasks]
    return sum(call.result() - 1 for call in calls)


async def _occurrences(connection: Database) -> int:
    return await connection.fetchval("SELECT count(*) FROM consumed WHERE consumer = 'recurrence'")


async def _out(connection: Database) -> list[Figure]:
    """Events that wait are published; nobody has an effect from them."""
    await until(partial(_published, connection), 60)
    started = perf_counter()
    await connection.execute(_FILL, CROWD, TASKS)
    filled = perf_counter() - started
    await until(partial(_published, connection), 120)
    rate = CROWD / (perf_counter() - started - filled / 2)
    return [Figure.at_least("relay through daprd to Kafka", 5_000, rate, "events/s")]


async def _published(connection: Database) -> bool:
    return not await connection.fetchval(_BEHIND)


async def _followed(connection: Database, count: int) -> bool:
    return await _occurrences(connection) >= count
