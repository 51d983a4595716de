"""Who is to be told of notifications, where and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from todo_mcp.domain.message import DIGEST, Burst, Quiet, when_told
from todo_mcp.domain.past import KEPT
from todo_mcp.domain.task import Priority
from todo_mcp.store.database import Database

# Events of which one statement opens the deliveries, each with all of its user's minute.
SLICE: Final = 100
# Steps in which the notifications of a minute are counted, the first of them small: most are alone in
# theirs, and a full inbox is left unread.
FIRST: Final = 16
STEP: Final = 500
# Deliveries that one statement opens. What takes several is due once the last has surely been opened,
# else a part of it would be told by itself.
OPENED: Final = 10_000
OPENED_SECONDS: Final = 2


def _page(beyond: str, order: str, end: str, *, size: int = STEP, others: int = STEP - 1) -> str:
    """The next notifications of the user, and how many of them are of the minute.

    There may be more of it beyond a page where more than `others` are.
    """
    return f"""
      SELECT {end}(s.id) AS at, {end}(s.id) FILTER (WHERE s.inside) AS edge,
        count(*) FILTER (WHERE s.inside) AS inside,
        count(*) = {size} AND count(*) FILTER (WHERE s.inside) > {others} AS more
      FROM (SELECT n.id, date_trunc('minute', n.created_at) = g.minute AS inside
        FROM notifications n WHERE n.space_id = g.space_id AND n.user_id = g.user_id
          AND n.acknowledged_at IS NULL AND n.id {beyond} ORDER BY n.id {order} LIMIT {size}) s"""  # noqa: S608


# What the user has dealt with needs no telling; what is under way is not started twice. While others
# have yet to fire, what has fired is only held, so the burst is counted once, at its end. Ids grow with
# time: it lies around its first notification among those of its user, however many others of other
# users came between. What is older than the log is kept for is news to nobody, and what became of it
# may be forgotten. Values rather than EXISTS and joins: those a plan made while the tables were small
# would go through for each row.
_LOOK: Final = f"""
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
      AND (d.attempts > 0 OR d.state <> 'pending' OR d.next_try_at <= now()
        OR d.next_try_at <> date_trunc('minute', n.created_at) + interval '1 minute')
      LIMIT 1) IS NULL),
minutes AS (
  SELECT space_id, user_id, minute, array_agg(id) AS ids, min(id) AS first,
    array_agg(event_id) AS event_ids
  FROM asked GROUP BY 1, 2, 3),
ahead AS MATERIALIZED (
  SELECT m.*, (SELECT count(*)::int FROM (
     SELECT FROM reminders r WHERE r.space_id = m.space_id AND r.user_id = m.user_id
       AND r.state = 'pending' AND r.fire_at < m.minute + interval '1 minute'
       AND now() < m.minute + interval '1 minute' LIMIT {DIGEST}) r) AS ahead
  FROM minutes m)
SELECT g.space_id, g.user_id, g.minute, g.ids, g.event_ids, g.ahead, now() AS now,
  u.zone, u.quiet_from, u.quiet_until, b.first, b.last, coalesce(b.many, 0)::int AS many,
  CASE WHEN g.ahead = 0 THEN (SELECT d.id FROM notifications n CROSS JOIN LATERAL (
      SELECT d.id FROM deliveries d WHERE d.space_id = n.space_id AND d.notification_id = n.id
        AND d.attempts > 0 LIMIT 1) d
    WHERE n.space_id = g.space_id AND n.user_id = g.user_id AND n.acknowledged_at IS NULL
      AND n.id BETWEEN b.first AND b.last AND date_trunc('minute', n.created_at) = g.minute
    LIMIT 1) END IS NOT NULL AS away
FROM ahead g JOIN users u ON u.id = g.user_id
LEFT JOIN LATERAL (
  WITH RECURSIVE up AS (
    SELECT p.* FROM ({_page(">= g.first", "", "max", size=FIRST, others=1)}) p
    UNION ALL
    SELECT p.* FROM up CROSS JOIN LATERAL ({_page("> up.at", "", "max")}) p WHERE up.more),
  down AS (
    SELECT p.* FROM ({_page("< g.first", "DESC", "min", size=FIRST, others=0)}) p
    UNION ALL
    SELECT p.* FROM down CROSS JOIN LATERAL ({_page("< down.at", "DESC", "min")}) p
    WHERE down.more)
  SELECT coalesce((SELECT min(edge) FROM down), g.first) AS first,
    coalesce((SELECT max(edge) FROM up), g.first) AS last,
    (SELECT sum(inside) FROM up) + (SELECT sum(inside) FROM down) AS many) b
  ON g.ahead < {DIGEST}
WHERE (SELECT ch.id FROM channels ch WHERE ch.user_id = g.user_id
    AND ch.confirmed_at < g.minute + interval '1 minute'
    AND (u.channels IS NULL OR ch.name = ANY (u.channels)) LIMIT 1) IS NOT NULL
"""  # noqa: S608 (put together from the constants above)

# In the order of their keys, else crossing writers deadlock. What was held is let go by the same stroke
# as the last of its burst is opened, so that all are claimed as one message. Those asked for are always
# among it, else nobody would open them; they count as handled once nothing is left to open.
_PUT: Final = f"""
WITH minutes AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(space_id bigint, user_id bigint,
    minute timestamptz, ids bigint[], first bigint, last bigint, at timestamptz,
    urgent_at timestamptz)),
told AS MATERIALIZED (
  SELECT g.space_id, n.id AS notification_id, c.id AS channel_id,
    CASE WHEN (SELECT t.priority FROM tasks t WHERE t.space_id = g.space_id
      AND t.id = n.task_id) = {Priority.HIGH:d} THEN g.urgent_at ELSE g.at END AS at
  FROM minutes g CROSS JOIN LATERAL (
    SELECT n.id, n.task_id, n.created_at FROM notifications n
    WHERE n.space_id = g.space_id AND n.user_id = g.user_id AND n.acknowledged_at IS NULL
      AND n.id BETWEEN g.first AND g.last AND date_trunc('minute', n.created_at) = g.minute
    UNION
    SELECT n.id, n.task_id, n.created_at FROM notifications n
    WHERE n.space_id = g.space_id AND n.id = ANY (g.ids) AND n.acknowledged_at IS NULL) n
  CROSS JOIN LATERAL (
    SELECT ch.id FROM channels ch
    WHERE ch.user_id = g.user_id AND ch.confirmed_at <= n.created_at
      AND (SELECT u.channels IS NULL OR ch.name = ANY (u.channels) FROM users u
        WHERE u.id = g.user_id)) c),
chosen AS MATERIALIZED (
  SELECT t.* FROM told t
  WHERE coalesce((SELECT d.state = 'pending' AND d.attempts = 0 AND d.next_try_at > t.at
    FROM deliveries d WHERE d.space_id = t.space_id AND d.notification_id = t.notification_id
      AND d.channel_id = t.channel_id LIMIT 1), true)
  ORDER BY 1, 2, 3 LIMIT {OPENED}),
put AS (
  INSERT INTO deliveries AS d (space_id, id, notification_id, channel_id, next_try_at)
  SELECT c.space_id, nextval('delivery_ids'), c.notification_id, c.channel_id, c.at
  FROM chosen c ORDER BY 1, 3, 4
  ON CONFLICT (space_id, notification_id, channel_id) DO UPDATE SET next_try_at = excluded.next_try_at
    WHERE d.state = 'pending' AND d.attempts = 0 AND d.next_try_at > excluded.next_try_at
  RETURNING 1),
heard AS (
  INSERT INTO consumed (space_id, consumer, event_id)
  SELECT c.space_id, $2, c.event_id
  FROM jsonb_to_recordset($3::jsonb) AS c(space_id bigint, event_id uuid)
  WHERE (SELECT count(*) FROM chosen) < {OPENED}
  ORDER BY 3 ON CONFLICT DO NOTHING)
SELECT (SELECT count(*)::int FROM put) AS opened, (SELECT count(*) FROM chosen) = {OPENED} AS more
"""  # noqa: S608 (likewise)


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
    rows = await database.worker(_LOOK, *map(list, columns), consumer)
    if not rows:
        return 0
    minutes = to_json([_minute(row) for row in rows]).decode()
    heard = to_json(
        [{"space_id": r["space_id"], "event_id": event} for r in rows for event in r["event_ids"]]
    ).decode()
    opened, more = 0, True
    while more:
        [put] = await database.worker(_PUT, minutes, consumer, heard)
        opened, more = opened + put["opened"], put["more"]
    database.wake()
    return opened


def _minute(row: Mapping[str, Any]) -> dict[str, Any]:
    """When those of one user's minute are told: all of it, or while others fire what was asked for."""
    burst = Burst(row["minute"], row["many"] or len(row["ids"]), row["ahead"], away=row["away"])
    at, urgent_at = when_told(burst, row["now"], _quiet(row))
    late = timedelta(seconds=burst.count // OPENED * OPENED_SECONDS)
    found = {name: row[name] for name in ("space_id", "user_id", "minute", "ids")}
    if not burst.waits:
        found |= {"first": row["first"], "last": row["last"]}
    return found | {"at": at + late, "urgent_at": urgent_at + late}


def _quiet(row: Mapping[str, Any]) -> Quiet | None:
    begin: time | None = row["quiet_from"]
    end: time | None = row["quiet_until"]
    return None if begin is None or end is None else Quiet(begin, end, row["zone"])
