"""update_tasks, through a real client on a real PostgreSQL.

Red with what lies below left in the old list where a list is cleared.
"""

from tests import sowing
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service.home import Home


async def test_given_fields_change_and_the_rest_stays(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk", due="fri 5pm", tags=["home"], notes="two bottles")
        changed = await ada.one("update_tasks", ids=[task], priority="high", tags_add=["shop"])
        assert changed["version"] == 2
        assert changed["changed"] == {
            "priority": ["none", "high"],
            "tags": [["home"], ["home", "shop"]],
        }
        whole = await ada.whole(task)
    assert whole["notes"] == "two bottles"
    assert whole["due"] == "2026-11-27T17:00+01:00"


async def test_a_date_alone_keeps_the_time_and_moves_the_reminder(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", due="fri 5pm", reminders=["-30m"], start="thu")
        moved = await ada.one("update_tasks", ids=[task], due="2026-11-30")
        assert moved["due"] == "2026-11-30T17:00+01:00"
        assert moved["changed"]["start"] == ["2026-11-26", "2026-11-29"]
        assert moved["reminders"][0].endswith("2026-11-30T16:30+01:00")
        dropped = await ada.one("update_tasks", ids=[task], due="2026-12-01 all day")
    assert dropped["due"] == "2026-12-01"
    assert dropped["reminders"][0].endswith("2026-12-01T08:30+01:00")


async def test_another_zone_keeps_the_wall_time(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call Tokyo", due="2026-11-27T09:00")
        moved = await ada.one("update_tasks", ids=[task], zone="asia/tokyo")
        assert moved["due"] == "2026-11-27T09:00+09:00"
        assert "zone: " in await ada.refused("update_tasks", ids=[task], zone="Europe/Viena")


async def test_clearing_the_due_removes_relative_reminders_with_a_warning(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", due="fri 5pm", reminders=["-30m", "thursday 9:00"])
        answer = await ada.call("update_tasks", ids=[task], clear=["due"])
        said = "1 reminder counted back from the due: removed."
        assert answer["warnings"] == [f"{task}: {said}"]
        whole = await ada.whole(task, "reminders")
    assert [item["at"] for item in whole["reminders"]] == ["2026-11-26T09:00+01:00"]


async def test_a_change_of_nothing_says_so_and_makes_no_operation(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", priority="high")
        answer = await ada.call("update_tasks", ids=[task], priority="high")
        assert "op" not in answer
        assert answer["tasks"][0]["version"] == 1
        text = await ada.text("update_tasks", ids=[task], priority="high")
    assert text.endswith("nothing changed")


async def test_a_stale_version_is_refused_with_what_changed_and_by_whom(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call")
        await ada.call("update_tasks", ids=[task], due="fri", tags=["x"])
        error = await ada.refused("update_tasks", ids=[task], title="Ring", version=1)
        assert error == (
            f"version: {task} is at version 2, you sent 1; due and tags changed since, by ada. "
            "Read it again (get_tasks) and decide."
        )
        assert (await ada.one("update_tasks", ids=[task], title="Ring", version=2))["version"] == 3


async def test_those_that_can_change_and_failures_names_the_rest(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call")
        answer = await ada.call("update_tasks", ids=[task, "t999"], title="Ring")
        assert [row["title"] for row in answer["tasks"]] == ["Ring"]
        assert [row["id"] for row in answer["failures"]] == ["t999"]
        assert "t999" in await ada.refused("update_tasks", ids=["t999"], title="Ring")
        assert await ada.refused("update_tasks", ids=["l1"], title="x") == (
            "ids: l1 is a list; this wants a task (t…)."
        )


async def test_parents_and_blockers_never_go_round_in_a_circle(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        top = await ada.add("Top")
        below = await ada.add("Below", parent=top)
        last = await ada.add("Last", blocked_by=[below])
        assert "lies below it" in await ada.refused("update_tasks", ids=[top], parent=below)
        error = await ada.refused("update_tasks", ids=[below], blocked_by=[last])
        assert error.startswith("blocked_by: ")
        whole = await ada.whole(top, "subtasks")
    assert [row["id"] for row in whole["subtasks"]] == [below]
    assert whole["version"] == 2


async def test_tasks_nest_at_most_eight_deep(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        parent = await ada.add("1")
        for level in range(2, 9):
            parent = await ada.add(str(level), parent=parent)
        assert "8 deep" in await ada.refused("add_task", title="9", parent=parent)


async def test_a_cleared_list_takes_the_subtasks_to_the_inbox_too(home: Home, hands: Hands) -> None:
    await sowing.as_admin(
        home.database,
        "INSERT INTO lists (space_id, id, version, name, created_at, updated_at)"
        " VALUES ($1, 77, 1, 'Work', now(), now())",
        home.person.space,
    )
    async with agent(home, hands) as ada:
        top = await ada.add("Report", list="Work", subtasks=["Draft"])
        await ada.call("update_tasks", ids=[top], clear=["list"])
        assert (await ada.call("search_tasks", count_by="list"))["counts"] == {"Inbox": 2}
