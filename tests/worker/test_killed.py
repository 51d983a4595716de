"""A worker that is killed at any moment: what it was doing is done once, by the next."""

import random
from functools import partial

from tests import sowing
from tests.conftest import NOW
from tests.signals import eventually, running
from tests.worker.process import SINK, started, work
from todo_mcp.service import tasks
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store import events
from todo_mcp.store.database import Database

KILLS = 6
EACH = 20
STEPS = "SELECT (SELECT count(*) FROM consumed) + (SELECT count(*) FROM notifications)"


async def test_a_worker_killed_again_and_again_does_everything_and_does_it_once(home: Home) -> None:
    # Red with the cursor moved before publishing (occurrences are missing), and with an effect that
    # is committed without `consumed` or outside the statement that fires (there are too many).
    database = home.database
    dice = random.Random(7)  # noqa: S311 (repeatable, not secret)
    await database.worker(
        "INSERT INTO channels (user_id, kind, name, settings, confirmed_at) "
        "VALUES ($1, 'webhook', 'phone', '{}', now())",
        home.person.user,
    )
    for _ in range(KILLS):
        await _give_work(home)
        done = (await sowing.rows(database, STEPS))[0][0]
        async with started(database.url):
            some = done + dice.randint(1, 2 * EACH)
            await eventually(partial(_reached, database, some), 60)
    async with running(partial(work, database)):
        await eventually(partial(_all_done, database), 60)
    await _check(database)


async def _give_work(home: Home) -> None:
    """Recurring tasks that were completed, and reminders that are due."""
    now = Work(home.database, home.person, NOW, "test")
    weekly = {"title": "Water", "recurrence": "every friday at 9:00", "reminders": ["-1h"]}
    for _ in range(EACH):
        made = await tasks.add(now, weekly, [])
        number = made["tasks"][0]["id"]
        await tasks.complete(now, [number], "complete", None, with_subtasks=False)
    plain = [{"title": "Stretch", "reminders": ["2026-11-24T10:00"]} for _ in range(EACH)]
    await tasks.add_many(now, plain)
    await home.database.worker(
        "UPDATE reminders r SET fire_at = now() FROM tasks t "
        "WHERE t.id = r.task_id AND t.title = 'Stretch' AND r.state = 'pending'"
    )


async def _reached(database: Database, steps: int) -> bool:
    return (await sowing.rows(database, STEPS))[0][0] >= steps


async def _all_done(database: Database) -> bool:
    at = await events.position(database.worker, SINK)
    due = await sowing.rows(
        database, "SELECT FROM reminders WHERE state = 'pending' AND fire_at <= now()"
    )
    return not due and not await events.waiting(database.worker, at)


async def _check(database: Database) -> None:
    count = KILLS * EACH
    [fired] = await sowing.rows(
        database,
        "SELECT count(*), count(DISTINCT reminder_id), (SELECT count(*) FROM events "
        "WHERE type = 'todo.reminder.fired.v1') FROM notifications",
    )
    assert fired == (count, count, count)
    occurrences = await sowing.rows(
        database,
        "SELECT n, status, count(*) FROM tasks WHERE n IS NOT NULL GROUP BY 1, 2 ORDER BY 1",
    )
    assert occurrences == [(1, "done", count), (2, "open", count)]
    handled = await sowing.rows(
        database, "SELECT consumer, count(*) FROM consumed GROUP BY 1 ORDER BY 1"
    )
    assert dict(handled)["recurrence"] == count
    opened = "SELECT count(*), count(DISTINCT notification_id) FROM deliveries"
    assert await sowing.rows(database, opened) == [(count, count)]
    assert await sowing.rows(database, "SELECT * FROM dead_letters") == []
