"""undo, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import fire
from tests.server.stored import reminders
from todo_mcp.service.home import Home


async def test_an_update_is_undone_by_its_op(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk", due="fri 5pm", priority="low", tags=["shop"])
        before = await ada.whole(task)
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
        after = await ada.whole(task)
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
        assert (await ada.whole(task))["title"] == "Buy oat milk"
        assert again["undone"] == [back["op"]]
        await ada.call("undo", op=again["op"])
        assert (await ada.whole(task))["title"] == "Buy milk"


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
        assert (await ada.whole(task))["title"] == "Three"
        assert (await ada.call("undo", last=2))["undone"] == [ops[1], ops[0]]
        assert (await ada.whole(task))["title"] == "One"
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


async def test_a_restored_subtask_goes_back_without_the_parent_that_was_purged_since(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        top = await ada.add("Trip")
        task = await ada.add("Tickets", parent=top)
        await ada.call("delete_tasks", ids=[top], confirm=True)
        restored = await ada.call("complete_tasks", ids=[task], action="restore")
        await ada.call("delete_tasks", ids=[top], purge=True, confirm=True)
        undone = await ada.call("undo", op=restored["op"])
        assert undone["warnings"] == [f"{task}: its parent is gone; it is now a task of its own."]
        await ada.call("complete_tasks", ids=[task], action="restore")
        assert "parent" not in await ada.whole(task)


async def test_a_time_that_stays_or_comes_back_keeps_its_zone(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Report")
        due = await ada.call("update_tasks", ids=[task], due="friday 10:00")
        await ada.call("update_tasks", ids=[task], start="thursday 9:00")
        await ada.call("undo", op=due["op"])
        whole = await ada.whole(task)
        assert (whole.get("due"), whole["start"]) == (None, "2026-11-26T09:00+01:00")

        other = await ada.add("Call", due="friday 10:00", zone="Asia/Tokyo")
        moved = await ada.call("update_tasks", ids=[other], due="saturday 11:00")
        await ada.call("update_tasks", ids=[other], clear=["due"])
        await ada.call("undo", op=moved["op"], force=True)
        assert (await ada.whole(other))["due"] == "2026-11-27T10:00+09:00"


async def test_what_goes_back_to_the_trash_takes_along_what_was_added_since(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        top = await ada.add("Trip", subtasks=["Tickets"])
        await ada.call("delete_tasks", ids=[top], confirm=True)
        restored = await ada.call("complete_tasks", ids=[top], action="restore")
        below = await ada.add("Passport", parent=top, due="tomorrow 9:00", reminders=["-1h"])
        undone = await ada.call("undo", op=restored["op"])
        assert undone["warnings"] == [f"{top}: 1 subtask added later went with it."]
        assert (await ada.call("search_tasks", query=""))["total"] == 0
        await ada.call("complete_tasks", ids=[top], action="restore")
        assert (await ada.whole(below, "reminders"))["reminders"][0]["state"] == "pending"
        assert (await ada.call("search_tasks", query=""))["total"] == 3


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
        full = await ada.whole(task)
        assert (full["title"], full["priority"]) == ("Three", "high")
        await ada.call("undo", op=first["op"], force=True)
        full = await ada.whole(task)
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
        full = await ada.whole(task)
    assert (full["title"], full["priority"]) == ("One", "high")


async def test_parts_of_a_due_are_taken_back_together(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One", due="2026-11-27")
        first = await ada.call("update_tasks", ids=[task], due="2026-11-28")
        await ada.call("update_tasks", ids=[task], due="2026-11-28T17:00")
        error = await ada.refused("undo", op=first["op"])
        assert error.startswith(f"op: due of {task} changed since")
        await ada.call("undo", op=first["op"], force=True)
        full = await ada.whole(task)
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
        assert "parent" not in await ada.whole(inner)


async def test_the_same_key_undoes_once(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("One")
        for title in ("Two", "Three"):
            await ada.call("update_tasks", ids=[task], title=title)
        first = await ada.call("undo", last=1, idempotency_key="undo-once")
        again = await ada.call("undo", last=1, idempotency_key="undo-once")
        assert again == first | {"replayed": True}
        assert (await ada.whole(task))["title"] == "Two"
