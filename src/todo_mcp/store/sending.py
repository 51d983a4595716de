"""Deliveries that are due, of all spaces: claimed as messages under a lease, and settled.

A claim is one statement. It gives each row a new token and puts its next try behind the lease, so that
a sender that dies is followed by another, and one that comes back late settles nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic_core import from_json, to_json

from todo_mcp.domain.message import DIGEST, Told

Run: TypeAlias = Callable[..., Awaitable[list[Any]]]
Outcome: TypeAlias = Literal["sent", "retry", "failed", "dropped"]

LEASE_SECONDS: Final = 60
FINAL_HOURS: Final = 24
# Messages of one channel under way at once.
PER_CHANNEL: Final = 4
# Rows of one channel that are looked at to choose its messages.
ROWS: Final = 200
# What one message tells of at most, and one claim altogether, as a statement ends in bounded time.
MOST: Final = 20_000
# Notifications that a message names; of others it only has the number.
TOLD: Final = 200
# Failures in a row after which a channel is left alone for a while, and then tried with one message.
BREAKER: Final = 5

# Channels with something pending, found by leaps along the index: what waits for one that is slow or
# down is never read for the others. What came together and was never sent goes as one message, however
# much it is: it is claimed whole, and named in part. What was sent keeps its message.
_CLAIM: Final = f"""
WITH RECURSIVE waiting AS (
  (SELECT channel_id FROM deliveries WHERE state = 'pending' AND channel_id > $1
   ORDER BY channel_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.channel_id FROM deliveries d WHERE d.state = 'pending'
      AND d.channel_id > w.channel_id ORDER BY d.channel_id LIMIT 1)
  FROM waiting w WHERE w.channel_id IS NOT NULL),
due AS MATERIALIZED (
  SELECT c.id, c.failures, (SELECT count(*) FROM (SELECT FROM deliveries d
      WHERE d.channel_id = c.id AND d.state = 'pending' AND d.next_try_at <= now()
      LIMIT {MOST}) d) AS many
  FROM waiting w CROSS JOIN LATERAL (
    SELECT c.id, c.failures FROM channels c
    WHERE c.id = w.channel_id AND c.confirmed_at IS NOT NULL AND NOT c.id = ANY ($2::bigint[])
      AND (c.open_until IS NULL OR c.open_until <= now())
      AND EXISTS (SELECT FROM deliveries d WHERE d.channel_id = c.id AND d.state = 'pending'
        AND d.next_try_at <= now())
    LIMIT 1) c
  LIMIT $3),
chosen AS MATERIALIZED (
  SELECT s.id, s.failures FROM (
    SELECT d.*, sum(d.many) OVER (ORDER BY d.id) AS total FROM due d) s
  WHERE s.total <= {MOST} OR s.total = s.many),
looked AS MATERIALIZED (
  SELECT p.* FROM chosen c CROSS JOIN LATERAL (
    SELECT d.id, d.channel_id, d.message_id, c.failures FROM deliveries d
    WHERE d.channel_id = c.id AND d.state = 'pending' AND d.next_try_at <= now()
    ORDER BY d.next_try_at, d.message_id, d.id LIMIT {ROWS}) p),
named AS (
  SELECT l.*, count(*) FILTER (WHERE l.message_id IS NULL) OVER one >= {DIGEST} AS many,
    min(l.id) FILTER (WHERE l.message_id IS NULL) OVER one AS first
  FROM looked l WINDOW one AS (PARTITION BY l.channel_id)),
ranked AS (
  SELECT DISTINCT n.channel_id, n.failures, n.message_id,
    coalesce(n.message_id, CASE WHEN n.many THEN n.first ELSE n.id END) AS message,
    CASE WHEN n.message_id IS NULL AND NOT n.many THEN n.id END AS single
  FROM named n),
messages AS MATERIALIZED (
  SELECT * FROM (
    SELECT r.*, row_number() OVER (PARTITION BY r.channel_id ORDER BY r.message) AS rank
    FROM ranked r) r
  WHERE r.rank <= CASE WHEN r.failures >= {BREAKER} THEN 1 ELSE {PER_CHANNEL} END),
picked AS MATERIALIZED (
  SELECT m.message, p.* FROM messages m CROSS JOIN LATERAL (
    SELECT d.space_id, d.id, d.lease_token FROM deliveries d
    WHERE d.channel_id = m.channel_id AND d.state = 'pending' AND d.next_try_at <= now()
      AND d.message_id IS NOT DISTINCT FROM m.message_id AND (m.single IS NULL OR d.id = m.single)
    ORDER BY d.next_try_at, d.id LIMIT {MOST} FOR NO KEY UPDATE OF d SKIP LOCKED) p),
taken AS (
  UPDATE deliveries d SET message_id = p.message, attempts = d.attempts + 1,
    lease_token = p.token, lease_until = now() + make_interval(secs => {LEASE_SECONDS}),
    next_try_at = now() + make_interval(secs => {LEASE_SECONDS})
  FROM (SELECT p.space_id, p.id, p.message,
      max(p.lease_token) OVER (PARTITION BY p.message) + 1 AS token FROM picked p) p
  WHERE d.space_id = p.space_id AND d.id = p.id
  RETURNING d.space_id, d.id, d.channel_id, d.notification_id, d.message_id, d.lease_token,
    d.attempts),
parts AS (
  SELECT t.message_id, t.channel_id, max(t.attempts) AS attempts, json_build_object(
    'space', t.space_id, 'message', t.message_id, 'first', min(t.id), 'last', max(t.id),
    'token', max(t.lease_token), 'count', count(*)) AS part
  FROM taken t GROUP BY t.message_id, t.channel_id, t.space_id),
told AS (
  SELECT t.message_id, n.id, n.created_at, n.space_id, n.task_id,
    row_number() OVER (PARTITION BY t.message_id ORDER BY n.id) AS nth
  FROM taken t JOIN notifications n ON n.space_id = t.space_id AND n.id = t.notification_id
  WHERE n.acknowledged_at IS NULL AND (SELECT k.id FROM tasks k
    WHERE k.space_id = n.space_id AND k.id = n.task_id) IS NOT NULL),
items AS MATERIALIZED (
  SELECT t.message_id, max(t.nth)::int AS many, json_agg(json_build_object(
    'notification', t.id, 'task', k.id, 'title', k.title, 'fired', t.created_at,
    'due_on', k.due_on, 'due_at', k.due_at, 'zone', k.zone) ORDER BY t.nth)
    FILTER (WHERE k.id IS NOT NULL) AS items
  FROM told t LEFT JOIN tasks k ON t.nth <= {TOLD} AND k.space_id = t.space_id
    AND k.id = t.task_id
  GROUP BY 1)
SELECT p.message_id AS message, c.id AS channel, c.kind, c.sealed, u.zone,
  max(p.attempts) AS attempts, json_agg(p.part) AS parts,
  coalesce(max(i.many), 0) AS many, coalesce(max(i.items::text), '[]') AS items
FROM parts p JOIN channels c ON c.id = p.channel_id JOIN users u ON u.id = c.user_id
LEFT JOIN items i ON i.message_id = p.message_id
GROUP BY p.message_id, c.id, u.id ORDER BY c.id, p.message_id
"""  # noqa: S608 (put together from the constants above)

# Only whoever holds the latest token may say what became of a row. Those of a message were opened
# together, so they are found between its first and its last. A channel's failures are counted by
# messages: a digest is one. The empty text keeps the plan from an index of all that is pending, which a
# plan made while the table was empty would go through for each row.
_SETTLE: Final = f"""
WITH done AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(space bigint, message bigint, first bigint,
    last bigint, token bigint, outcome text, error text, seconds float8)),
put AS (
  UPDATE deliveries d SET lease_until = NULL, error = done.error,
    next_try_at = now() + make_interval(secs => done.seconds),
    state = CASE WHEN done.outcome <> 'retry' THEN done.outcome
      WHEN now() + make_interval(secs => done.seconds)
        > d.created_at + make_interval(hours => {FINAL_HOURS}) THEN 'failed'
      ELSE 'pending' END
  FROM done WHERE d.space_id = done.space AND d.id BETWEEN done.first AND done.last
    AND d.message_id = done.message AND d.lease_token = done.token AND d.state || '' = 'pending'
  RETURNING d.channel_id, d.message_id, done.outcome),
heard AS (
  SELECT channel_id, bool_or(outcome = 'sent') AS good,
    count(DISTINCT message_id)::int AS bad
  FROM put WHERE outcome <> 'dropped' GROUP BY 1),
health AS (
  UPDATE channels c SET failures = CASE WHEN h.good THEN 0 ELSE c.failures + h.bad END,
    open_until = CASE WHEN NOT h.good AND c.failures + h.bad >= {BREAKER}
      THEN now() + make_interval(
        secs => least(1800, 30 * 2 ^ least(c.failures + h.bad - {BREAKER}, 10))) END
  FROM heard h WHERE c.id = h.channel_id AND (NOT h.good OR c.failures > 0)
  RETURNING c.id, c.open_until)
SELECT (SELECT count(*)::int FROM put) AS settled,
  ARRAY(SELECT id FROM health WHERE open_until IS NOT NULL) AS resting
"""  # noqa: S608

_EXPIRE: Final = f"""
WITH old AS (
  SELECT space_id, id FROM deliveries
  WHERE state = 'pending' AND created_at <= now() - make_interval(hours => {FINAL_HOURS})
    AND (lease_until IS NULL OR lease_until <= now())
    AND attempts > 0 LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE deliveries d SET state = 'failed', error = coalesce(d.error, 'given up')
FROM old WHERE d.space_id = old.space_id AND d.id = old.id RETURNING 1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message under our lease: `many` of its notifications are still unread, `items` are the first.

    `parts` say which rows it has: how many of a space, between which ids, and under which token.
    """

    message: int
    channel: int
    kind: str
    sealed: str | None
    zone: str
    attempts: int
    parts: list[dict[str, int]]
    many: int
    items: list[Told]

    @property
    def rows(self) -> int:
        return sum(part["count"] for part in self.parts)


async def claim(run: Run, *, after: int, busy: Iterable[int], channels: int) -> list[Claimed]:
    """Messages that are due for at most so many channels with a number above `after`, none of them busy."""
    rows = await run(_CLAIM, after, list(busy), channels)
    return [
        Claimed(
            row["message"],
            row["channel"],
            row["kind"],
            row["sealed"],
            row["zone"],
            row["attempts"],
            from_json(row["parts"]),
            row["many"],
            [_told(item) for item in from_json(row["items"])],
        )
        for row in rows
    ]


def _told(item: dict[str, Any]) -> Told:
    return Told(
        item["notification"],
        item["task"],
        item["title"],
        datetime.fromisoformat(item["fired"]),
        date.fromisoformat(item["due_on"]) if item["due_on"] else None,
        datetime.fromisoformat(item["due_at"]) if item["due_at"] else None,
        item["zone"],
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a message; `seconds` until it is tried again."""

    message: Claimed
    outcome: Outcome
    error: str | None = None
    seconds: float = 0


async def settle(run: Run, settlements: Sequence[Settlement]) -> tuple[int, list[int]]:
    """How many rows were still ours to settle, and which channels are now left alone for a while."""
    done = [
        {**part, "outcome": one.outcome, "error": one.error, "seconds": one.seconds}
        for one in settlements
        for part in one.message.parts
    ]
    [found] = await run(_SETTLE, to_json(done).decode())
    return found["settled"], found["resting"]


async def expire(run: Run) -> int:
    """Give up what was tried for a day; answers how many."""
    return len(await run(_EXPIRE))
