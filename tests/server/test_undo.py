"""undo, through a real client on a real PostgreSQL."""

from typing import Any

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.meanwhile import fire, follow
from tests.server.stored import open_tasks, reminder_ids, reminders, rows
from todo_mcp.service.home import Home


async def _full(ada: Agent, task: str, *include: str) -> dict[str, Any]:
    answer = await ada.call("get_tasks", ids=[task], include=list(include))
    [full] = answer["tasks"]
    return full


async def test_an_update_is_undone_by_its_op(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk", due="fri 5pm", priority="low", tags=["shop"])
        before = await _full(ada, task)
        hands.forward(minutes=1)
        op = (
            await ada.call(
                "update_tasks",
                ids=[task],
                title="Buy oat milk",
                due="sat 9am",
                priority="high",
                notes="the blue one",
                clear=["tags"],
            )
        )["op"]
        answer = await ada.call("undo", op=op)
        after = await _full(ada, task)
    assert answer["undone"] == [op]
    [told] = answer["tasks"]
    assert told["changed"]["title"] == ["Buy oat milk", "Buy milk"]
    assert told["changed"]["due"] == ["2026-11-28T09:00+01:00", "2026-11-27T17:00+01:00"]
    assert after | {"version": 0, "updated": ""} == before | {"version": 0, "updated": ""}
    assert after["version"] == 3


async def test_undo_of_an_undo_is_redo(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk")
        change = await ada.call("update_tasks", ids=[task], title="Buy oat milk")
        back = await ada.call("undo", op=change["op"])
        again = await ada.call("undo", op=back["op"])
        assert (await _full(ada, task))["title"] == "Buy oat milk"
        assert again["undone"] == [back["op"]]
        await ada.call("undo", op=again["op"])
        assert (await _full(ada, task))["title"] == "Buy milk"


async def test_the_last_go_back_one_by_one_past_what_is_undone(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One")
        ops = [
            (await ada.call("update_tasks", ids=[task], title=title))["op"]
            for title in ("Two", "Three", "Four")
        ]
        assert (await ada.call("undo"))["undone"] == [ops[2]]
        assert (await _full(ada, task))["title"] == "Three"
        assert (await ada.call("undo", last=2))["undone"] == [ops[1], ops[0]]
        assert (await _full(ada, task))["title"] == "One"
        await ada.call("undo", last=1)
        error = await ada.refused("undo", last=1)
    assert error.startswith("last: there is nothing to undo")


async def test_what_was_added_goes_to_the_trash_with_all_below_and_comes_back(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        answer = await ada.call(
            "add_task", title="Trip", due="fri 5pm", reminders=["-1d"], subtasks=["Pack", "Book"]
        )
        task = answer["tasks"][0]["id"]
        back = await ada.call("undo", op=answer["op"])
        assert [t["id"] for t in back["tasks"]] == [task]
        assert back["tasks"][0]["changed"]["deleted"] == [False, True]
        assert await reminders(home, task) == [("-1d", "cancelled", "11-26 16:00")]
        assert (await ada.call("get_context"))["lists"][0]["open"] == 0
        await ada.call("undo", op=back["op"])
        assert await reminders(home, task) == [("-1d", "pending", "11-26 16:00")]
        assert (await ada.call("get_context"))["lists"][0]["open"] == 3


async def test_undone_is_undone_once(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One")
        change = await ada.call("update_tasks", ids=[task], title="Two")
        back = await ada.call("undo", op=change["op"])
        error = await ada.refused("undo", op=change["op"])
        assert error == (
            f"op: {change['op']} is undone already, by {back['op']}. Undo {back['op']} to redo it."
        )
        second = await ada.call("update_tasks", ids=[task], title="Three")
        await ada.call("update_tasks", ids=[task], title="One")
        error = await ada.refused("undo", op=second["op"])
    assert error.startswith(f"op: nothing of {second['op']} is left to undo")


async def test_a_field_that_was_changed_since_is_not_overwritten_unless_forced(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One", due="fri 5pm")
        first = await ada.call("update_tasks", ids=[task], title="Two", priority="high")
        second = await ada.call("update_tasks", ids=[task], title="Three")
        error = await ada.refused("undo", op=first["op"])
        assert error == (
            f"op: title of {task} changed since {first['op']}, by ada ({second['op']}). "
            "Undo that first, or use force to override it."
        )
        full = await _full(ada, task)
        assert (full["title"], full["priority"]) == ("Three", "high")
        await ada.call("undo", op=first["op"], force=True)
        full = await _full(ada, task)
    assert full["title"] == "One"
    assert "priority" not in full


async def test_another_field_that_was_changed_since_stays(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One", due="fri 5pm")
        first = await ada.call("update_tasks", ids=[task], title="Two")
        await ada.call("update_tasks", ids=[task], priority="high")
        await ada.call("undo", op=first["op"])
        full = await _full(ada, task)
    assert (full["title"], full["priority"]) == ("One", "high")


async def test_parts_of_a_due_are_taken_back_together(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One", due="2026-11-27")
        first = await ada.call("update_tasks", ids=[task], due="2026-11-28")
        await ada.call("update_tasks", ids=[task], due="2026-11-28T17:00")
        error = await ada.refused("undo", op=first["op"])
        assert error.startswith(f"op: due of {task} changed since")
        await ada.call("undo", op=first["op"], force=True)
        full = await _full(ada, task)
    assert full["due"] == "2026-11-27"


async def test_deleted_tasks_come_back_with_subtasks_and_reminders(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Trip", due="fri 5pm", reminders=["-1d", "today 11:00"], subtasks=["Pack"]
        )
        gone = await ada.call("delete_tasks", ids=[task])
        hands.forward(hours=2)
        back = await ada.call("undo", op=gone["op"])
        assert (await ada.call("get_context"))["lists"][0]["open"] == 2
        assert len(back["warnings"]) == 1
        assert [state for _, state, _ in await reminders(home, task)] == ["pending", "missed"]
        assert await fire(home, hands) == []


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
        assert (await _full(ada, task))["status"] == "open"
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
        assert (await _full(ada, following))["due"] == "2026-11-24T18:00+01:00"
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
        assert (await _full(ada, task))["status"] == "done"
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


async def test_where_one_of_the_last_cannot_be_undone_those_before_it_stay(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada, agent(home, hands, era) as other:
        task = await ada.add("One")
        ops = [
            (await ada.call("update_tasks", ids=[task], **change))["op"]
            for change in ({"title": "Two"}, {"priority": "high"}, {"notes": "new"})
        ]
        other.client.client_info = None
        await _as_another_client(home, ops[1])
        answer = await ada.call("undo", last=2)
        assert answer["undone"] == [ops[2], ops[0]]


async def _as_another_client(home: Home, op: str) -> None:
    await home.database.worker(
        """UPDATE operations SET actor = '{"client": "other"}' WHERE space_id = $1 AND id = $2""",
        home.person.space,
        int(op.removeprefix("op")),
    )


async def test_an_unknown_op_and_one_older_than_30_days_are_refused(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One")
        old = await ada.call("update_tasks", ids=[task], title="Two")
        unknown = await ada.refused("undo", op="op999999")
        kind = await ada.refused("undo", op=task)
        both = await ada.refused("undo", op=old["op"], last=2)
        hands.forward(days=30, seconds=1)
        late = await ada.refused("undo", op=old["op"])
        none = await ada.refused("undo", last=20)
    assert unknown.startswith("op: there is no operation op999999.")
    assert kind == f"op: {task} is a task; this wants an operation (op…)."
    assert both.startswith("last: ")
    assert late == f"op: {old['op']} is older than 30 days."
    assert none.startswith("last: there is nothing to undo")


async def test_a_move_is_not_undone_into_a_circle(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        outer = await ada.add("Outer")
        inner = await ada.add("Inner", parent=outer)
        out = await ada.call("update_tasks", ids=[inner], clear=["parent"])
        await ada.call("update_tasks", ids=[outer], parent=inner)
        error = await ada.refused("undo", op=out["op"])
        assert error.startswith(f"op: {inner} cannot go back to where it was: parent: ")
        assert "parent" not in await _full(ada, inner)


async def test_the_same_key_undoes_once(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One")
        for title in ("Two", "Three"):
            await ada.call("update_tasks", ids=[task], title=title)
        first = await ada.call("undo", last=1, idempotency_key="undo-once")
        again = await ada.call("undo", last=1, idempotency_key="undo-once")
        assert again == first | {"replayed": True}
        assert (await _full(ada, task))["title"] == "Two"


async def test_a_series_begun_is_ended_and_begins_again(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00")
        before = await _full(ada, task)
        begun = await ada.call("set_recurrence", id=task, recurrence="every day")
        back = await ada.call("undo", op=begun["op"])
        after = await _full(ada, task)
        assert "recurrence" not in after
        assert after | {"version": 0, "updated": ""} == before | {"version": 0, "updated": ""}
        await ada.call("undo", op=back["op"])
        assert "recurrence" in await _full(ada, task)
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
