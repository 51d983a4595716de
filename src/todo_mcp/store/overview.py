"""What get_context shows: how much is open, where, and what waits to be read."""

from datetime import date, datetime
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.store.database import Database

# Counts stop at a thousand a kind of row: beyond, a person does not count either.
_OVERVIEW: Final = """
WITH open AS MATERIALIZED (
  SELECT list_id, tags, due_on, due_at FROM tasks
  WHERE space_id = $1 AND status IN ('open', 'started') AND deleted_at IS NULL LIMIT 10001)
SELECT
 (SELECT json_build_object('zone', zone, 'week_start', week_start, 'day_start', day_start,
    'working_hours', working_hours, 'default_reminders', default_reminders,
    'quiet_hours', left(quiet_from::text, 5) || '-' || left(quiet_until::text, 5),
    'channels', ARRAY(SELECT c.name FROM channels c WHERE c.user_id = u.id
      AND c.confirmed_at IS NOT NULL AND (u.channels IS NULL OR c.name = ANY (u.channels))
      ORDER BY c.name),
    'channels_off', ARRAY(SELECT c.name FROM channels c WHERE c.user_id = u.id
      AND c.confirmed_at IS NOT NULL AND NOT c.name = ANY (u.channels) ORDER BY c.name))
  FROM users u WHERE id = $2) AS settings,
 (SELECT coalesce(json_agg(json_build_object('id', l.id, 'name', l.name, 'parent', l.parent_id,
    'inbox', l.inbox) ORDER BY l.inbox DESC, lower(l.name)), '[]')
  FROM lists l WHERE l.space_id = $1 AND l.archived_at IS NULL AND l.deleted_at IS NULL) AS lists,
 (SELECT coalesce(json_object_agg(list_id, number), '{}')
  FROM (SELECT list_id, count(*) AS number FROM open GROUP BY list_id) o) AS open,
 (SELECT coalesce(json_agg(json_build_object('name', name, 'open', number)
    ORDER BY number DESC, name), '[]')
  FROM (SELECT min(tag) AS name, count(*) AS number FROM open, unnest(tags) AS tag
        GROUP BY lower(tag)) t) AS tags,
 (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'query', query)
    ORDER BY lower(name)), '[]')
  FROM filters WHERE space_id = $1 AND deleted_at IS NULL) AS filters,
 (SELECT coalesce(json_agg(json_build_object('name', u.name, 'role', m.role) ORDER BY u.name), '[]')
  FROM members m JOIN users u ON u.id = m.user_id WHERE m.space_id = $1) AS members,
 (SELECT coalesce(json_agg(n ORDER BY n.id DESC), '[]')
  FROM (SELECT n.id, n.task_id, t.title, t.zone, n.fire_at
        FROM notifications n JOIN tasks t ON t.space_id = n.space_id AND t.id = n.task_id
        WHERE n.space_id = $1 AND n.user_id = $2 AND n.acknowledged_at IS NULL
        ORDER BY n.id DESC LIMIT 101) n) AS notifications,
 (SELECT count(*) FROM (SELECT FROM notifications
    WHERE space_id = $1 AND user_id = $2 AND acknowledged_at IS NULL LIMIT 10000) n) AS unread,
 (SELECT count(*) FROM open WHERE due_on < $3 AND due_at IS NULL OR due_at < $4) AS overdue,
 (SELECT count(*) FROM open WHERE due_on = $3) AS today,
 (SELECT count(*) > 10000 FROM open) AS many
"""


async def overview(
    database: Database, space: int, user: int, *, today: date, now: datetime
) -> dict[str, Any]:
    """Lists, tags, filters, members, settings and unread notifications, in one query.

    Counts are exact up to 10,000 open tasks; beyond, `many` says that they are of that many. Of the
    notifications the newest hundred are there, and `unread` counts them up to 10,000.
    """
    [row] = await database.app(space, _OVERVIEW, space, user, today, now)
    found = {name: row[name] for name in row.keys()}  # noqa: SIM118 (a record's items are not pairs)
    told = {
        name: from_json(value) if isinstance(value, str) else value for name, value in found.items()
    }
    # Not joined there: these roles would compare each list with each.
    open_of = told.pop("open")
    told["lists"] = [row | {"open": open_of.get(str(row["id"]), 0)} for row in told["lists"]]
    return told


async def saved_filters(database: Database, space: int) -> dict[str, str]:
    """The queries of the saved filters, by name."""
    rows = await database.app(
        space, "SELECT name, query FROM filters WHERE space_id = $1 AND deleted_at IS NULL", space
    )
    return {row["name"]: row["query"] for row in rows}


_NAMES: Final = {
    "list": "SELECT id, name FROM lists WHERE space_id = $1",
    "assignee": "SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.space_id = $1",
}


async def names(database: Database, space: int, kind: str) -> dict[str, str]:
    """What lists or people (`assignee`) are called, by their numbers as text."""
    rows = await database.app(space, _NAMES[kind], space)
    return {str(row["id"]): row["name"] for row in rows}
