"""`todo-mcp retain`: what goes, what stays, and who still finds what they need."""

import asyncio
from typing import Any

import asyncpg
import jsonschema
import pytest
from pydantic_core import from_json

from tests import aging, living, sowing
from tests.cli.commands import Said, begun, todo_mcp
from tests.contract.test_event_schemas import committed
from tests.hands import Hands
from tests.server.agent import agent
from tests.signals import eventually
from todo_mcp.clock import utc_now
from todo_mcp.messaging.envelope import wrap
from todo_mcp.service.home import Home
from todo_mcp.store import dead_letters
from todo_mcp.store.events import START

OLD = 40  # days before the test's own time, which is past
_TYPES = "SELECT type FROM events WHERE kind = 'task' AND subject_id = $1 ORDER BY version"
_TEXT = """
SELECT count(*) FROM (SELECT to_jsonb(e)::text AS text FROM events e
  UNION ALL SELECT to_jsonb(o)::text FROM operations o) x WHERE text LIKE '%' || $1::text || '%'
"""


async def retain(home: Home, days: int = 30, **given: str) -> Said:
    return await todo_mcp("retain", "--days", str(days), DATABASE_URL=home.database.url, **given)


async def types(home: Home, task: str) -> list[str]:
    return [row[0] for row in await sowing.rows(home.database, _TYPES, int(task[1:]))]


async def test_what_is_older_becomes_snapshots(home: Home, hands: Hands) -> None:
    await living.live(home, hands)
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database)
    [(events,)] = await sowing.rows(home.database, "SELECT count(*) FROM events")
    rows, sums = await aging.dump(home), await aging.statistics(home)
    said = await retain(home)
    assert (said.code, said.err) == (0, "")
    left = await sowing.whole_log(home.database, START)
    assert f" {events - len(left):,} events and " in said.out
    assert len({(entry.kind, entry.subject_id) for entry in left}) == len(left)
    for entry in left:
        told = from_json(wrap(entry).to_json())
        jsonschema.validate(told, from_json(committed(entry.type)))
    await aging.well(home)
    assert (await aging.dump(home), await aging.statistics(home)) == (rows, sums)
    again = await retain(home)
    assert again.out == (
        "older than 30 days: 0 snapshots in place of events, 0 events and 0 operations deleted\n"
    )


@pytest.mark.parametrize("days", [29, 0, -1, 99_999])
async def test_undo_needs_thirty_days(home: Home, days: int) -> None:
    said = await retain(home, days)
    assert (said.code, said.out) == (1, "")
    assert f"days: {days} is not possible; undo goes back 30 days. Use 30 to " in said.err


async def test_without_a_reader_nothing_goes(home: Home, hands: Hands) -> None:
    await living.live(home, hands)
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database, "dapr")
    before = await living.table(home, "events")
    said = await retain(home)
    assert (said.code, said.out) == (1, "")
    assert "bus: local has read nothing of the log yet" in said.err
    assert await living.table(home, "events") == before


async def test_what_one_sink_has_not_read_stays(home: Home, hands: Hands) -> None:
    await living.live(home, hands)
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database)
    at = await aging.read_by(home.database, "statistics", 0.4)
    before = await sowing.whole_log(home.database, at)
    said = await retain(home)
    assert said.code == 1
    assert "statistics: this sink has not read all that is older than 30 days" in said.err
    assert " 0 events " not in said.out
    assert await sowing.whole_log(home.database, at) == before
    await aging.well(home)


async def test_what_undo_can_still_reach_stays_whatever_the_events_say(
    home: Home, hands: Hands
) -> None:
    hands.now = utc_now()
    async with agent(home, hands) as ada:
        task = await ada.add("Milk")
        await ada.call("update_tasks", ids=[task], title="Bread")
        # A database whose clock goes wrong stamps events only; operations have their caller's time.
        await home.database.worker("UPDATE events SET created_at = created_at - interval '40 days'")
        await aging.read_by(home.database)
        assert (await retain(home)).code == 0
        assert await types(home, task) == ["todo.task.created.v1", "todo.task.updated.v1"]
        assert (await ada.one("undo", last=1))["title"] == "Milk"


async def test_the_letter_of_a_dead_event_can_still_be_replayed(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Milk")
        for title in ("Bread", "Butter", "Cheese"):
            await ada.call("update_tasks", ids=[task], title=title)
    entries = await sowing.whole_log(home.database, START)
    await dead_letters.bury(
        home.database, home.person.space, entries[2].id, consumer="recurrence", reason="for a test"
    )
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database)
    assert (await retain(home)).code == 0
    left = ["todo.task.snapshotted.v1", "todo.task.updated.v1", "todo.task.updated.v1"]
    assert await types(home, task) == left
    [letter] = await dead_letters.buried(home.database)
    assert (letter.entry.before, letter.entry.after) == (entries[2].before, entries[2].after)
    await aging.well(home)


async def test_a_closed_occurrence_whose_next_is_to_be_made_keeps_its_closing(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        first = await ada.add("Water", recurrence="every week", due="tomorrow")
        await ada.call("update_tasks", ids=[first], title="Water the plants")
        await ada.call("complete_tasks", ids=[first])
        await aging.aged(home.database, OLD)
        await aging.read_by(home.database)
        assert (await retain(home)).code == 0
        assert await types(home, first) == ["todo.task.snapshotted.v1", "todo.task.completed.v1"]
        await living.deliver(home)
        assert len((await ada.call("search_tasks", query="plants"))["tasks"]) == 1
        await aging.aged(home.database, OLD)
        await aging.read_by(home.database)
        assert (await retain(home)).code == 0
        assert await types(home, first) == ["todo.task.snapshotted.v1"]
    await aging.well(home)


async def test_of_what_was_purged_the_purge_stays(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Milk", due="tomorrow 9:00", reminders=["-1h"])
        await ada.call("delete_tasks", ids=[task])
        await ada.call("delete_tasks", ids=[task], purge=True, confirm=True)
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database)
    assert (await retain(home)).code == 0
    [(kind, type_)] = await sowing.rows(home.database, "SELECT kind, type FROM events")
    assert (kind, type_) == ("task", "todo.task.purged.v1")
    await aging.well(home)


async def test_text_purged_after_its_events_went_is_nowhere(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        made = await ada.call(
            "add_tasks",
            tasks=[{"title": "Zyxwv"}, {"title": "Bread"}],
            idempotency_key="the-only-one",
        )
        secret, other = (task["id"] for task in made["tasks"])
        await ada.call("update_tasks", ids=[secret, other], tags=["home"])
        await ada.call("update_tasks", ids=[secret], title="Zyxwv again")
        await ada.call("delete_tasks", ids=[secret])
        await aging.aged(home.database, OLD)
        await aging.read_by(home.database)
        assert (await retain(home)).code == 0
        await ada.call("delete_tasks", ids=[secret], purge=True, confirm=True)
    assert await sowing.rows(home.database, _TEXT, "Zyxwv") == [(0,)]
    assert await sowing.rows(home.database, _TEXT, "Bread") == [(1,)]


async def test_a_key_is_known_as_long_as_ever(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        given: dict[str, Any] = {"title": "Milk", "idempotency_key": "one-of-a-kind"}
        task = await ada.one("add_task", **given)
        gone = await ada.one("add_task", title="Bread")
        for _ in range(2):
            await ada.call("update_tasks", ids=[task["id"], gone["id"]], notes="More")
            await ada.call("update_tasks", ids=[task["id"], gone["id"]], clear=["notes"])
        await aging.aged(home.database, OLD)
        await aging.read_by(home.database)
        said = await retain(home)
        assert said.out.endswith(" 4 operations deleted\n")
        again = await ada.call("add_task", **given)
        assert (again["replayed"], again["tasks"][0]["id"]) == (True, task["id"])
        assert len((await ada.call("search_tasks"))["tasks"]) == 2


async def test_killed_between_batches_it_is_as_if_it_had_ended_there(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        for _ in range(11):
            made = await ada.call("add_tasks", tasks=[{"title": "Milk"}] * 50)
            await ada.call("update_tasks", ids=[t["id"] for t in made["tasks"]], title="Bread")
    await aging.aged(home.database, OLD)
    await aging.read_by(home.database)
    sums = await aging.statistics(home)
    connection = await asyncpg.connect(home.database.url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT FROM events ORDER BY subject_id DESC LIMIT 1 FOR UPDATE")
        async with begun("retain", "--days", "30", DATABASE_URL=home.database.url) as process:

            async def waits() -> bool:
                asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                return await sowing.as_admin(home.database, asked) > 0

            await eventually(waits)
            process.kill()
            await asyncio.to_thread(process.wait)
        await transaction.rollback()
    finally:
        await connection.close()
    [(snapshots,)] = await sowing.rows(
        home.database, "SELECT count(*) FROM events WHERE type = 'todo.task.snapshotted.v1'"
    )
    assert snapshots >= 500
    await aging.well(home)
    assert await aging.statistics(home) == sums
    assert (await retain(home)).code == 0
    assert await sowing.rows(home.database, "SELECT count(*) FROM events") == [(550,)]
    await aging.well(home)
    assert await aging.statistics(home) == sums
