"""Who is to be told of a notification, where and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json

from todo_mcp.domain.message import Fired, Quiet, when_told
from todo_mcp.domain.task import Priority
from todo_mcp.store.database import Database

# What the user has dealt with needs no telling, and what is under way is not started twice. One look at
# a user's minute serves all of its events. The numbers of notifications that came within a minute are
# near each other: the range keeps a full inbox unread. The leader's own comes first: the limit could
# cut it off, and then nobody would open it. Values, not EXISTS: those become joins, which a plan made
# while the tables were small would go through for each row.
_OPEN: Final = """
WITH asked AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS a(space_id, id, event_id)),
fresh AS MATERIALIZED (
  SELECT a.*, n.user_id, date_trunc('minute', n.created_at) AS minute
  FROM asked a CROSS JOIN LATERAL (
    SELECT n.user_id, n.created_at FROM notifications n
    WHERE n.space_id = a.space_id AND n.id = a.id AND n.acknowledged_at IS NULL LIMIT 1) n
  WHERE (SELECT d.id FROM deliveries d
      WHERE d.space_id = a.space_id AND d.notification_id = a.id LIMIT 1) IS NULL
    AND (SELECT c.event_id FROM consumed c
      WHERE c.consumer = $4 AND c.event_id = a.event_id) IS NULL),
leaders AS (
  SELECT DISTINCT ON (space_id, user_id, minute) * FROM fresh
  ORDER BY space_id, user_id, minute, id LIMIT 64)
SELECT l.space_id, l.event_id, now() AS now, u.zone, u.quiet_from, u.quiet_until, c.channels,
  (SELECT json_agg(json_build_object('id', m.id, 'fired', m.created_at, 'priority', m.priority,
      'opened', d.opened, 'held', d.held) ORDER BY m.id)
   FROM (SELECT m.id, m.created_at, t.priority FROM notifications m
         JOIN tasks t ON t.space_id = m.space_id AND t.id = m.task_id
         WHERE m.space_id = l.space_id AND m.user_id = l.user_id AND m.acknowledged_at IS NULL
           AND m.id BETWEEN l.id - 5000 AND l.id + 5000
           AND date_trunc('minute', m.created_at) = l.minute
         ORDER BY m.id = l.id DESC, m.id LIMIT 500) m
   CROSS JOIN LATERAL (
     SELECT count(*) > 0 AS opened, min(d.next_try_at) FILTER (WHERE d.attempts = 0) AS held
     FROM deliveries d WHERE d.space_id = l.space_id AND d.notification_id = m.id) d) AS burst
FROM leaders l JOIN users u ON u.id = l.user_id
CROSS JOIN LATERAL (
  SELECT array_agg(ch.id ORDER BY ch.id) AS channels FROM channels ch
  WHERE ch.user_id = l.user_id AND (u.channels IS NULL OR ch.name = ANY (u.channels))
    AND ch.confirmed_at <= (SELECT n.created_at FROM notifications n
      WHERE n.space_id = l.space_id AND n.id = l.id)) c
WHERE c.channels IS NOT NULL
"""
# Whoever is slower in opening the same finds it done.
_PUT: Final = """
WITH put AS (
  INSERT INTO deliveries (space_id, id, notification_id, channel_id, next_try_at)
  SELECT r.space_id, nextval('delivery_ids'), r.notification_id, r.channel_id, r.at
  FROM jsonb_to_recordset($1::jsonb)
    AS r(space_id bigint, notification_id bigint, channel_id bigint, at timestamptz)
  ON CONFLICT DO NOTHING RETURNING 1),
seen AS (
  INSERT INTO consumed (space_id, consumer, event_id)
  SELECT s.space_id, $2, s.event_id FROM jsonb_to_recordset($3::jsonb)
    AS s(space_id bigint, event_id uuid)
  ON CONFLICT DO NOTHING)
SELECT count(*)::int AS made FROM put
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification, and the event that told of it."""

    space: int
    notification: int
    event: UUID


async def open_deliveries(database: Database, heard: Sequence[Heard], consumer: str) -> int:
    """One delivery per channel of the user, of these notifications and of those that came with them.

    Answers how many are new.

    Raises:
        LostRaceError: a channel or a notification was removed meanwhile.
    """
    total = 0
    while rows := await database.worker(
        _OPEN,
        [one.space for one in heard],
        [one.notification for one in heard],
        [one.event for one in heard],
        consumer,
    ):
        made = [delivery for row in rows for delivery in _deliveries(row)]
        seen = [{"space_id": row["space_id"], "event_id": row["event_id"]} for row in rows]
        [put] = await database.worker(
            _PUT, to_json(made).decode(), consumer, to_json(seen).decode()
        )
        total += put["made"]
        if len(rows) == len(heard):
            break
    return total


def _deliveries(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    quiet = _quiet(row["quiet_from"], row["quiet_until"], row["zone"])
    told = when_told(_burst(row["burst"]), row["now"], quiet)
    return [
        {"space_id": row["space_id"], "notification_id": note, "channel_id": channel, "at": at}
        for note, at in told.items()
        for channel in row["channels"]
    ]


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
