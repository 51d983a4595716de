"""What a call reads in a space that is full of other things: what it is about, not the space.

Red with a condition of an index given as a parameter: a plan made for any value cannot use that index.
"""

from typing import Any, Final

from tests import sowing
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.signals import eventually
from todo_mcp.service.home import Home
from todo_mcp.store.database import Database

OTHERS: Final = 10_000
# Half of them open, in a series each, half in the past of the one series there was; each with a reminder, a
# notification, an operation and an event, of yesterday.
FILL: Final = (
    "UPDATE tasks SET n = $2::int + 1 WHERE space_id = $1 AND series_id IS NOT NULL",
    "UPDATE series SET n = $2::int + 1 WHERE space_id = $1",
    """
    INSERT INTO series (space_id, id, version, recurrence, n, passed)
    SELECT $1, 1000000 + i, 1, '{"rule": "FREQ=DAILY", "zone": null, "start": "2024-01-01"}', 1, 0
    FROM generate_series(1, $2::int) i
    """,
    """
    INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by, due_on,
      series_id, n, occurs_on, created_at, updated_at, completed_at)
    SELECT $1, 1000000 + i, 1, 'Other ' || i, l.id, CASE WHEN i % 2 = 0 THEN 'open' ELSE 'done' END, 0,
      '{}', '{}', date '2024-01-01' + i % 1000,
      CASE WHEN i % 2 = 0 THEN 1000000 + i ELSE (SELECT min(id) FROM series) END, i, date '2024-01-01', at, at,
      CASE WHEN i % 2 = 1 THEN at END
    FROM lists l, generate_series(1, $2::int) i, CAST('2026-11-22 09:00Z' AS timestamptz) at
    WHERE l.space_id = $1 AND l.inbox
    """,
    """
    INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
    SELECT $1, 1000000 + i, 1, 1000000 + i, u.id, '0m', '2027-11-22 09:00Z', 'pending'
    FROM users u, generate_series(1, $2::int) i WHERE u.space_id = $1
    """,
    """
    INSERT INTO notifications (space_id, id, version, task_id, user_id, reminder_id, fire_at, created_at,
      acknowledged_at)
    SELECT $1, r.id, 1, r.task_id, r.user_id, r.id, at, at, at
    FROM reminders r, CAST('2026-11-22 09:00Z' AS timestamptz) at
    WHERE r.space_id = $1 AND r.id BETWEEN 1000001 AND 1000000 + $2::int
    """,
    """
    INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
    SELECT $1, 1000000 + i, o.user_id, o.actor, o.tool, '{}', '2026-11-22 09:00Z'
    FROM (SELECT * FROM operations LIMIT 1) o, generate_series(1, $2::int) i
    """,
    """
    INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after, op)
    SELECT $1, generation, gen_random_uuid(), 'task', 1000000 + i, 1, 1000000 + i, 'todo.task.created.v1',
      '{}', 1000000 + i FROM log, generate_series(1, $2::int) i
    """,
)
READ: Final = """
SELECT relname || ' by ' || indexrelname, idx_tup_read FROM pg_stat_user_indexes
UNION ALL SELECT relname, seq_tup_read FROM pg_stat_user_tables
"""
BACKENDS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
"""
ENOUGH: Final = 300
# Undo looks at the last two hundred of an agent, a search counts to a thousand and get_context all that
# is open, up to ten thousand.
MORE: Final = {"search_tasks": 1_100, "get_context": 6_000}
PARTS: Final = ["subtasks", "comments", "reminders", "occurrences", "history", "blockers"]


async def _calls(ada: Agent) -> list[tuple[str, dict[str, Any]]]:
    daily: dict[str, Any] = {"recurrence": "every day", "due": "11:00", "reminders": ["-30m"]}
    task = {"ids": [await ada.add("Water", subtasks=["Fern", "Ivy"], **daily)]}
    one = {"ids": [await ada.add("Other")]}
    top = {"ids": [await ada.add("Parent")]}
    [[other], [parent]] = one["ids"], top["ids"]
    waiting = await ada.call("add_task", title="Waiting", blocked_by=[other])
    return [
        ("get_context", {}),
        ("get_tasks", task | {"include": PARTS}),
        ("search_tasks", {"query": "water"}),
        ("search_tasks", {}),
        ("add_task", {"title": "A", "parent": parent, "blocked_by": [other], "due": "tomorrow"}),
        ("add_tasks", {"tasks": [{"title": "B", "ref": "b", "parent": parent}, {"title": "C", "parent": "b"}]}),
        ("update_tasks", task | {"title": "Flowers", "parent": parent, "blocked_by": [other]}),
        ("set_reminder", task | {"reminders": ["-30m"]}),
        ("set_recurrence", {"id": task["ids"][0], "recurrence": "every 2 days"}),
        ("reschedule_tasks", task | {"by": "1d"}),
        ("complete_tasks", one),
        ("complete_tasks", task | {"with_subtasks": True}),
        ("complete_tasks", task | {"action": "reopen"}),
        ("undo", {}),
        ("undo", {"op": waiting["op"], "force": True}),
        ("delete_tasks", top | {"confirm": True}),
        ("complete_tasks", top | {"action": "restore"}),
        ("delete_tasks", top | {"confirm": True}),
        ("delete_tasks", top | {"purge": True, "confirm": True}),
    ]  # fmt: skip


async def _read_by(
    home: Home, hands: Hands, url: str, tool: str, **arguments: Any
) -> dict[str, int]:
    """What connections of its own read for a call; they tell of it when they end."""
    before = dict(await sowing.rows(home.database, READ))
    [(others,)] = await sowing.rows(home.database, BACKENDS)
    own = Database(url)
    async with agent(Home(own, home.person), hands) as ada:
        await ada.call(tool, **arguments)
    await own.close()

    async def ended() -> bool:
        return await sowing.rows(home.database, BACKENDS) == [(others,)]

    await eventually(ended)
    after = await sowing.rows(home.database, READ)
    return {name: read - before[name] for name, read in after}


async def test_a_call_reads_what_it_is_about_however_full_the_space(
    home: Home, hands: Hands, url: str
) -> None:
    async with agent(home, hands) as ada:
        calls = await _calls(ada)
    for sql in FILL:
        await sowing.as_admin(home.database, sql, home.person.space, OTHERS)
    await sowing.as_admin(home.database, "ANALYZE")
    for tool, arguments in calls:
        read = await _read_by(home, hands, url, tool, **arguments)
        much = {name: count for name, count in read.items() if count > MORE.get(tool, ENOUGH)}
        assert not much, (tool, arguments)
        assert sum(read.values()) > 0
