"""Ids that are none, among good ones: told in failures, and the good ones are served."""

from typing import Any, Final

import pytest

from tests.hands import Hands
from tests.server.agent import Era, agent
from todo_mcp.service.home import Home

CALLS: Final[dict[str, dict[str, Any]]] = {
    "update_tasks": {"title": "Ring"},
    "complete_tasks": {},
    "set_reminder": {"reminders": ["tomorrow 9am"]},
    "delete_tasks": {},
    "get_tasks": {},
}


@pytest.mark.parametrize("tool", CALLS)
async def test_an_id_of_the_wrong_kind_leaves_the_others_alone(
    home: Home, hands: Hands, era: Era, tool: str
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call")
        answer = await ada.call(tool, ids=["l1", task, "milk", task.upper()], **CALLS[tool])
    assert [row["id"] for row in answer["tasks"]] == [task]
    wrong = {failure["id"]: failure["error"] for failure in answer["failures"]}
    assert list(wrong) == ["l1", "milk"]
    assert wrong["l1"].startswith("ids: l1 is a list; this wants a task")
    assert wrong["milk"].startswith("ids: 'milk' is not an id; this wants a task")
