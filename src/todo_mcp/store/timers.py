"""Due reminders of all spaces: claimed, fired and logged by one statement.

The statement is a sweep, so it loads for itself what a decision would. It takes a reminder only in
the version of its own snapshot: one that was changed meanwhile has that change's later transaction
id, and firing it here would put version n+1 before version n in the log.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

Run: TypeAlias = Callable[..., Awaitable[list[Any]]]

BATCH: Final = 1_000

# Row.image's form of an instant: UTC, with six digits where there is a fraction.
_ISO: Final = """to_char({0} AT TIME ZONE 'UTC', CASE WHEN {0} = date_trunc('second', {0})
  THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)"""
# UUIDv7 (RFC 9562 section 5.7). Random numbers are dear: one a statement, hashed with what differs. So is
# an instant in words.
_SALT: Final = f"""
  SELECT gen_random_uuid()::text AS salt,
    lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7' AS head,
    {_ISO.format("now()")} AS created"""  # noqa: S608 (put together from the constant above)
_UUID: Final = """overlay(overlay(md5((SELECT salt FROM salted) || kind || subject_id)
  PLACING (SELECT head FROM salted) FROM 1 FOR 13) PLACING 'a' FROM 17 FOR 1)::uuid"""

# `now()`, as `clock_timestamp()` cannot be an index condition: an empty poll would read all that is
# pending. Locked rows are somebody else's: another worker fires them, or a command changes them.
# By user, as those of one user share an operation. The second look at `reminders`, without a lock,
# sees the snapshot's version.
_FIRE: Final = f"""
WITH salted AS MATERIALIZED ({_SALT}),
due AS MATERIALIZED (
  SELECT r.space_id, r.id, r.version, r.task_id, r.user_id, r.spec, r.fire_at
  FROM reminders r WHERE r.state = 'pending' AND r.fire_at <= now()
  ORDER BY r.fire_at, r.space_id, r.user_id LIMIT {BATCH} FOR NO KEY UPDATE OF r SKIP LOCKED),
held AS MATERIALIZED (
  SELECT d.*, row_number() OVER (PARTITION BY d.space_id, d.user_id ORDER BY d.fire_at, d.id) AS nth
  FROM (
    SELECT d.*,
      (SELECT n.id FROM notifications n WHERE n.space_id = d.space_id AND n.reminder_id = d.id
        AND n.fire_at = d.fire_at) AS known
    FROM due d
    WHERE d.version = (SELECT s.version FROM reminders s
        WHERE s.space_id = d.space_id AND s.id = d.id)
      AND (SELECT t.status IN ('open', 'started') AND t.deleted_at IS NULL FROM tasks t
        WHERE t.space_id = d.space_id AND t.id = d.task_id)) d),
numbered AS MATERIALIZED (
  SELECT h.*, coalesce(h.known, nextval('notification_ids')) AS notification_id,
    CASE WHEN h.nth = 1 THEN nextval('operation_ids') END AS first_op, {_ISO.format("h.fire_at")} AS fires
  FROM held h),
claimed AS MATERIALIZED (
  SELECT n.*, max(n.first_op) OVER same AS op, count(*) OVER same AS fired FROM numbered n
  WINDOW same AS (PARTITION BY n.space_id, n.user_id)),
put_operations AS (
  INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
  SELECT space_id, op, user_id, '{{"client": "todo-mcp"}}', 'timer',
    jsonb_build_object('fired', fired), now()
  FROM claimed WHERE nth = 1),
put_reminders AS (
  UPDATE reminders r SET state = 'fired', version = c.version + 1
  FROM claimed c WHERE r.space_id = c.space_id AND r.id = c.id),
put_notifications AS (
  INSERT INTO notifications
    (space_id, id, version, user_id, task_id, reminder_id, fire_at, created_at)
  SELECT space_id, notification_id, 1, user_id, task_id, id, fire_at, now()
  FROM claimed WHERE known IS NULL ON CONFLICT DO NOTHING),
put_events AS (
  INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type,
    before, after, op)
  SELECT space_id, (SELECT generation FROM log), {_UUID}, kind, subject_id, version, task_id,
    type, before, after, op
  FROM (
    SELECT space_id, 'reminder' AS kind, id AS subject_id, version + 1 AS version, task_id,
      'todo.reminder.fired.v1' AS type,
      jsonb_build_object('version', version, 'state', 'pending') AS before,
      jsonb_build_object('id', id, 'version', version + 1, 'task_id', task_id, 'user_id', user_id,
        'spec', spec, 'fire_at', fires, 'state', 'fired', 'notification_id', notification_id)
        AS after, op
    FROM claimed
    UNION ALL
    SELECT space_id, 'notification', notification_id, 1, task_id, 'todo.notification.created.v1',
      NULL, jsonb_build_object('id', notification_id, 'version', 1, 'task_id', task_id,
        'user_id', user_id, 'reminder_id', id, 'fire_at', fires,
        'created_at', (SELECT created FROM salted)), op
    FROM claimed WHERE known IS NULL) e)
SELECT count(*)::int AS fired FROM claimed
"""  # noqa: S608 (put together from the constants above)

# The first that can fire: one whose task has gone would be asked for again and again.
_NEXT: Final = """
SELECT r.fire_at, clock_timestamp() AS now,
  extract(epoch FROM r.fire_at - clock_timestamp())::float8 AS seconds
FROM reminders r JOIN tasks t ON t.space_id = r.space_id AND t.id = r.task_id
  AND t.status IN ('open', 'started') AND t.deleted_at IS NULL
WHERE r.state = 'pending' ORDER BY r.fire_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Earliest:
    """The instant of the next reminder, and the database's own time when it was asked."""

    at: datetime
    now: datetime


async def fire(run: Run) -> int:
    """Fire what is due now by the database's clock, at most BATCH; answers how many.

    Fewer than BATCH may mean that others hold the rest locked at this moment.
    """
    [row] = await run(_FIRE)
    return row["fired"]


async def next_due(run: Run) -> float | None:
    """Seconds until the next reminder, not above 0 where one is due; None where none is pending."""
    rows = await run(_NEXT)
    return rows[0]["seconds"] if rows else None


async def earliest(run: Run) -> Earliest | None:
    """The next reminder, which may be due already; None where none is pending."""
    rows = await run(_NEXT)
    return Earliest(rows[0]["fire_at"], rows[0]["now"]) if rows else None
