"""Who is to be told of notifications, where and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json

from todo_mcp.domain.message import Fired, Quiet, when_told
from todo_mcp.domain.past import KEPT
from todo_mcp.domain.task import Priority
from todo_mcp.store.database import Database

# Events of which one statement opens the deliveries, each with all of its user's minute.
SLICE: Final = 100
# Of a user's notifications so many on either side are looked at.
AROUND: Final = 500

# What the user has dealt with needs no telling; what is under way is not started twice. Ids grow with
# time, so the burst of a minute lies around its first notification among those of its user, however
# many others of other users came between: a full inbox is left unread. Those asked for are always
# among it, else nobody would open them. What is older than the log is kept for is news to nobody, and
# what became of it may be forgotten. Values rather than EXISTS and joins: those a plan made while
# the tables were small would go through for each row.
_OPEN: Final = f"""
WITH asked AS MATERIALIZED (
  SELECT a.space_id, a.id, a.event_id, n.user_id, date_trunc('minute', n.created_at) AS minute
  FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS a(space_id, id, event_id)
  CROSS JOIN LATERAL (
    SELECT n.user_id, n.created_at FROM notifications n
    WHERE n.space_id = a.space_id AND n.id = a.id AND n.acknowledged_at IS NULL
      AND n.created_at > now() - interval '{KEPT.days} days' LIMIT 1) n
  WHERE (SELECT c.event_id FROM consumed c
      WHERE c.consumer = $4 AND c.event_id = a.event_id) IS NULL
    AND (SELECT d.id FROM deliveries d WHERE d.space_id = a.space_id AND d.notification_id = a.id
      AND (d.attempts > 0 OR d.state <> 'pending' OR d.next_try_at <= now()) LIMIT 1) IS NULL),
minutes AS (
  SELECT space_id, user_id, minute, array_agg(id) AS ids, min(id) AS first,
    array_agg(event_id) AS event_ids
  FROM asked GROUP BY 1, 2, 3)
SELECT g.space_id, g.event_ids, now() AS now, u.zone, u.quiet_from, u.quiet_until, c.channels,
  (SELECT json_agg(json_build_object('id', m.id, 'fired', m.created_at, 'opened', d.opened,
      'held', d.held, 'priority', (SELECT t.priority FROM tasks t
        WHERE t.space_id = g.space_id AND t.id = m.task_id)) ORDER BY m.id)
   FROM (
     (SELECT m.id, m.task_id, m.created_at FROM notifications m
      WHERE m.space_id = g.space_id AND m.user_id = g.user_id AND m.acknowledged_at IS NULL
        AND m.id >= g.first ORDER BY m.id LIMIT {AROUND})
     UNION
     (SELECT m.id, m.task_id, m.created_at FROM notifications m
      WHERE m.space_id = g.space_id AND m.user_id = g.user_id AND m.acknowledged_at IS NULL
        AND m.id < g.first ORDER BY m.id DESC LIMIT {AROUND})
     UNION
     (SELECT m.id, m.task_id, m.created_at FROM notifications m
      WHERE m.space_id = g.space_id AND m.id = ANY (g.ids))) m
   CROSS JOIN LATERAL (
     SELECT count(*) > 0 AS opened, min(d.next_try_at) FILTER (WHERE d.attempts = 0) AS held
     FROM deliveries d WHERE d.space_id = g.space_id AND d.notification_id = m.id) d
   WHERE date_trunc('minute', m.created_at) = g.minute) AS burst,
  (SELECT count(*) FROM (
     SELECT FROM reminders r WHERE r.space_id = g.space_id AND r.user_id = g.user_id
       AND r.state = 'pending' AND r.fire_at < g.minute + interval '1 minute'
       AND now() < g.minute + interval '1 minute' LIMIT 100) r) AS ahead
FROM minutes g JOIN users u ON u.id = g.user_id
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('id', ch.id, 'since', ch.confirmed_at)) AS channels
  FROM channels ch WHERE ch.user_id = g.user_id
    AND ch.confirmed_at < g.minute + interval '1 minute'
    AND (u.channels IS NULL OR ch.name = ANY (u.channels))) c
WHERE c.channels IS NOT NULL
"""  # noqa: S608 (put together from the constants above)

# In the order of their keys, else crossing writers deadlock. What was held is let go by the same stroke
# as the last of its burst is opened, so that all are claimed as one message.
_PUT: Final = """
WITH put AS (
  INSERT INTO deliveries AS d (space_id, id, notification_id, channel_id, next_try_at)
  SELECT r.space_id, nextval('delivery_ids'), r.notification_id, r.channel_id, r.at
  FROM jsonb_to_recordset($1::jsonb)
    AS r(space_id bigint, notification_id bigint, channel_id bigint, at timestamptz)
  ORDER BY 1, 3, 4
  ON CONFLICT (space_id, notification_id, channel_id) DO UPDATE SET next_try_at = excluded.next_try_at
    WHERE d.state = 'pending' AND d.attempts = 0 AND d.next_try_at > excluded.next_try_at
  RETURNING 1),
heard AS (
  INSERT INTO consumed (space_id, consumer, event_id)
  SELECT c.space_id, $2, c.event_id
  FROM jsonb_to_recordset($3::jsonb) AS c(space_id bigint, event_id uuid)
  ORDER BY 3 ON CONFLICT DO NOTHING)
SELECT count(*)::int AS opened FROM put
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """That a notification was made, and the event that says so."""

    space: int
    notification: int
    event_id: UUID


async def open_deliveries(database: Database, asked: Sequence[Ask], consumer: str) -> int:
    """One delivery per channel of their users, of these notifications and of those that came with them.

    Answers how many are new or let go. Asked again, or elsewhere at the same time, nothing is opened
    twice.

    Raises:
        LostRaceError: another worker opened the same ones the other way round.
    """
    slices = [asked[at : at + SLICE] for at in range(0, len(asked), SLICE)]
    return sum([await _open(database, some, consumer) for some in slices])


async def _open(database: Database, asked: Sequence[Ask], consumer: str) -> int:
    columns = zip(*((one.space, one.notification, one.event_id) for one in asked), strict=True)
    rows = await database.worker(_OPEN, *map(list, columns), consumer)
    told = [(row, made) for row in rows if (made := _told(row))]
    if not told:
        return 0
    opened = [delivery for _, made in told for delivery in made]
    heard = [
        {"space_id": row["space_id"], "event_id": event}
        for row, _ in told
        for event in row["event_ids"]
    ]
    [put] = await database.worker(_PUT, to_json(opened).decode(), consumer, to_json(heard).decode())
    database.wake()
    return put["opened"]


def _told(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What becomes of one user's minute."""
    burst = _burst(row["burst"])
    quiet = _quiet(row["quiet_from"], row["quiet_until"], row["zone"])
    fired = {item.id: item.fired for item in burst}
    channels = [
        (channel["id"], datetime.fromisoformat(channel["since"]))
        for channel in from_json(row["channels"])
    ]
    return [
        {"space_id": row["space_id"], "notification_id": note, "channel_id": channel, "at": at}
        for note, at in when_told(burst, row["now"], quiet, ahead=row["ahead"]).items()
        for channel, since in channels
        if since <= fired[note]
    ]


def _quiet(begin: time | None, end: time | None, zone: str) -> Quiet | None:
    return None if begin is None or end is None else Quiet(begin, end, zone)


def _burst(text: str | None) -> list[Fired]:
    found: list[dict[str, Any]] = from_json(text) if text else []
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
