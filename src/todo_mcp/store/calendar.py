"""What calendars are told of a space, what imported tasks are called elsewhere, and the feeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.domain.calendar import own_name
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database

PAGE: Final = 200

_PLACE: Final = (
    "SELECT id || '/' || extract(epoch FROM created_at) AS place FROM spaces WHERE id = $1"
)
_COLUMNS: Final = ", ".join(f"t.{name}" for name in Task.model_fields)
_PAGE: Final = f"""
SELECT to_jsonb(x)::text AS task FROM (
  SELECT {_COLUMNS} FROM tasks t
  WHERE t.space_id = $1 AND t.id > $2 AND t.deleted_at IS NULL
    AND ($3::bigint IS NULL OR t.list_id = $3)
    AND ($4::text[] IS NULL OR t.status = ANY ($4))
  ORDER BY t.id LIMIT {PAGE}) x
"""  # noqa: S608 (put together from our own columns)
_NAMES: Final = """
SELECT DISTINCT ON (x.uid) x.uid, x.task_id, t.series_id FROM external_ids x
JOIN tasks t ON t.space_id = x.space_id AND t.id = x.task_id
WHERE x.space_id = $1 AND (x.task_id = ANY ($2) OR t.series_id = ANY ($3))
ORDER BY x.uid, x.n DESC
"""
_CURRENT: Final = """
SELECT t.id, t.series_id FROM tasks t JOIN series s ON s.space_id = t.space_id AND s.id = t.series_id
WHERE t.space_id = $1 AND t.id = ANY ($2) AND t.status IN ('open', 'started')
  AND t.deleted_at IS NULL AND s.ended_at IS NULL
"""
_KNOWN: Final = """
SELECT DISTINCT ON (x.uid) x.uid, x.n, x.digest, t.id AS task_id, t.series_id,
  t.id IS NOT NULL AND t.deleted_at IS NULL AS here FROM external_ids x
LEFT JOIN tasks t ON t.space_id = x.space_id AND t.id = x.task_id
WHERE x.space_id = $1 AND x.uid = ANY ($2) ORDER BY x.uid, x.n DESC
"""
_OPEN_OF: Final = """
SELECT DISTINCT ON (t.series_id) t.series_id, t.id, t.deleted_at IS NULL AS here FROM tasks t
WHERE t.space_id = $1 AND t.series_id = ANY ($2)
ORDER BY t.series_id, (t.deleted_at IS NULL) DESC, t.n DESC
"""
_THERE: Final = "SELECT id FROM tasks WHERE space_id = $1 AND id = ANY ($2)"
_FINGERPRINT: Final = """
SELECT md5(concat_ws('/',
 (SELECT concat_ws(':', count(*), sum(version), max(id)) FROM tasks WHERE space_id = $1),
 (SELECT concat_ws(':', count(*), sum(version)) FROM series WHERE space_id = $1),
 (SELECT concat_ws(':', count(*), sum(version)) FROM lists WHERE space_id = $1),
 (SELECT concat_ws(':', count(*), sum(version)) FROM reminders WHERE space_id = $1 AND user_id = $2),
 (SELECT count(*) FROM external_ids WHERE space_id = $1))) AS mark
"""
_FEED: Final = """
SELECT f.space_id, f.id, f.user_id, f.list_id, u.name, u.zone FROM feeds f JOIN users u ON u.id = f.user_id
WHERE f.token_hash = $1
"""
_FEEDS: Final = """
SELECT f.id, f.created_at, l.name AS list FROM feeds f
LEFT JOIN lists l ON l.space_id = f.space_id AND l.id = f.list_id
WHERE f.space_id = $1 AND f.user_id = $2 ORDER BY f.id
"""
_TURN_ON: Final = """
INSERT INTO feeds (space_id, user_id, list_id, token_hash) VALUES ($1, $2, $3, $4) RETURNING id
"""
_TURN_OFF: Final = """
DELETE FROM feeds WHERE space_id = $1 AND user_id = $2 AND ($3::bigint IS NULL OR id = $3) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A task that a UID names: its id now (of a series the latest), and the row that says so.

    `here`: it is not in the trash.
    """

    task: int | None
    n: int = 0
    digest: str = ""
    here: bool = False

    def says(self, digest: str) -> bool:
        """Whether the task is there, and all that was to be told of it was told before."""
        return self.here and self.digest == digest


@dataclass(frozen=True, slots=True)
class Feed:
    space: int
    id: int
    user: int
    list: int | None
    name: str
    zone: str


async def place_of(database: Database, space: int) -> str:
    """What tells this space from all others, here and elsewhere."""
    [row] = await database.app(space, _PLACE, space)
    return row["place"]


async def page(
    database: Database, space: int, after: int, list_id: int | None, statuses: Sequence[str] | None
) -> list[Task]:
    """The next tasks by id that are not in the trash; fewer than a page are the last."""
    wanted = None if statuses is None else list(statuses)
    rows = await database.app(space, _PAGE, space, after, list_id, wanted)
    return [Task.model_validate(from_json(row["task"])) for row in rows]


async def current(database: Database, space: int, tasks: list[int]) -> dict[int, int]:
    """Of these the open occurrences, each with its series, which goes on."""
    rows = await database.app(space, _CURRENT, space, tasks)
    return {row["id"]: row["series_id"] for row in rows}


async def names(
    database: Database, space: int, tasks: list[int], series: list[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """The foreign UIDs of tasks, and those of series, by any of their tasks."""
    rows = await database.app(space, _NAMES, space, tasks, series)
    of_series = {r["series_id"]: r["uid"] for r in reversed(rows) if r["series_id"] in series}
    return {r["task_id"]: r["uid"] for r in reversed(rows)}, of_series


async def known(database: Database, space: int, place: str, uids: list[str]) -> dict[str, Known]:
    """What these UIDs name here: what was imported by them, and what this space gave out."""
    rows = await database.app(space, _KNOWN, space, uids)
    found = {r["uid"]: Known(r["task_id"], r["n"], r["digest"], r["here"]) for r in rows}
    series = {r["uid"]: int(r["series_id"]) for r in rows if r["series_id"] is not None}
    own = {uid: name for uid in uids if uid not in found and (name := own_name(place, uid))}
    numbers = [int(name[1:]) for name in own.values() if name[0] == "t"]
    rows = await database.app(space, _THERE, space, numbers)
    there = [int(row["id"]) for row in rows]
    for uid, name in own.items():
        number = int(name[1:])
        if name[0] == "s":
            found[uid], series[uid] = Known(None), number
        elif number in there:
            found[uid] = Known(number)
    latest = await _latest(database, space, list(series.values()))
    for uid, number in series.items():
        if number in latest:
            task, here = latest[number]
            found[uid] = replace(found[uid], task=task, here=here)
    return found


async def _latest(database: Database, space: int, series: list[int]) -> dict[int, tuple[int, bool]]:
    if not series:
        return {}
    rows = await database.app(space, _OPEN_OF, space, series)
    return {row["series_id"]: (row["id"], row["here"]) for row in rows}


async def fingerprint(database: Database, space: int, user: int) -> str:
    """Another one after every change of what a calendar is told."""
    [row] = await database.app(space, _FINGERPRINT, space, user)
    return row["mark"]


async def feed_of(database: Database, token_hash: str) -> Feed | None:
    rows = await database.worker(_FEED, token_hash)
    return None if not rows else Feed(*rows[0].values())


async def feeds(database: Database, space: int, user: int) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.app(space, _FEEDS, space, user)]


async def turn_on(
    database: Database, space: int, user: int, list_id: int | None, token_hash: str
) -> int:
    [row] = await database.app(space, _TURN_ON, space, user, list_id, token_hash, once=True)
    return row["id"]


async def turn_off(database: Database, space: int, user: int, number: int | None) -> list[int]:
    """Revoke one feed, or all of the user's in this space; which were there."""
    rows = await database.worker(_TURN_OFF, space, user, number)
    return [row["id"] for row in rows]
