"""Who is to be told of a notification, where and when."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json

from todo_mcp.domain.message import Fired, Quiet, when_told
from todo_mcp.domain.task import Priority
from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.database import Database

# What the user has dealt with needs no telling; what is under way is not started twice, and has been told
# with its burst. Ids grow with time, so the burst of a minute lies around the notification among those of
# its user, however many others of other users came between: a full inbox is left unread.
_OPEN: Final = """
SELECT now() AS now, u.zone, u.quiet_from, u.quiet_until, EXISTS (
    SELECT FROM consumed c WHERE c.consumer = $3 AND c.event_id = $4) AS seen,
  ARRAY(SELECT ch.id FROM channels ch WHERE ch.user_id = n.user_id
    AND ch.confirmed_at <= n.created_at AND (u.channels IS NULL OR ch.name = ANY (u.channels))
    ORDER BY ch.id) AS channels,
  (SELECT json_agg(json_build_object('id', m.id, 'fired', m.created_at, 'priority', t.priority,
      'opened', d.opened, 'held', d.held) ORDER BY m.id)
   FROM (
     (SELECT m.id, m.task_id, m.created_at FROM notifications m
      WHERE m.space_id = $1 AND m.user_id = n.user_id AND m.acknowledged_at IS NULL AND m.id >= n.id
      ORDER BY m.id LIMIT 500)
     UNION ALL
     (SELECT m.id, m.task_id, m.created_at FROM notifications m
      WHERE m.space_id = $1 AND m.user_id = n.user_id AND m.acknowledged_at IS NULL AND m.id < n.id
      ORDER BY m.id DESC LIMIT 500)) m
   JOIN tasks t ON t.space_id = $1 AND t.id = m.task_id
   CROSS JOIN LATERAL (
     SELECT count(*) > 0 AS opened, min(d.next_try_at) FILTER (WHERE d.attempts = 0) AS held
     FROM deliveries d WHERE d.space_id = $1 AND d.notification_id = m.id) d
   WHERE date_trunc('minute', m.created_at) = date_trunc('minute', n.created_at)) AS burst,
  (SELECT count(*) FROM (
     SELECT FROM reminders r WHERE r.space_id = $1 AND r.user_id = n.user_id AND r.state = 'pending'
       AND r.fire_at < date_trunc('minute', n.created_at) + interval '1 minute'
       AND now() < date_trunc('minute', n.created_at) + interval '1 minute' LIMIT 100) r) AS ahead
FROM notifications n JOIN users u ON u.id = n.user_id
WHERE n.space_id = $1 AND n.id = $2 AND n.acknowledged_at IS NULL
  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.space_id = $1 AND d.notification_id = n.id
    AND (d.attempts > 0 OR d.state <> 'pending' OR d.next_try_at <= now()))
"""
# At one stroke, so that they are claimed as one message.
_LET_GO: Final = """
UPDATE deliveries d SET next_try_at = r.at
FROM jsonb_to_recordset($2::jsonb) AS r(id bigint, at timestamptz)
WHERE d.space_id = $1 AND d.notification_id = r.id AND d.state = 'pending' AND d.attempts = 0
  AND d.next_try_at > r.at
RETURNING d.id
"""


async def open_deliveries(
    database: Database, space: int, notification: int, consumer: str, event_id: UUID
) -> int:
    """One delivery per channel of the user, of this notification and of those that came with it.

    Answers how many are new.

    Raises:
        LostRaceError: the same burst is being handled elsewhere.
    """
    rows = await database.worker(_OPEN, space, notification, consumer, event_id)
    if not rows or rows[0]["seen"] or not rows[0]["channels"]:
        return 0
    [row] = rows
    quiet = _quiet(row["quiet_from"], row["quiet_until"], row["zone"])
    burst = _burst(row["burst"])
    told = when_told(burst, row["now"], quiet, ahead=row["ahead"])
    new = {item.id for item in burst if not item.opened}
    held = bool(told.keys() - new)
    # Beside what is held they are held too, for the moment between the two statements.
    later = row["now"] + timedelta(minutes=1)
    opened = {n: max(at, later) if held else at for n, at in told.items() if n in new}
    made = await _open(database, space, opened, row["channels"], (consumer, event_id))
    if held:
        targets = [{"id": number, "at": at.isoformat()} for number, at in told.items()]
        await database.worker(_LET_GO, space, to_json(targets).decode())
        database.wake()
    return made


async def _open(
    database: Database,
    space: int,
    opened: dict[int, datetime],
    channels: list[int],
    event: tuple[str, UUID],
) -> int:
    pairs = [(note, at, channel) for note, at in opened.items() for channel in channels]
    if not pairs:
        return 0
    numbers = await database.ids("delivery", len(pairs))
    made = [
        {
            "id": number,
            "notification_id": note,
            "channel_id": channel,
            "next_try_at": at.isoformat(),
        }
        for number, (note, at, channel) in zip(numbers, pairs, strict=True)
    ]
    consumed = [{"consumer": event[0], "event_id": str(event[1])}]
    await commit(
        database, Commit(space, rows={"deliveries": made, "consumed": consumed}), worker=True
    )
    return len(made)


def _quiet(begin: time | None, end: time | None, zone: str) -> Quiet | None:
    return None if begin is None or end is None else Quiet(begin, end, zone)


def _burst(text: str) -> list[Fired]:
    found: list[dict[str, Any]] = from_json(text)
    return [
        Fired(
            item["id"],
            datetime.fromisoformat(item["fired"]),
            item["priority"] == Priority.HIGH,
            item["opened"],
            datetime.fromisoformat(item["held"]) if item["held"] else None,
        )
        for item in found
    ]
