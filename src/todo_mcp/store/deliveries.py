"""Who is to be told of a notification, where and when."""

from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json

from todo_mcp.domain.message import Fired, Quiet, when_told
from todo_mcp.domain.task import Priority
from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.database import Database

# What the user has dealt with needs no telling; what is under way is not started twice. The numbers
# of notifications that came within a minute are near each other: the range keeps a full inbox unread.
_OPEN: Final = """
SELECT now() AS now, u.zone, u.quiet_from, u.quiet_until, EXISTS (
    SELECT FROM consumed c WHERE c.consumer = $3 AND c.event_id = $4) AS seen,
  ARRAY(SELECT ch.id FROM channels ch WHERE ch.user_id = n.user_id
    AND ch.confirmed_at <= n.created_at AND (u.channels IS NULL OR ch.name = ANY (u.channels))
    ORDER BY ch.id) AS channels,
  (SELECT json_agg(json_build_object('id', m.id, 'fired', m.created_at, 'priority', m.priority,
      'opened', d.opened, 'held', d.held) ORDER BY m.id)
   FROM (SELECT m.id, m.created_at, t.priority FROM notifications m
         JOIN tasks t ON t.space_id = m.space_id AND t.id = m.task_id
         WHERE m.space_id = $1 AND m.user_id = n.user_id AND m.acknowledged_at IS NULL
           AND m.id BETWEEN n.id - 5000 AND n.id + 5000
           AND date_trunc('minute', m.created_at) = date_trunc('minute', n.created_at)
         ORDER BY m.id LIMIT 500) m
   CROSS JOIN LATERAL (
     SELECT count(*) > 0 AS opened, min(d.next_try_at) FILTER (WHERE d.attempts = 0) AS held
     FROM deliveries d WHERE d.space_id = $1 AND d.notification_id = m.id) d) AS burst
FROM notifications n JOIN users u ON u.id = n.user_id
WHERE n.space_id = $1 AND n.id = $2 AND n.acknowledged_at IS NULL
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
    told = when_told(_burst(row["burst"]), row["now"], quiet)
    pairs = [(number, at, channel) for number, at in told.items() for channel in row["channels"]]
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
    consumed = [{"consumer": consumer, "event_id": str(event_id)}]
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
