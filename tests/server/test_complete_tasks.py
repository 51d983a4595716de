"""complete_tasks, through a real client on a real PostgreSQL, and what the worker makes of it."""

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import fire
from tests.server.stored import open_tasks, reminders
from todo_mcp.service.home import Home


async def test_a_task_is_completed_and_its_reminders_wait_no_more(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", due="today 18:00", reminders=["-1h"])
        told = await ada.one("complete_tasks", ids=[task])
        assert told["changed"] == {"status": ["open", "done"]}
        assert [state for _, state, _ in await reminders(home, task)] == ["cancelled"]
        again = await ada.call("complete_tasks", ids=[task])
        assert "op" not in again
        await ada.call("complete_tasks", ids=[task], action="reopen")
        assert await reminders(home, task) == [("-1h", "pending", "11-23 16:00")]
        hands.forward(hours=8)
        await ada.call("complete_tasks", ids=[task])
        await ada.call("complete_tasks", ids=[task], action="reopen")
        assert [state for _, state, _ in await reminders(home, task)] == ["missed"]
        assert await fire(home, hands) == []


@pytest.mark.parametrize(
    ("action", "status"), [("start", "started"), ("cancel", "cancelled"), ("complete", "done")]
)
async def test_each_action_has_its_status_and_reopen_leads_back(
    home: Home, hands: Hands, era: Era, action: str, status: str
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call")
        await ada.call("complete_tasks", ids=[task], action=action)
        assert (await ada.whole(task))["status"] == status
        await ada.call("complete_tasks", ids=[task], action="reopen")
        full = await ada.whole(task)
    assert full["status"] == "open"
    assert "completed" not in full


async def test_what_was_called_off_is_not_completed_without_reopening(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call")
        await ada.call("complete_tasks", ids=[task], action="cancel")
        for action in ("complete", "start"):
            error = await ada.refused("complete_tasks", ids=[task], action=action)
            assert error == f"ids: {task} is cancelled. Reopen it first (action reopen)."
        await ada.call("complete_tasks", ids=[task], action="reopen")
        await ada.call("complete_tasks", ids=[task])
        error = await ada.refused("complete_tasks", ids=[task], action="cancel")
        assert error == f"ids: {task} is done already. Reopen it first."


async def test_subtasks_stay_open_with_a_warning_or_close_along(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Trip", subtasks=["Pack", "Book"])
        answer = await ada.call("complete_tasks", ids=[task])
        assert answer["warnings"] == [f"{task}: 2 of its subtasks stay open."]
        await ada.call("complete_tasks", ids=[task], action="reopen")
        answer = await ada.call("complete_tasks", ids=[task], with_subtasks=True)
        assert "warnings" not in answer
    assert await open_tasks(home) == []


async def test_a_task_that_waited_is_named_when_nothing_open_blocks_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        one, two = await ada.add("One"), await ada.add("Two")
        waiting = await ada.add("Last", blocked_by=[one, two])
        first = await ada.call("complete_tasks", ids=[one])
        assert "unblocked" not in first
        second = await ada.call("complete_tasks", ids=[two])
    assert second["unblocked"] == [waiting]


async def test_closing_subtasks_names_what_waited_for_them(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        trip = await ada.add("Trip", subtasks=["Pack"])
        pack = (await open_tasks(home))[1]
        waiting = await ada.add("Leave", blocked_by=[pack, trip])
        answer = await ada.call("complete_tasks", ids=[trip], with_subtasks=True)
    assert answer["unblocked"] == [waiting]


async def test_done_at_a_time_that_has_passed(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task, other, third = [await ada.add(title) for title in ("One", "Two", "Three")]
        await ada.call("complete_tasks", ids=[task], at="yesterday")
        await ada.call("complete_tasks", ids=[other], at="this morning")
        assert (await ada.whole(task))["completed"] == "2026-11-22T12:00+01:00"
        for at in ("2026-11-24", "tomorrow", "2026-11-23T10:01"):
            error = await ada.refused("complete_tasks", ids=[third], at=at)
            assert error.startswith("at: "), error
        error = await ada.refused("complete_tasks", ids=[other], action="reopen", at="yesterday")
        assert error == "at: has no meaning for reopen; leave it out."
    assert await open_tasks(home) == [third]


async def test_those_that_can_change_and_failures_name_the_rest(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        one, two = await ada.add("One"), await ada.add("Two")
        await ada.call("complete_tasks", ids=[two], action="cancel")
        answer = await ada.call("complete_tasks", ids=[one, two, "t999999"])
    assert [task["id"] for task in answer["tasks"]] == [one]
    assert [failure["id"] for failure in answer["failures"]] == [two, "t999999"]


async def test_restore_brings_back_what_went_together(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        trip = await ada.add("Trip", subtasks=["Pack", "Book"])
        pack = (await open_tasks(home))[1]
        await ada.call("delete_tasks", ids=[pack])
        hands.forward(minutes=1)
        await ada.call("delete_tasks", ids=[trip])
        await ada.call("complete_tasks", ids=[trip], action="restore")
        assert len(await open_tasks(home)) == 2
        await ada.call("complete_tasks", ids=[pack], action="restore")
        assert (await ada.whole(pack))["parent"] == trip
        await ada.call("delete_tasks", ids=[trip])
        answer = await ada.call("complete_tasks", ids=[pack], action="restore")
        assert answer["warnings"] == [
            f"{pack}: its parent is in the trash; it is now a task of its own."
        ]
        assert "parent" not in await ada.whole(pack)


async def test_a_task_in_the_trash_changes_no_status(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Trip")
        await ada.call("delete_tasks", ids=[task])
        error = await ada.refused("complete_tasks", ids=[task])
    assert error == f"ids: {task} is in the trash. Use action restore first."
