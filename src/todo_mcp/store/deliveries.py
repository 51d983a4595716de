"""Who is to be told of notifications, where and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json

from todo_mcp.domain.message import Fired, Quiet, when_told
from todo_mcp.domain.task import Priority
from todo_mcp.store.database import Database

# The rest of a user's minute is read beside those asked for: so many of it.
_BURST: Final = 500

# What the user has dealt with needs no telling; what is under way is not started twice. The numbers
# of notifications that came within a minute are near each other: the range keeps a full inbox unread.
# Those asked for come first, else the limit could leave one out for good.
_OPEN: Final = f"""
WITH asked AS MATERIALIZED (
  SELECT n.space_id, n.user_id, date_trunc('minute', n.created_at) AS minute, n.id, a.event_id
  FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS a(space_id, notification_id, event_id)
  JOIN notifications n ON n.space_id = a.space_id AND n.id = a.notification_id
  WHERE n.acknowledged_at IS NULL
    AND NOT EXISTS (SELECT FROM consumed c WHERE c.consumer = $4 AND c.event_id = a.event_id)
    AND NOT EXISTS (SELECT FROM deliveries d
      WHERE d.space_id = a.space_id AND d.notification_id = a.notification_id)),
minutes AS (
  SELECT space_id, user_id, minute, array_agg(id) AS ids, min(id) AS least, max(id) AS most,
    array_agg(event_id) AS event_ids
  FROM asked GROUP BY 1, 2, 3)
SELECT g.space_id, g.event_ids, now() AS now, u.zone, u.quiet_from, u.quiet_until,
  (SELECT json_agg(json_build_object('id', ch.id, 'since', ch.confirmed_at) ORDER BY ch.id)
   FROM channels ch WHERE ch.user_id = g.user_id AND ch.confirmed_at < g.minute + interval '1 minute'
     AND (u.channels IS NULL OR ch.name = ANY (u.channels))) AS channels,
  (SELECT json_agg(json_build_object('id', m.id, 'fired', m.created_at, 'opened', d.opened,
      'held', d.held, 'priority', (SELECT t.priority FROM tasks t
        WHERE t.space_id = g.space_id AND t.id = m.task_id)) ORDER BY m.id)
   FROM (SELECT m.id, m.created_at, m.task_id FROM notifications m
         WHERE m.space_id = g.space_id AND m.user_id = g.user_id AND m.acknowledged_at IS NULL
           AND m.id BETWEEN g.least - 5000 AND g.most + 5000
           AND date_trunc('minute', m.created_at) = g.minute
         ORDER BY m.id = ANY (g.ids) DESC, m.id LIMIT cardinality(g.ids) + {_BURST}) m
   CROSS JOIN LATERAL (
     SELECT count(*) > 0 AS opened, min(d.next_try_at) FILTER (WHERE d.attempts = 0) AS held
     FROM deliveries d WHERE d.space_id = g.space_id AND d.notification_id = m.id) d) AS burst
FROM minutes g JOIN users u ON u.id = g.user_id
"""  # noqa: S608 (put together from the constants above)

# In the order of their keys, else crossing writers deadlock. What another worker has opened meanwhile
# is opened: its rows stay as they are.
_PUT: Final = """
WITH put AS (
  INSERT INTO deliveries (space_id, id, notification_id, channel_id, next_try_at)
  SELECT o.space_id, nextval('delivery_ids'), o.notification_id, o.channel_id, o.next_try_at
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[])
    AS o(space_id, notification_id, channel_id, next_try_at)
  ORDER BY 1, 3, 4
  ON CONFLICT (space_id, notification_id, channel_id) DO NOTHING RETURNING 1),
heard AS (
  INSERT INTO consumed (space_id, consumer, event_id)
  SELECT c.space_id, $5, c.event_id FROM unnest($6::bigint[], $7::uuid[]) AS c(space_id, event_id)
  ORDER BY 3 ON CONFLICT DO NOTHING)
SELECT count(*)::int AS opened FROM put
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """That a notification was made, and the event that says so."""

    space: int
    notification: int
    event_id: UUID


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is to be written: a delivery each, and the events whose effect that is."""

    deliveries: list[tuple[int, int, int, datetime]]
    events: list[tuple[int, UUID]]


async def open_deliveries(database: Database, asked: Sequence[Ask], consumer: str) -> int:
    """One delivery per channel of their users, of these notifications and of those that came with them.

    Answers how many are new. Asked again, or elsewhere at the same time, nothing is opened twice.

    Raises:
        LostRaceError: another worker opened the same ones the other way round.
    """
    columns = zip(*((one.space, one.notification, one.event_id) for one in asked), strict=True)
    rows = await database.worker(_OPEN, *map(list, columns), consumer)
    opened = _Opened([], [])
    for row in rows:
        _open(row, opened)
    if not opened.deliveries:
        return 0
    deliveries = map(list, zip(*opened.deliveries, strict=True))
    events = map(list, zip(*opened.events, strict=True))
    [put] = await database.worker(_PUT, *deliveries, consumer, *events)
    database.wake()
    return put["opened"]


def _open(row: Any, opened: _Opened) -> None:
    """What becomes of one user's minute."""
    if row["channels"] is None or row["burst"] is None:
        return
    space: int = row["space_id"]
    burst = _burst(row["burst"])
    fired = {item.id: item.fired for item in burst}
    channels = [
        (channel["id"], datetime.fromisoformat(channel["since"]))
        for channel in from_json(row["channels"])
    ]
    quiet = _quiet(row["quiet_from"], row["quiet_until"], row["zone"])
    made = [
        (space, number, channel, at)
        for number, at in when_told(burst, row["now"], quiet).items()
        for channel, since in channels
        if since <= fired[number]
    ]
    if made:
        opened.deliveries.extend(made)
        opened.events.extend((space, event_id) for event_id in row["event_ids"])


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
