"""Tasks deleted for good, by one statement of their own: rows go, and their text in the log with them.

It runs as the worker, since the app may delete nothing; every part of it names the space. Foreign
keys are checked when the statement ends, so the order of the parts does not matter. $1 is the space,
$2 the tasks with their versions, $3 the operation and the events.
"""

from collections.abc import Iterable
from typing import Any, Final

from asyncpg import ForeignKeyViolationError
from pydantic_core import to_json

from todo_mcp.domain.task import Task
from todo_mcp.store.commit import append
from todo_mcp.store.database import Database
from todo_mcp.store.failures import LostRaceError
from todo_mcp.store.log_tables import events, operations

TRASH_ROWS: Final = 5_000

_TRASH: Final = f"""
SELECT id FROM tasks WHERE space_id = $1 AND deleted_at IS NOT NULL
ORDER BY deleted_at, id LIMIT {TRASH_ROWS + 1}
"""  # noqa: S608 (put together from a constant)
_GONE: Final = "ANY (ARRAY(SELECT id FROM gone))"
# A column's text in an image: emptied where it stands, so that it still shows as changed.
_BLANK: Final = """e.{0} || jsonb_strip_nulls(jsonb_build_object(
  'title', CASE WHEN e.{0} ? 'title' THEN '' END,
  'notes', CASE WHEN jsonb_typeof(e.{0} -> 'notes') = 'string' THEN '' END,
  'tags', CASE WHEN e.{0} ? 'tags' THEN '[]'::jsonb END))"""
# An answer's task that is going. `IS TRUE`, or it becomes a join that compares each with each.
_NAMED: Final = "(t ->> 'id' IN (SELECT 't' || id FROM gone)) IS TRUE"
_PURGE: Final = f"""
WITH wanted AS MATERIALIZED (
  SELECT id, version FROM jsonb_to_recordset($2::jsonb) AS e(id bigint, version int)),
held AS MATERIALIZED (
  SELECT t.id, t.version FROM tasks t
  WHERE t.space_id = $1 AND t.id = ANY (ARRAY(SELECT id FROM wanted)) ORDER BY t.id FOR UPDATE OF t),
others AS MATERIALIZED (SELECT id, version FROM wanted EXCEPT SELECT id, version FROM held),
ok AS MATERIALIZED (SELECT NOT EXISTS (SELECT FROM others) AS yes),
gone AS MATERIALIZED (SELECT id FROM held WHERE (SELECT yes FROM ok)),
told AS MATERIALIZED (
  SELECT e.op FROM events e WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = {_GONE}
  UNION
  SELECT e.op FROM events e WHERE e.space_id = $1 AND e.kind = 'reminder' AND e.subject_id = ANY (
    ARRAY(SELECT r.id FROM reminders r WHERE r.space_id = $1 AND r.task_id = {_GONE}))
  UNION
  SELECT e.op FROM events e WHERE e.space_id = $1 AND e.kind = 'notification' AND e.subject_id = ANY (
    ARRAY(SELECT n.id FROM notifications n WHERE n.space_id = $1 AND n.task_id = {_GONE}))
  UNION
  SELECT o.id FROM operations o
  WHERE o.space_id = $1 AND o.key IS NOT NULL AND NOT o.result ? 'op' AND (SELECT yes FROM ok)),
blank_operations AS (
  UPDATE operations o SET result = jsonb_set(o.result, '{{tasks}}', (
    SELECT coalesce(jsonb_agg(CASE
      WHEN {_NAMED}
      THEN t - 'changed' || '{{"title": ""}}' ELSE t END ORDER BY n), '[]')
    FROM jsonb_array_elements(o.result -> 'tasks') WITH ORDINALITY AS x(t, n)))
  WHERE o.space_id = $1 AND o.id = ANY (ARRAY(SELECT op FROM told))
    AND EXISTS (SELECT FROM jsonb_array_elements(o.result -> 'tasks') t WHERE {_NAMED})),
blank_events AS (
  UPDATE events e SET before = {_BLANK.format("before")}, after = {_BLANK.format("after")}
  WHERE e.space_id = $1 AND e.kind = 'task' AND e.subject_id = {_GONE}),
no_deliveries AS (
  DELETE FROM deliveries d WHERE d.space_id = $1 AND d.notification_id = ANY (
    ARRAY(SELECT n.id FROM notifications n WHERE n.space_id = $1 AND n.task_id = {_GONE}))),
no_notifications AS (DELETE FROM notifications n WHERE n.space_id = $1 AND n.task_id = {_GONE}),
no_reminders AS (DELETE FROM reminders r WHERE r.space_id = $1 AND r.task_id = {_GONE}),
no_comments AS (DELETE FROM comments c WHERE c.space_id = $1 AND c.task_id = {_GONE}),
no_claims AS (DELETE FROM claims c WHERE c.space_id = $1 AND c.task_id = {_GONE}),
no_external_ids AS (DELETE FROM external_ids x WHERE x.space_id = $1 AND x.task_id = {_GONE}),
no_tasks AS (DELETE FROM tasks t WHERE t.space_id = $1 AND t.id = {_GONE}),
{append("operations", operations)},
{append("events", events)}
SELECT yes, CASE WHEN yes THEN '{{}}'::bigint[] ELSE ARRAY(SELECT id FROM others) END AS lost
FROM ok
"""  # noqa: S608 (put together from constants and our own columns)


async def trash(database: Database, space: int) -> list[int]:
    """The tasks in the trash, the oldest first; at most a few thousand."""
    rows = await database.app(space, _TRASH, space)
    return [row["id"] for row in rows]


async def purge(
    database: Database, space: int, tasks: Iterable[Task], rows: dict[str, list[dict[str, Any]]]
) -> set[tuple[str, int]]:
    """Delete these tasks with all that belongs to them; `rows` are the operation and the events.

    Nothing is written unless all have the version given; answers those that had not.

    Raises:
        LostRaceError: somebody is adding to one of the tasks, or used the same key.
    """
    wanted = [{"id": task.id, "version": task.version} for task in tasks]
    args = (space, to_json(wanted).decode(), to_json(rows).decode())
    try:
        [row] = await database.worker(_PURGE, *args, once=True)
    except ForeignKeyViolationError as error:
        raise LostRaceError from error
    if row["yes"]:
        database.wake()
    return {("tasks", number) for number in row["lost"]}
