"""undo of what the worker followed up, and of series and reminders."""

from typing import Any

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import fire, follow
from tests.server.stored import open_tasks, reminder_ids, reminders, rows
from todo_mcp.service.home import Home


async def test_a_completion_is_undone_with_the_occurrence_that_followed(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Water", due="today 18:00", recurrence="every day", reminders=["-1h"], subtasks=["Fern"]
        )
        done = await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        assert (await ada.call("get_context"))["lists"][0]["open"] == 3
        back = await ada.call("undo", op=done["op"])
        assert back["undone"][0] == done["op"]
        assert len(back["undone"]) == 2
        assert [t["id"] for t in back["tasks"]] == [task, (await _made(home))]
        assert (await ada.whole(task))["status"] == "open"
        assert (await ada.call("get_context"))["lists"][0]["open"] == 2
        assert [state for _, state, _ in await reminders(home, task)] == ["pending"]


async def _made(home: Home) -> str:
    """The occurrence that the worker made."""
    [row] = await rows(home, "SELECT id FROM tasks WHERE space_id = $1 AND n = 2")
    return f"t{row['id']}"


async def test_an_occurrence_taken_back_is_revived_when_its_number_comes_again(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Water", due="today 18:00", recurrence="every day", reminders=["-1h"], subtasks=["Fern"]
        )
        back: dict[str, Any] = {}
        for _ in range(3):
            hands.forward(minutes=1)
            done = await ada.call("complete_tasks", ids=[task])
            await follow(home, hands)
            hands.forward(minutes=1)
            back = await ada.call("undo", op=done["op"])
        hands.forward(minutes=1)
        await ada.call("undo", op=back["op"])
        await follow(home, hands)
        [_, following, _] = await open_tasks(home)
        assert (await ada.whole(following))["due"] == "2026-11-24T18:00+01:00"
        [after] = await reminders(home, following)
        assert after == ("-1h", "pending", "11-24 16:00")


async def test_an_occurrence_that_was_worked_on_keeps_the_completion(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day")
        done = await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        hands.forward(minutes=1)
        [following] = await open_tasks(home)
        await ada.call("update_tasks", ids=[following], notes="with care")
        error = await ada.refused("undo", op=done["op"])
        assert error.startswith(f"op: {following}, the next occurrence, was worked on")
        assert (await ada.whole(task))["status"] == "done"
        await ada.call("undo", op=done["op"], force=True)
        assert await open_tasks(home) == [task]


async def test_what_the_worker_made_is_undone_by_its_cause_only(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day", reminders=["-1h"])
        done = await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        back = await ada.call("undo", op=done["op"], dry_run=True)
        [_, made] = back["undone"]
        error = await ada.refused("undo", op=made)
        assert error.startswith(f"op: {made} followed from {done['op']}. Undo that one")
        await ada.add("Call", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        await fire(home, hands)
        [timer] = await rows(
            home, "SELECT id FROM operations WHERE space_id = $1 AND tool = 'timer'"
        )
        error = await ada.refused("undo", op=f"op{timer['id']}")
        assert "reminders that fired" in error


async def test_a_snooze_is_undone_with_what_it_had_read(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        await fire(home, hands)
        snoozed = await ada.call("set_reminder", ids=[task], action="snooze", until="20m")
        assert (await ada.call("get_context"))["notifications"] == []
        await ada.call("undo", op=snoozed["op"])
        assert len((await ada.call("get_context"))["notifications"]) == 1
        assert [state for _, state, _ in await reminders(home, task)] == ["fired"]
        hands.forward(hours=1)
        assert await fire(home, hands) == []


async def test_a_reminder_that_fired_since_is_not_unfired(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", due="today 10:30", reminders=["-10m"])
        moved = await ada.call("update_tasks", ids=[task], due="today 10:15")
        hands.forward(minutes=6)
        assert len(await fire(home, hands)) == 1
        await ada.call("undo", op=moved["op"])
        assert await reminders(home, task) == [("-10m", "pending", "11-23 09:20")]
        added = await ada.call("set_reminder", ids=[task], reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        await fire(home, hands)
        await ada.call("undo", op=added["op"])
    assert [state for _, state, _ in await reminders(home, task)] == ["pending", "removed"]


async def test_removed_reminders_come_back_where_the_due_is_now(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", due="fri 5pm", reminders=["-30m", "fri 9am"])
        removed = await ada.call("set_reminder", ids=[task], action="remove")
        await ada.call("update_tasks", ids=[task], due="sat 5pm")
        await ada.call("undo", op=removed["op"])
    assert await reminders(home, task) == [
        ("-30m", "pending", "11-28 15:30"),
        ("2026-11-27T09:00@Europe/Vienna", "pending", "11-27 08:00"),
    ]


async def test_a_series_begun_is_ended_and_begins_again(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00")
        before = await ada.whole(task)
        begun = await ada.call("set_recurrence", id=task, recurrence="every day")
        back = await ada.call("undo", op=begun["op"])
        after = await ada.whole(task)
        assert "recurrence" not in after
        assert after | {"version": 0, "updated": ""} == before | {"version": 0, "updated": ""}
        await ada.call("undo", op=back["op"])
        assert "recurrence" in await ada.whole(task)
        done = await ada.one("complete_tasks", ids=[task])
        assert done["next_occurrence"] == "2026-11-24T18:00+01:00"


async def test_dismissed_notifications_are_unread_again(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        [note] = await fire(home, hands)
        await ada.call("set_reminder", ids=[note], action="dismiss")
        await ada.call("undo")
        unread = (await ada.call("get_context"))["notifications"]
        assert [item["id"] for item in unread] == [note]
        assert len(await reminder_ids(home, task)) == 1
