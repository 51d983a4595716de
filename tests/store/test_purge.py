"""The statement that deletes for good: all that belongs to a task, and nothing of another space."""

from datetime import UTC, datetime
from typing import Any, Final

from tests import sowing
from todo_mcp.domain.operation import Operation
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database
from todo_mcp.store.purge import purge

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TABLES: Final = (
    "tasks",
    "reminders",
    "notifications",
    "deliveries",
    "comments",
    "claims",
    "events",
    "operations",
)
# The same numbers in both spaces, so that only the space tells them apart.
_ALIKE: Final = (
    """INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
      created_at, updated_at, deleted_at)
    SELECT s, 1, 2, 'canary', s, 'open', 0, '{}', '{}', $1, $1, $1 FROM generate_series(1, 2) s""",
    """INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
    SELECT s, 1, 1, 1, s, '0m', $1, 'fired' FROM generate_series(1, 2) s""",
    """INSERT INTO notifications (space_id, id, version, user_id, task_id, reminder_id, fire_at,
      created_at)
    SELECT s, 1, 1, s, 1, 1, $1, $1 FROM generate_series(1, 2) s""",
    """WITH c AS (INSERT INTO channels (user_id, kind, name, settings)
      SELECT s, 'webhook', 'hook', '{}' FROM generate_series(1, 2) s RETURNING id, user_id)
    INSERT INTO deliveries (space_id, id, notification_id, channel_id, next_try_at)
    SELECT user_id, 1, 1, id, $1 FROM c""",
    """INSERT INTO comments (space_id, id, task_id, user_id, text, created_at)
    SELECT s, 1, 1, s, 'canary', $1 FROM generate_series(1, 2) s""",
    """INSERT INTO claims (space_id, task_id, agent, token, until)
    SELECT s, 1, 'a', 1, $1 FROM generate_series(1, 2) s""",
    """INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
    SELECT s, 1, s, '{}', 'add_task', '{"op": "op1", "tasks": [{"id": "t1", "title": "canary"}]}',
      $1 FROM generate_series(1, 2) s""",
    """INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after,
      op, created_at)
    SELECT s, 1, gen_random_uuid(), 'task', 1, 1, 1, 'todo.task.created.v1',
      '{"id": 1, "title": "canary"}', 1, $1 FROM generate_series(1, 2) s""",
)
_OF_SPACE: Final = "SELECT to_jsonb(x)::text FROM {0} x WHERE space_id = $1 ORDER BY 1"


async def _alike(database: Database) -> None:
    await sowing.spaces(database, 2)
    for statement in _ALIKE:
        await database.worker(statement, NOW)


async def _rows(database: Database, space: int) -> dict[str, list[str]]:
    return {
        table: [row[0] for row in await database.worker(_OF_SPACE.format(table), space)]
        for table in TABLES
    }


def _task(version: int) -> Task:
    return Task(
        id=1,
        version=version,
        title="canary",
        list_id=1,
        created_at=NOW,
        updated_at=NOW,
        deleted_at=NOW,
    )


def _written() -> dict[str, list[dict[str, Any]]]:
    operation = Operation(
        id=2, user_id=1, actor={}, tool="delete_tasks", result={"op": "op2"}, created_at=NOW
    )
    return {"operations": [operation.model_dump(mode="json")]}


async def test_all_that_belongs_to_the_task_goes_and_another_space_keeps_its_own(
    database: Database,
) -> None:
    await _alike(database)
    others = await _rows(database, 2)
    assert await purge(database, 1, [_task(2)], _written()) == set()
    mine = await _rows(database, 1)
    assert {table: len(rows) for table, rows in mine.items()} == {
        **dict.fromkeys(TABLES, 0),
        "events": 1,
        "operations": 2,
    }
    assert "canary" not in str(mine)
    assert await _rows(database, 2) == others


async def test_a_task_that_changed_meanwhile_stays_whole(database: Database) -> None:
    await _alike(database)
    before = await _rows(database, 1)
    assert await purge(database, 1, [_task(1)], _written()) == {("tasks", 1)}
    assert await _rows(database, 1) == before
