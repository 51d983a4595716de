"""undo of what set_recurrence did, after the series has gone other ways."""

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import open_tasks, reminders, rows
from todo_mcp.service.home import Home

SERIES = """
SELECT s.ended_at IS NULL AS goes_on, count(t.id) AS open FROM series s
LEFT JOIN tasks t ON t.space_id = s.space_id AND t.series_id = s.id AND t.status = 'open'
WHERE s.space_id = $1 GROUP BY s.id, s.ended_at ORDER BY s.id
"""
DATES = """
SELECT n, status, due_on::text FROM tasks WHERE space_id = $1 AND deleted_at IS NULL ORDER BY n
"""


async def test_a_series_that_undo_takes_its_only_occurrence_from_ends(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water the plants", recurrence="every friday")
        stopped = await ada.call("set_recurrence", id=task, stop=True)
        await ada.call("set_recurrence", id=task, recurrence="every day")
        await ada.call("undo", op=stopped["op"], force=True)
    assert [tuple(row) for row in await rows(home, SERIES)] == [(True, 1), (False, 0)]


async def test_a_series_that_comes_back_to_a_task_closed_meanwhile_stays_ended(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water the plants")
        begun = await ada.call("set_recurrence", id=task, recurrence="every day")
        undone = await ada.call("undo", op=begun["op"])
        await ada.call("complete_tasks", ids=[task])
        await ada.call("undo", op=undone["op"])
    assert [tuple(row) for row in await rows(home, SERIES)] == [(False, 0)]


@pytest.mark.parametrize("handled", ["never", "while undone", "after all"])
async def test_a_series_whose_beginning_is_undone_and_redone_goes_on(
    home: Home, hands: Hands, era: Era, handled: str
) -> None:
    async with agent(home, hands, era) as ada:
        added = await ada.call("add_task", title="Water the plants", recurrence="every day")
        await ada.call("complete_tasks", ids=[added["tasks"][0]["id"]], action="skip")
        undone = await ada.call("undo", op=added["op"], force=True)
        if handled == "while undone":
            await follow(home, hands)
        redone = await ada.call("undo", op=undone["op"], force=True)
        if handled == "after all":
            await follow(home, hands)
        assert [tuple(row) for row in await rows(home, SERIES)] == [(True, 1)]
        assert [tuple(row) for row in await rows(home, DATES)] == [
            (1, "skipped", "2026-11-23"),
            (2, "open", "2026-11-24"),
        ]
        await ada.call("undo", op=redone["op"])
    assert await rows(home, DATES) == []
    [(goes_on, _)] = [tuple(row) for row in await rows(home, SERIES)]
    assert not goes_on


async def test_a_task_goes_back_into_a_series_that_had_ended_before(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water the plants", recurrence="every day")
        await ada.call("complete_tasks", ids=[task], action="end_series")
        await ada.call("complete_tasks", ids=[task], action="reopen")
        stopped = await ada.call("set_recurrence", id=task, stop=True)
        back = await ada.call("undo", op=stopped["op"])
    assert back["undone"] == [stopped["op"]]
    assert [tuple(row) for row in await rows(home, SERIES)] == [(False, 1)]


async def test_a_series_that_is_resumed_goes_on_as_of_the_closings_in_it(
    home: Home, hands: Hands
) -> None:
    # Red with what was closed followed as of the redo (the 26th), and with reminders that fire three days late.
    async with agent(home, hands) as ada:
        clean = {"title": "Clean", "ref": "clean", "recurrence": "every day", "due": "2026-11-24"}
        daily = {"recurrence": "every day", "due": "2026-11-23 18:00", "reminders": ["-30m"]}
        vacuum = {"title": "Vacuum", "parent": "clean", **daily}
        added = await ada.call("add_tasks", tasks=[clean, vacuum])
        announced = [
            (await ada.one("complete_tasks", ids=[task["id"]]))["next_occurrence"]
            for task in reversed(added["tasks"])
        ]
        hands.forward(days=3)
        undone = await ada.call("undo", op=added["op"], force=True)
        await ada.call("undo", op=undone["op"], force=True)
        following = [await ada.whole(task) for task in await open_tasks(home)]
        late, *_ = [
            task["id"] for task in following if task.get("recurrence") == "every day at 18:00"
        ]
    found = sorted(task["due"] for task in following if "recurrence" in task)
    assert found == announced == ["2026-11-24T18:00+01:00", "2026-11-25"]
    assert await reminders(home, late) == [("-30m", "missed", "11-24 16:30")]


async def test_what_was_added_undone_and_restored_repeats_again(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        house = {"title": "House", "ref": "house"}
        water = {"title": "Water", "parent": "house", "recurrence": "every day"}
        added = await ada.call("add_tasks", tasks=[house, water])
        undone = await ada.call("undo", op=added["op"])
        top, below = (task["id"] for task in added["tasks"])
        hands.forward(minutes=1)
        restored = await ada.call("complete_tasks", ids=[top], action="restore")
        assert (await ada.whole(below))["recurrence"] == "every day"
        assert [tuple(row) for row in await rows(home, SERIES)] == [(True, 1)]
        await ada.call("undo", op=restored["op"])
        assert [tuple(row) for row in await rows(home, SERIES)] == [(False, 1)]
        await ada.call("undo", op=undone["op"])
        await ada.call("complete_tasks", ids=[below])
        await follow(home, hands)
        assert [row["due_on"] for row in await rows(home, DATES)][:2] == [
            "2026-11-23",
            "2026-11-24",
        ]
