"""A crowd of reminders due in one second, and how late a single one is while nothing else happens."""

import asyncio
from time import perf_counter
from typing import Final

import asyncpg
from tools.bench.figures import Figure
from tools.bench.stage import Stage

from todo_mcp.store.database import Database
from todo_mcp.worker import timers

CROWD: Final = 100_000
SPACES: Final = 100
SINGLES: Final = 400
SINGLES_SECONDS: Final = 6.0

_SPACES: Final = """
WITH s AS (INSERT INTO spaces (id, name) SELECT i, 's' || i FROM generate_series(1, $1::int) i),
u AS (INSERT INTO users (id, name, zone, space_id)
  SELECT i, 'u' || i, 'UTC', i FROM generate_series(1, $1::int) i)
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
SELECT i, i, 1, 'Inbox', true, now(), now() FROM generate_series(1, $1::int) i
"""
_TASKS: Final = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT 1 + i % $1::int, i, 1, 'Task ' || i, 1 + i % $1::int, 'open', 0, '{}', '{}', now(), now()
FROM generate_series(1, $2::int) i
"""
# Due at random moments of `$4` seconds that begin in `$3` seconds.
_REMINDERS: Final = """
INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
SELECT 1 + i % $1::int, i, 1, i, 1 + i % $1::int, '0m',
  now() + make_interval(secs => $3::float8 + random() * $4::float8), 'pending'
FROM generate_series(1, $2::int) i
"""
# Asked again and again: what ends is in the database, which sends no signal of it.
_PENDING: Final = """
SELECT EXISTS (SELECT FROM reminders WHERE state = 'pending') FROM pg_sleep(0.02)
"""
_LATE: Final = """
SELECT 1000 * extract(epoch FROM created_at - fire_at)::float8 AS late FROM notifications
ORDER BY late
"""
_ONCE: Final = """
SELECT (SELECT count(*) FROM notifications), (SELECT count(DISTINCT reminder_id) FROM notifications),
  (SELECT count(DISTINCT subject_id) FROM events WHERE type = 'todo.reminder.fired.v1')
"""


async def measure(stage: Stage) -> list[Figure]:
    crowd = await stage.database("crowd")
    await _fill(crowd, CROWD, -2, 1)
    seconds = await _fired(crowd)
    once = await _once(crowd)
    singles = await stage.database("singles")
    await _fill(singles, SINGLES, 1, SINGLES_SECONDS)
    await _fired(singles)
    late = await _late(singles)
    return [
        Figure.at_most(f"{CROWD:,} reminders due in one second, one worker", 4, seconds, "s"),
        Figure("… each fired", "exactly once", "exactly once" if once else "NOT once", once),
        Figure.at_most("lateness of a reminder, p99", 10, late[int(0.99 * len(late))], "ms"),
        Figure.told("… p50", late[len(late) // 2], "ms"),
        Figure.told("… max", late[-1], "ms"),
    ]


async def _fill(url: str, count: int, begin: float, spread: float) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_SPACES, SPACES)
    await connection.execute(_TASKS, SPACES, count)
    await connection.execute("VACUUM ANALYZE tasks")
    await connection.execute("CHECKPOINT")
    await connection.execute(_REMINDERS, SPACES, count, begin, spread)
    await connection.execute("VACUUM ANALYZE reminders")
    await connection.close()


async def _fired(url: str) -> float:
    """Seconds from the start of a worker until nothing is pending."""
    database, stop = Database(url), asyncio.Event()
    connection = await asyncpg.connect(url)
    started = perf_counter()
    working = asyncio.create_task(timers.run(database, stop))
    while await connection.fetchval(_PENDING):
        pass
    passed = perf_counter() - started
    stop.set()
    await working
    await connection.close()
    await database.close()
    return passed


async def _once(url: str) -> bool:
    connection = await asyncpg.connect(url)
    found = await connection.fetchrow(_ONCE)
    await connection.close()
    return found is not None and set(found.values()) == {CROWD}


async def _late(url: str) -> list[float]:
    """Milliseconds from each instant to its notification, in order."""
    connection = await asyncpg.connect(url)
    found = await connection.fetch(_LATE)
    await connection.close()
    return [row["late"] for row in found]
