"""Many events at once on the real stack: each with an effect of its own, until the last has had it."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final, TypeAlias

import asyncpg
from tools.bench.figures import Figure

CROWD: Final = 20_000
TASKS: Final = 200
CHUNK: Final = 1_000
_FIRST: Final = 2_000_000

# Of a person each, with a channel that is left alone: deliveries are opened, and none is sent.
_PEOPLE: Final = f"""
WITH n AS (SELECT {_FIRST} + i AS i FROM generate_series(0, $1::int - 1) i),
s AS (INSERT INTO spaces (id, name) SELECT i, 's' || i FROM n),
u AS (INSERT INTO users (id, name, zone, space_id) SELECT i, 'u' || i, 'UTC', i FROM n),
m AS (INSERT INTO members (space_id, user_id) SELECT i, i FROM n),
c AS (INSERT INTO channels (user_id, kind, name, settings, confirmed_at, open_until)
  SELECT i, 'webhook', 'hook', '{{}}', now() - interval '1 year', now() + interval '1 day' FROM n),
l AS (INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
  SELECT i, i, 1, 'Inbox', true, now(), now() FROM n)
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT i, i, 1, 'Task ' || i, i, 'open', 0, '{{}}', '{{}}', now(), now() FROM n
"""
# A minute apart: what fires in one minute is told together, and would be handled once for all of it.
_FIRED: Final = f"""
WITH n AS (SELECT {_FIRST} + i AS id, {_FIRST} + i % $2::int AS who,
    now() - make_interval(mins => $1 - i) AS at FROM generate_series($3::int, $4::int - 1) i)
, r AS (INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
  SELECT who, id, 2, who, who, '0m', at, 'fired' FROM n)
, m AS (INSERT INTO notifications
    (space_id, id, version, user_id, task_id, reminder_id, fire_at, created_at)
  SELECT who, id, 1, who, who, id, at, at FROM n)
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after)
SELECT who, (SELECT generation FROM log), gen_random_uuid(), 'reminder', id, 2, who,
  'todo.reminder.fired.v1', jsonb_build_object('id', id, 'version', 2, 'task_id', who,
    'user_id', who, 'spec', '0m', 'fire_at', at, 'state', 'fired', 'notification_id', id)
FROM n ORDER BY id
"""
_HANDLED: Final = f"SELECT count(*) FROM consumed WHERE space_id >= {_FIRST}"
_OPENED: Final = f"SELECT count(*) FROM deliveries WHERE space_id >= {_FIRST}"
# Of each task, whose effect came before one of an earlier event.
_DISORDERED: Final = f"""
SELECT count(*) FROM (SELECT c.consumed_at < max(c.consumed_at) OVER (PARTITION BY e.task_id
  ORDER BY e.tx, e.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS late
  FROM consumed c JOIN events e ON e.id = c.event_id AND e.space_id = c.space_id
  WHERE c.space_id >= {_FIRST}) x WHERE late
"""

Database: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def until(
    condition: Callable[[], Awaitable[bool]], seconds: float, *, every: float = 0.02
) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 (a database sends no signal)
            await asyncio.sleep(every)


async def crowd(connection: Database) -> list[Figure]:
    """20,000 reminders of 200 tasks have fired: each opens a delivery of its own."""
    await connection.execute(_PEOPLE, TASKS)
    await connection.execute("ANALYZE")
    started = perf_counter()
    for first in range(0, CROWD, CHUNK):
        await connection.execute(_FIRED, CROWD, TASKS, first, first + CHUNK)
    committed = perf_counter() - started
    # Looking takes the database's time too.
    await until(lambda: _all(connection, _HANDLED), 240, every=0.1)
    passed = perf_counter() - started
    opened: Any = await connection.fetchval(_OPENED)
    disordered: Any = await connection.fetchval(_DISORDERED)
    return [
        Figure.at_least("20,000 events, from commit to effect", 1_500, CROWD / passed, "events/s"),
        Figure.told("all of them committed after", committed, "s"),
        Figure("of these lost or doubled", f"{CROWD - opened}", "= 0", opened == CROWD),
        Figure("of these out of their task's order", f"{disordered}", "= 0", disordered == 0),
    ]


async def _all(connection: Database, counted: str) -> bool:
    found: Any = await connection.fetchval(counted)
    return found >= CROWD
