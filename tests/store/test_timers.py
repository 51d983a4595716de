"""The statement that fires: in time, once, with everything that belongs to it."""

import asyncio
from typing import Any

import asyncpg
from pydantic_core import from_json

from tests import sowing
from todo_mcp import ids
from todo_mcp.domain.change import event_of
from todo_mcp.domain.events import Event
from todo_mcp.domain.reminder import Fate, Notification, Reminder
from todo_mcp.store import timers
from todo_mcp.store.database import Database

COUNTS = """
SELECT (SELECT count(*) FROM reminders WHERE state = 'fired'),
  (SELECT count(*) FROM notifications),
  (SELECT count(*) FROM events WHERE type = 'todo.reminder.fired.v1'),
  (SELECT count(DISTINCT subject_id) FROM events WHERE type = 'todo.reminder.fired.v1'),
  (SELECT count(*) FROM events WHERE type = 'todo.notification.created.v1')
"""


async def states(database: Database) -> dict[int, str]:
    found = await sowing.rows(database, "SELECT id, state FROM reminders")
    return dict[int, str](found)  # pyright: ignore[reportArgumentType]


async def drain(database: Database) -> int:
    total = 0
    while fired := await timers.fire(database.worker):
        total += fired
    return total


async def test_what_is_due_fires_and_what_is_not_stays(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 2, seconds=-1)
    await sowing.reminders(database, 2, seconds=30, first=3)
    assert await drain(database) == 2
    assert await states(database) == {1: "fired", 2: "fired", 3: "pending", 4: "pending"}


async def test_what_is_due_at_one_instant_fires_user_by_user(database: Database) -> None:
    count = 2 * timers.BATCH
    await sowing.spaces(database, 20)
    await sowing.reminders(database, count, seconds=-1, among=20)
    assert await drain(database) == count
    # One operation for each user: mixed up, each statement would write one for all of them.
    assert await sowing.rows(database, "SELECT count(*) FROM operations") == [(20,)]


async def test_the_next_one_is_told_in_seconds_by_the_databases_clock(database: Database) -> None:
    await sowing.spaces(database)
    assert await timers.next_due(database.worker) is None
    await sowing.reminders(database, 1, seconds=30)
    seconds = await timers.next_due(database.worker)
    assert seconds is not None
    assert 25 < seconds < 30
    await sowing.reminders(database, 1, seconds=-5, first=2)
    assert (await timers.next_due(database.worker) or 0) <= -5


async def fired(database: Database) -> tuple[Event, Event]:
    """The two events of one firing: the reminder's and its notification's."""
    [one, two] = await sowing.whole_log(database)
    return one.event(), two.event()


async def row(database: Database, table: str) -> dict[str, Any]:
    found = await database.worker(f"SELECT to_jsonb(r) AS it FROM {table} r")  # noqa: S608 (our own table names)
    return from_json(found[0]["it"])


async def test_a_firing_is_logged_as_a_decision_would_have_logged_it(database: Database) -> None:
    # With and without a fraction of a second: instants are written in two forms.
    for moment in ("2026-11-23 09:00:00+00", "2026-11-23 09:00:00.5+00"):
        await database.worker("DELETE FROM events")
        await database.worker("DELETE FROM notifications")
        await _one_pending(database, moment)
        before = Reminder.model_validate(await row(database, "reminders"))
        await drain(database)
        [reminding, notified] = await fired(database)
        after = Reminder.model_validate(await row(database, "reminders"))
        expected = event_of(
            after,
            before,
            "fired",
            new_id=lambda e=reminding: e.id,
            op=reminding.op or 0,
            trace=None,
        )
        notification = Notification.model_validate(await row(database, "notifications"))
        assert reminding.after is not None
        assert reminding.after.pop("notification_id") == notification.id
        assert reminding == expected
        assert notified == event_of(
            notification,
            None,
            "created",
            new_id=lambda e=notified: e.id,
            op=reminding.op or 0,
            trace=None,
        )
        assert reminding.id.version == notified.id.version == ids.event_id().version


async def _one_pending(database: Database, moment: str) -> None:
    if not await sowing.rows(database, "SELECT id FROM spaces"):
        await sowing.spaces(database)
        await sowing.reminders(database, 1)
    await database.worker(
        "UPDATE reminders SET state = 'pending', fire_at = $1::text::timestamptz", moment
    )


async def test_a_firing_is_one_operation_of_each_user_it_tells(database: Database) -> None:
    await sowing.spaces(database, 3)
    await sowing.reminders(database, 9, seconds=-1, among=3)
    await drain(database)
    assert await sowing.rows(
        database,
        "SELECT o.space_id, o.user_id, o.tool, o.result ->> 'fired', "
        "(SELECT count(*) FROM events e WHERE e.space_id = o.space_id AND e.op = o.id) "
        "FROM operations o ORDER BY 1",
    ) == [(n, n, "timer", "3", 6) for n in (1, 2, 3)]


async def test_a_reminder_raises_its_own_version_and_not_the_tasks(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 1, seconds=-1)
    await drain(database)
    assert await sowing.rows(database, "SELECT r.version, t.version FROM reminders r, tasks t") == [
        (2, 1)
    ]


async def test_four_workers_fire_each_reminder_once(database: Database) -> None:
    await sowing.spaces(database, 7)
    await sowing.reminders(database, 5_000, seconds=-1, among=7)
    async with asyncio.TaskGroup() as group:
        doing = [group.create_task(drain(database)) for _ in range(4)]
    assert sum(task.result() for task in doing) == 5_000
    assert await sowing.rows(database, COUNTS) == [(5_000,) * 5]


async def test_a_reminder_that_somebody_is_changing_is_left_alone(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 2, seconds=-1)
    other = await asyncpg.connect(database.url)
    try:
        await other.execute("BEGIN")
        await other.execute("UPDATE reminders SET state = 'cancelled', version = 2 WHERE id = 1")
        assert await drain(database) == 1
        await other.execute("COMMIT")
        assert await drain(database) == 0
    finally:
        await other.close()
    assert await states(database) == {1: "cancelled", 2: "fired"}


async def test_a_reminder_that_was_moved_ahead_does_not_fire(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 1, seconds=-1)
    await database.worker("UPDATE reminders SET fire_at = now() + interval '1 hour', version = 2")
    assert await drain(database) == 0


async def test_firing_beside_changes_keeps_the_log_in_the_order_of_versions(
    database: Database,
) -> None:
    # Red without the comparison with the snapshot's version: a change that committed after the
    # snapshot has the later transaction id, and the firing of its version the earlier one.
    await sowing.spaces(database)
    await sowing.reminders(database, 400, seconds=-1)
    over = asyncio.Event()

    async def change() -> None:
        connection = await asyncpg.connect(database.url)
        while not over.is_set():
            await connection.execute(MOVE_ALL)
        await connection.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(change())
        for _ in range(40):
            await timers.fire(database.worker)
            await database.worker("UPDATE reminders SET state = 'pending' WHERE state = 'fired'")
        over.set()
    disordered = await sowing.rows(database, DISORDERED)
    assert disordered == []
    assert await sowing.rows(
        database, "SELECT count(*) > 100 FROM events WHERE type = 'todo.reminder.fired.v1'"
    ) == [(True,)]


# Each reminder in a transaction of its own, as commands are, still due afterwards.
MOVE_ALL = """
DO $$ DECLARE one bigint; BEGIN
  FOR one IN SELECT id FROM reminders ORDER BY id LOOP
    WITH moved AS (
      UPDATE reminders SET version = version + 1, fire_at = fire_at - interval '1 second'
      WHERE id = one AND state = 'pending' RETURNING *)
    INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type)
    SELECT space_id, 1, gen_random_uuid(), 'reminder', id, version, task_id,
      'todo.reminder.moved.v1' FROM moved;
    COMMIT;
  END LOOP;
END $$
"""
DISORDERED = """
SELECT subject_id, version, earlier FROM (
  SELECT subject_id, version, lag(version) OVER (PARTITION BY subject_id ORDER BY tx, seq) AS earlier
  FROM events WHERE kind = 'reminder') o
WHERE version <> earlier + 1 ORDER BY 1 LIMIT 5
"""


async def test_a_reminder_of_a_closed_or_trashed_task_neither_fires_nor_keeps_asking(
    database: Database,
) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 2, seconds=-1)
    await database.worker("UPDATE tasks SET status = 'done', completed_at = now() WHERE id = 1")
    await database.worker("UPDATE tasks SET deleted_at = now() WHERE id = 2")
    assert await drain(database) == 0
    assert await timers.next_due(database.worker) is None


async def test_a_firing_that_has_its_notification_already_gets_no_second_one(
    database: Database,
) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 1, seconds=-1)
    await database.worker(
        "INSERT INTO notifications (space_id, id, version, user_id, task_id, reminder_id, fire_at, "
        "created_at) SELECT 1, 900, 1, 1, 1, id, fire_at, now() FROM reminders"
    )
    assert await drain(database) == 1
    [entry] = await sowing.whole_log(database)
    assert entry.type == "todo.reminder.fired.v1"
    assert (entry.event().after or {})["notification_id"] == 900
    assert await sowing.rows(database, "SELECT id FROM notifications") == [(900,)]


async def test_a_worker_that_is_cut_off_while_firing_leaves_nothing_half_done(
    database: Database,
) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 3_000, seconds=-1)
    over = asyncio.Event()

    async def cut() -> None:
        admin = await asyncpg.connect(database.url)
        while not over.is_set():
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' "
                "AND datname = current_database() AND query LIKE '%put_reminders%' "
                "AND pid <> pg_backend_pid()"
            )
        await admin.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(cut())
        for _ in range(30):
            connection = await database.listen()
            try:
                await timers.fire(connection.fetch)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                connection.terminate()
            else:
                await connection.close()
        over.set()
    await drain(database)
    assert await sowing.rows(database, COUNTS) == [(3_000,) * 5]
    assert set((await states(database)).values()) == {Fate.FIRED}
