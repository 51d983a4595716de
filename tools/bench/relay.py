"""How fast the relay drains the log: reading alone, and with finished CloudEvents."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Final, TypeAlias

import asyncpg
from tools.bench.figures import Figure
from tools.bench.stage import Stage

from todo_mcp import relay
from todo_mcp.messaging.bus import Refused
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry

EVENTS: Final = 100_000
_SPACE: Final = "INSERT INTO spaces (id, name) VALUES (1, 'bench')"
# One task's change each, as a command writes it: some fields changed, the whole row after.
_FILL: Final = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, before,
  after, op)
SELECT 1, 1, gen_random_uuid(), 'task', i, 2, i, 'todo.task.updated.v1',
  jsonb_build_object('version', 1, 'title', 'Buy milk', 'due_on', '2026-11-26'),
  jsonb_build_object('id', i, 'version', 2, 'title', 'Buy milk and bread', 'list_id', 1,
    'status', 'open', 'priority', 2, 'tags', '["home", "shop"]'::jsonb, 'due_on', '2026-11-27',
    'due_time', '17:00:00', 'due_at', '2026-11-27T16:00:00Z', 'zone', 'Europe/Vienna',
    'blocked_by', '[]'::jsonb, 'created_at', '2026-11-20T10:00:00Z',
    'updated_at', '2026-11-20T10:00:00Z'), i
FROM generate_series($1::int, $2::int) i
"""
# What no relay can beat: the same rows in the same batches, without a cursor to keep.
_BARE: Final = """
SELECT * FROM events WHERE (generation, tx, seq) > ($1::int, $2::xid8, $3::bigint)
ORDER BY generation, tx, seq LIMIT 500
"""

Count: TypeAlias = Callable[[int], None]
Role: TypeAlias = Callable[[Count, asyncio.Event], Awaitable[None]]


async def measure(stage: Stage) -> list[Figure]:
    url = await stage.database("relay")
    await _fill(url)
    database = Database(url)
    try:
        bare = await _bare(url)
        read = await _drained(partial(_reading, database))
        told = await _drained(partial(_telling, database))
    finally:
        await database.close()
    return [
        Figure.at_least("relay reading to a no-op publisher", 50_000, read, "events/s"),
        Figure.at_least("relay with finished CloudEvents", 15_000, told, "events/s"),
        Figure.told("relay reading / bare SELECTs of the same rows", read / bare, "×"),
    ]


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_SPACE)
    for first in range(1, EVENTS, 1_000):
        await connection.execute(_FILL, first, first + 999)
    await connection.execute("VACUUM ANALYZE events")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _bare(url: str) -> float:
    connection = await asyncpg.connect(url)
    started, last = perf_counter(), (0, 0, 0)
    while rows := await connection.fetch(_BARE, *last):
        last = (rows[-1]["generation"], rows[-1]["tx"], rows[-1]["seq"])
    passed = perf_counter() - started
    await connection.close()
    return EVENTS / passed


async def _drained(role: Role) -> float:
    """Events a second from the start of the role to the last one."""
    stop, seen = asyncio.Event(), 0

    def count(more: int) -> None:
        nonlocal seen
        seen += more
        if seen >= EVENTS:
            stop.set()

    started = perf_counter()
    await role(count, stop)
    return EVENTS / (perf_counter() - started)


async def _reading(database: Database, count: Count, stop: asyncio.Event) -> None:
    async def take(entries: Sequence[Entry]) -> None:
        count(len(entries))

    await relay.follow(database, take, "reading", stop)


async def _telling(database: Database, count: Count, stop: asyncio.Event) -> None:
    async def publish(batch: Sequence[CloudEvent]) -> list[Refused]:
        for event in batch:
            event.to_json()
        count(len(batch))
        return []

    await relay.run(database, publish, "telling", stop)
