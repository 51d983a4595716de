"""complete_tasks with the subtasks, where something recurs."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import rows
from todo_mcp.service.home import Home

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
