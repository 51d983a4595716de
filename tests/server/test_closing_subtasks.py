"""complete_tasks with the subtasks, where something recurs."""

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import rows
from todo_mcp import ids
from todo_mcp.service.home import Home

ALL = """
SELECT t.title, t.n, t.status, t.due_on::text, p.title || ' ' || p.n AS parent FROM tasks t
LEFT JOIN tasks p ON p.space_id = t.space_id AND p.id = t.parent_id
WHERE t.space_id = $1 ORDER BY t.title, t.due_on, t.n
"""
SECOND = "SELECT id FROM tasks WHERE space_id = $1 AND title = 'Vacuum' AND n = 2"
LIVE = "SELECT title FROM tasks WHERE space_id = $1 AND status = 'open' AND deleted_at IS NULL ORDER BY title"
OPEN = "SELECT title FROM tasks WHERE space_id = $1 AND status = 'open' ORDER BY title"
ENDED = "SELECT ended_at IS NOT NULL FROM series WHERE space_id = $1"


async def test_the_subtasks_of_a_skipped_occurrence_come_again_with_the_next(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Clean", recurrence="every week", subtasks=["Bath", "Kitchen"])
        await ada.call("complete_tasks", ids=[task], action="skip", with_subtasks=True)
        await follow(home, hands)
    assert [row[0] for row in await rows(home, OPEN)] == ["Bath", "Clean", "Kitchen"]


async def test_a_recurring_subtask_that_is_cancelled_with_its_parent_ends(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Move house")
        await ada.add("Call the movers", parent=task, recurrence="every day")
        await ada.call("complete_tasks", ids=[task], action="cancel", with_subtasks=True)
    assert [row[0] for row in await rows(home, ENDED)] == [True]


@pytest.mark.parametrize("backwards", [False, True])
async def test_what_recurs_below_what_recurs_comes_again_the_same_whichever_is_handled_first(
    home: Home, hands: Hands, era: Era, *, backwards: bool
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Clean", recurrence="every week", due="2026-11-24")
        await ada.add("Vacuum", parent=task, recurrence="every 2 days", due="2026-11-23")
        await ada.call("complete_tasks", ids=[task], with_subtasks=True)
        await follow(home, hands, backwards=backwards)
    assert [tuple(row) for row in await rows(home, ALL)] == [
        ("Clean", 1, "done", "2026-11-24", None),
        ("Clean", 2, "open", "2026-12-01", None),
        ("Vacuum", 1, "done", "2026-11-23", "Clean 1"),
        ("Vacuum", 2, "open", "2026-11-25", "Clean 1"),
        ("Vacuum", None, "open", "2026-11-30", "Clean 2"),
    ]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_subtasks_next_occurrence_taken_back_elsewhere_is_revived_by_whichever_is_handled_first(
    home: Home, hands: Hands, *, backwards: bool
) -> None:
    # Red where only the occurrences of the closed task's own series are brought: made again, it would be there twice.
    async with agent(home, hands) as ada:
        clean = await ada.add("Clean", recurrence="every week", due="2026-11-24")
        vacuum = await ada.add("Vacuum", parent=clean, recurrence="every day", due="2026-11-23")
        attic = await ada.add("Attic")
        await ada.call("complete_tasks", ids=[vacuum])
        await follow(home, hands)
        [following] = [row["id"] for row in await rows(home, SECOND)]
        await ada.call("update_tasks", ids=[ids.short("task", following)], parent=attic)
        await ada.call("complete_tasks", ids=[vacuum], action="reopen")
        await ada.call("complete_tasks", ids=[clean], with_subtasks=True)
        await follow(home, hands, backwards=backwards)
    assert [tuple(row) for row in await rows(home, ALL)] == [
        ("Attic", None, "open", None, None),
        ("Clean", 1, "done", "2026-11-24", None),
        ("Clean", 2, "open", "2026-12-01", None),
        ("Vacuum", 1, "done", "2026-11-23", "Clean 1"),
        ("Vacuum", 2, "open", "2026-11-24", "Clean 1"),
        ("Vacuum", None, "open", "2026-11-30", "Clean 2"),
    ]


async def test_what_comes_back_below_leaves_an_occurrence_whose_series_went_on_without_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        clean, attic = await ada.add("Clean"), await ada.add("Attic")
        vacuum = await ada.add("Vacuum", parent=clean, recurrence="every day", due="2026-11-23")
        await ada.call("complete_tasks", ids=[vacuum])
        await follow(home, hands)
        [second] = [ids.short("task", row["id"]) for row in await rows(home, SECOND)]
        dust = await ada.add("Dust", parent=second)
        await ada.call("update_tasks", ids=[vacuum], parent=attic)
        deleted = await ada.call("delete_tasks", ids=[clean])
        await ada.call("complete_tasks", ids=[vacuum], action="reopen")
        assert await ada.refused("undo", op=deleted["op"], force=True) == (
            f"op: the series has the open occurrence {vacuum}; complete or delete that one first."
        )
        answer = await ada.call("complete_tasks", ids=[clean], action="restore")
        assert answer["warnings"] == [
            f"{second}: stays in the trash: its series has the open occurrence {vacuum}."
        ]
        assert [row[0] for row in await rows(home, LIVE)] == ["Attic", "Clean", "Vacuum"]
        await ada.call("delete_tasks", ids=[vacuum])
        await ada.call("complete_tasks", ids=[second], action="restore")
        assert (await ada.whole(dust))["parent"] == second
        assert [row[0] for row in await rows(home, LIVE)] == ["Attic", "Clean", "Dust", "Vacuum"]
