"""Two spaces side by side: Ada's, and Bob's, whose every text has a word of its own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tests import sowing
from tests.conftest import ZONE
from tests.hands import Hands
from tests.server import meanwhile, stored
from tests.server.agent import Agent, agent
from todo_mcp import ids
from todo_mcp.service.home import Home
from todo_mcp.store import spaces
from todo_mcp.store.database import Database

CANARY: Final = "zanzibar"
# What no tool of this stage makes.
# Each has the space, a task, the user and the word.
_MORE: Final = """
INSERT INTO lists (space_id, id, version, name, created_at, updated_at)
SELECT $1, nextval('list_ids'), 1, $4 || ' list', now(), now() WHERE $2::bigint + $3 > 0;
INSERT INTO comments (space_id, id, task_id, user_id, text, created_at)
SELECT $1, nextval('comment_ids'), $2, $3, $4, now();
INSERT INTO filters (space_id, id, version, name, query)
SELECT $1, nextval('list_ids'), 1, $4 || ' filter', $4 WHERE $2::bigint + $3 > 0;
INSERT INTO claims (space_id, task_id, agent, token, until)
SELECT $1, $2, $4, $3, now() + interval '1 hour';
WITH c AS (INSERT INTO channels (user_id, kind, name, settings)
  VALUES ($3, 'webhook', $4, '{}') RETURNING id)
INSERT INTO deliveries (space_id, id, notification_id, channel_id, next_try_at)
SELECT $1, nextval('delivery_ids'), n.id, c.id, now() FROM notifications n, c
WHERE n.space_id = $1 AND $2::bigint > 0 AND $4 <> '';
INSERT INTO external_ids (space_id, uid, n, task_id, digest) VALUES ($1, $4, 1, $2, $3::bigint::text);
INSERT INTO feeds (space_id, user_id, token_hash)
SELECT $1, $3, $4 || $2::bigint;
INSERT INTO dead_letters (space_id, event_id, consumer, reason, attempts)
SELECT $1, gen_random_uuid(), $4, 'test', 1 WHERE $2::bigint + $3 > 0;
INSERT INTO consumed (space_id, consumer, event_id)
SELECT $1, $4, gen_random_uuid() WHERE $2::bigint + $3 > 0
"""
_NEWEST: Final = """
SELECT (SELECT max(id) FROM lists WHERE space_id = $1) AS list,
  (SELECT max(id) FROM reminders WHERE space_id = $1) AS reminder,
  (SELECT max(id) FROM notifications WHERE space_id = $1) AS notification,
  (SELECT max(id) FROM operations WHERE space_id = $1) AS operation
"""


@dataclass(frozen=True)
class Neighbour:
    """Somebody's home, and the ids of one thing of each kind in it; by the names that calls use."""

    home: Home
    named: dict[str, str]


async def furnished(database: Database, hands: Hands, name: str, word: str) -> Neighbour:
    """A space with something in every table, and `word` in every text."""
    home = Home(database, await spaces.enter(database, name, ZONE))
    async with agent(home, hands) as at_work:
        named = await _add(at_work, word)
        await meanwhile.fire(home, Hands(hands() + timedelta(hours=1)))
        await at_work.call("complete_tasks", ids=[named["done"]])
        await at_work.call("delete_tasks", ids=[named["trashed"]])
    number = ids.parse(named["task"], "task", "task")
    for sql in _MORE.split(";"):
        await database.worker(sql, home.person.space, number, home.person.user, word)
    [newest] = await stored.rows(home, _NEWEST)
    more = {kind: ids.short(kind, newest[kind]) for kind in newest.keys()}  # noqa: SIM118 (a record)
    return Neighbour(home, named | more | {"person": name, "listname": f"{word} list"})


async def _add(at_work: Agent, word: str) -> dict[str, str]:
    return {
        "task": await at_work.add(
            f"Buy {word}",
            notes=f"{word} notes",
            tags=[word],
            due="2026-11-23T10:30",
            reminders=["0m"],
            subtasks=[f"{word} below"],
        ),
        "weekly": await at_work.add(f"{word} weekly", recurrence="every friday at 9:00"),
        "done": await at_work.add(f"{word} done"),
        "trashed": await at_work.add(f"{word} trashed"),
    }


async def everything(database: Database, space: int) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a space, by table."""
    sql = "SELECT t::text FROM #table t WHERE space_id = $1 ORDER BY 1"
    return {
        table: await sowing.rows(database, sql.replace("#table", table), space)
        for table in await spaced(database)
    }


async def spaced(database: Database) -> list[str]:
    """The tables whose rows belong to a space."""
    rows = await database.worker(
        "SELECT table_name::text FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'space_id' ORDER BY 1"
    )
    return [row[0] for row in rows]
