"""Rows for tests of the background roles, put there without going through the tools."""

from typing import Any

import asyncpg

from tests.signals import eventually
from todo_mcp.store import events
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry

_SPACES = """
WITH s AS (INSERT INTO spaces (id, name) SELECT i, 's' || i FROM generate_series(1, $1::int) i),
u AS (INSERT INTO users (id, name, zone, space_id)
  SELECT i, 'u' || i, 'Europe/Vienna', i FROM generate_series(1, $1::int) i),
m AS (INSERT INTO members (space_id, user_id) SELECT i, i FROM generate_series(1, $1::int) i)
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
SELECT i, i, 1, 'Inbox', true, now(), now() FROM generate_series(1, $1::int) i
"""
_TASKS = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT 1 + i % $1::int, i, 1, 'Task ' || i, 1 + i % $1::int, 'open', 0, '{}', '{}', now(), now()
FROM generate_series($2::int, $3::int) i
"""
_REMINDERS = """
INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
SELECT 1 + i % $1::int, i, 1, i, 1 + i % $1::int, '0m',
  now() + make_interval(secs => $4::float8), 'pending'
FROM generate_series($2::int, $3::int) i
"""
EVENT = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after)
SELECT 1, (SELECT generation FROM log), gen_random_uuid(), 'task', $1::bigint, $2::int, $1::bigint,
  'todo.task.updated.v1', jsonb_build_object('id', $1::bigint, 'title', $3::text, 'list_id', 1,
    'status', 'open', 'priority', 0, 'tags', '[]'::jsonb, 'blocked_by', '[]'::jsonb,
    'created_at', '2026-11-23T09:00:00Z')
"""


async def spaces(database: Database, count: int = 1) -> None:
    """Spaces 1 to `count`, each with a user and an inbox of the same number."""
    await database.worker(_SPACES, count)


async def reminders(
    database: Database, count: int, *, seconds: float = 0, among: int = 1, first: int = 1
) -> None:
    """Open tasks, each with a pending reminder of the same number, due in `seconds`."""
    last = first + count - 1
    await database.worker(_TASKS, among, first, last)
    await database.worker(_REMINDERS, among, first, last, seconds)


async def event(
    database: Database, task: int = 1, version: int = 1, title: str = "Buy milk"
) -> None:
    """One event of a task in space 1, which is told to nobody: a lost NOTIFY."""
    await database.worker(EVENT, task, version, title)


async def whole_log(database: Database, after: events.Position = events.START) -> list[Entry]:
    """All that was committed; transactions of other tests on the same server hold events back."""
    found: list[Entry] = []

    async def complete() -> bool:
        last = found[-1].position if found else after
        found.extend(await events.read(database.worker, last))
        last = found[-1].position if found else after
        return not await events.waiting(database.worker, last)

    await eventually(complete)
    return found


async def rows(database: Database, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.worker(sql, *args)]


async def as_admin(database: Database, sql: str, *args: Any) -> Any:
    """One value, on a connection of its own as the login that owns the server."""
    connection = await asyncpg.connect(database.url)
    try:
        return await connection.fetchval(sql, *args)
    finally:
        await connection.close()
