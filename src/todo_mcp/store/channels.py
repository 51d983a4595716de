"""Where users are told: made, confirmed and removed outside of the tools."""

from typing import Any, Final

from pydantic_core import to_json

from todo_mcp.store.database import Database

_PUT: Final = """
INSERT INTO channels (user_id, kind, name, settings, sealed, code_hash, code_sent_at)
SELECT $1, $2, $3, '{}', $4, $5, now()
WHERE (SELECT count(*) FROM channels WHERE user_id = $1 AND name <> $3) < $6
ON CONFLICT (user_id, name) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed,
  code_hash = excluded.code_hash, code_sent_at = now(), code_tries = 0
WHERE channels.confirmed_at IS NULL
RETURNING id
"""
_CONFIRM: Final = """
UPDATE channels c SET code_tries = o.code_tries + 1,
  confirmed_at = CASE WHEN o.good THEN now() ELSE c.confirmed_at END,
  code_hash = CASE WHEN o.good THEN NULL ELSE c.code_hash END
FROM (SELECT id, code_tries, confirmed_at, code_hash = $3 AND code_tries < $4
        AND code_sent_at > now() - interval '1 day' AS good,
        code_sent_at > now() - interval '1 day' AS fresh
      FROM channels WHERE user_id = $1 AND name = $2 FOR UPDATE) o
WHERE c.id = o.id
RETURNING coalesce(o.good, false) AS good, o.confirmed_at IS NOT NULL AS already, o.code_tries, o.fresh
"""
_LIST: Final = """
SELECT c.name, c.kind, c.confirmed_at IS NOT NULL AS confirmed, coalesce(c.open_until > now(), false) AS resting,
  count(d.id) FILTER (WHERE d.state = 'pending') AS waiting,
  count(d.id) FILTER (WHERE d.state = 'sent') AS sent,
  count(d.id) FILTER (WHERE d.state = 'failed') AS failed,
  (SELECT e.error FROM deliveries e WHERE e.channel_id = c.id AND e.error IS NOT NULL
   ORDER BY e.next_try_at DESC LIMIT 1) AS error
FROM channels c LEFT JOIN deliveries d ON d.channel_id = c.id
WHERE c.user_id = $1 GROUP BY c.id ORDER BY c.name
"""
# The keys are looked at when the statement ends: both may go in one.
_REMOVE: Final = """
WITH gone AS (SELECT id FROM channels WHERE user_id = $1 AND name = $2),
no_deliveries AS (DELETE FROM deliveries WHERE channel_id IN (SELECT id FROM gone))
DELETE FROM channels WHERE id IN (SELECT id FROM gone) RETURNING id
"""
_FIND: Final = (
    "SELECT id, kind, sealed, confirmed_at FROM channels WHERE user_id = $1 AND name = $2"
)
_ALL: Final = (
    "SELECT id, sealed FROM channels WHERE sealed IS NOT NULL AND id > $1 ORDER BY id LIMIT 500"
)
_SEAL: Final = "UPDATE channels SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING id"
_SETTINGS: Final = """
SELECT zone, day_start, default_reminders, quiet_from, quiet_until, channels FROM users WHERE id = $1
"""
_SET: Final = """
UPDATE users u SET zone = r.zone, day_start = r.day_start, quiet_from = r.quiet_from,
  quiet_until = r.quiet_until, default_reminders = r.default_reminders, channels = r.channels
FROM jsonb_populate_record((SELECT o FROM users o WHERE o.id = $1), $2::jsonb) r
WHERE u.id = $1
"""


async def put(
    database: Database, user: int, name: str, *, kind: str, sealed: str, code: str, most: int
) -> bool:
    """A channel that waits for its code; False where a confirmed one has the name, or there are too many."""
    return bool(await database.worker(_PUT, user, kind, name, sealed, code, most))


async def confirm(database: Database, user: int, name: str, code: str, tries: int) -> Any:
    """What became of this try, or None where there is no such channel."""
    rows = await database.worker(_CONFIRM, user, name, code, tries, once=True)
    return rows[0] if rows else None


async def listed(database: Database, user: int) -> list[Any]:
    return await database.worker(_LIST, user)


async def find(database: Database, user: int, name: str) -> Any:
    rows = await database.worker(_FIND, user, name)
    return rows[0] if rows else None


async def remove(database: Database, user: int, name: str) -> bool:
    """With all that waits for it."""
    return bool(await database.worker(_REMOVE, user, name))


async def sealed_after(database: Database, number: int) -> list[Any]:
    """Some 500 channels of all users with numbers above this."""
    return await database.worker(_ALL, number)


async def reseal(database: Database, number: int, old: str, new: str) -> bool:
    """False where it was sealed anew meanwhile."""
    return bool(await database.worker(_SEAL, number, old, new))


async def settings(database: Database, user: int) -> dict[str, Any]:
    [row] = await database.worker(_SETTINGS, user)
    return dict(row)


async def change_settings(database: Database, user: int, changes: dict[str, Any]) -> None:
    await database.worker(_SET, user, to_json(changes).decode())
