"""delete_tasks, through a real client on a real PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.stored import open_tasks, reminders
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home

Reply = Literal["yes", "no", "decline", "cancel"]


@asynccontextmanager
async def asked(
    home: Home, hands: Hands, era: Era, reply: Reply
) -> AsyncGenerator[tuple[Agent, list[str]]]:
    """An agent whose client shows the user questions, and the questions it was asked."""
    questions: list[str] = []

    async def answer(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert context.session
        questions.append(params.message)
        if reply in ("yes", "no"):
            return ElicitResult(action="accept", content={"yes": reply == "yes"})
        return ElicitResult(action=reply)

    resources = Resources(hands)
    resources.starting.arrived(home)
    mode = "auto" if era == "modern" else "legacy"
    server = build_server(resources, TOOLS)
    async with Client(server, mode=mode, elicitation_callback=answer) as client:
        yield Agent(client), questions


async def test_a_task_goes_to_the_trash_with_its_subtasks_counted(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        answer = await ada.call(
            "add_task", title="Trip", due="fri 5pm", reminders=["-1d"], subtasks=["Pack", "Book"]
        )
        task = answer["tasks"][0]["id"]
        gone = await ada.call("delete_tasks", ids=[task])
    assert [t["changed"] for t in gone["tasks"]] == [{"deleted": [False, True]}]
    assert gone["warnings"] == [f"{task}: 2 subtasks went to the trash with it."]
    assert await open_tasks(home) == []
    assert [state for _, state, _ in await reminders(home, task)] == ["cancelled"]


async def test_what_is_in_the_trash_already_changes_nothing(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Trip")
        await ada.call("delete_tasks", ids=[task])
        again = await ada.call("delete_tasks", ids=[task])
        assert "op" not in again
        back = await ada.call("complete_tasks", ids=[task], action="restore")
        assert back["op"]
    assert await open_tasks(home) == [task]


async def test_those_that_can_go_and_failures_name_the_rest(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Trip")
        answer = await ada.call("delete_tasks", ids=["t999999", task])
        wrong = await ada.refused("delete_tasks", ids=["l7"])
        missing = await ada.refused("delete_tasks")
    assert [failure["id"] for failure in answer["failures"]] == ["t999999"]
    assert [t["id"] for t in answer["tasks"]] == [task]
    assert wrong == "ids: l7 is a list; this wants a task (t…)."
    assert missing.startswith("ids: missing")


async def test_a_subtask_deleted_raises_the_version_of_the_task_above(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        outer = await ada.add("Trip")
        inner = await ada.add("Pack", parent=outer)
        await ada.call("delete_tasks", ids=[inner])
        full = await ada.whole(outer)
    assert full["version"] == 3


async def _twelve(ada: Agent) -> list[str]:
    made = await ada.call("add_tasks", tasks=[{"title": f"Task {n}"} for n in range(12)])
    return [task["id"] for task in made["tasks"]]


async def test_more_than_10_need_a_word_of_the_user(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        tasks = await _twelve(ada)
        error = await ada.refused("delete_tasks", ids=tasks[:11])
        assert error == (
            "confirm: ask the user: Move 11 tasks to the trash? If so, repeat with confirm=true."
        )
        assert len(await open_tasks(home)) == 12
        told = await ada.call("delete_tasks", ids=tasks, dry_run=True)
        assert len(told["tasks"]) == 12
        await ada.call("delete_tasks", ids=tasks[:10])
        await ada.call("delete_tasks", ids=tasks, confirm=True)
    assert await open_tasks(home) == []


async def test_subtasks_count_towards_the_10(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Trip", subtasks=[f"Part {n}" for n in range(10)])
        error = await ada.refused("delete_tasks", ids=[task])
    assert "Move 11 tasks to the trash?" in error


async def test_a_client_that_can_ask_asks_and_yes_is_enough(
    home: Home, hands: Hands, era: Era
) -> None:
    async with asked(home, hands, era, "yes") as (ada, questions):
        tasks = await _twelve(ada)
        gone = await ada.call("delete_tasks", ids=tasks)
        assert questions == ["Move 12 tasks to the trash?"]
        assert len(gone["tasks"]) == 12
        purged = await ada.call("delete_tasks", purge=True)
        assert questions[1:] == ["Delete 12 tasks in the trash for good? There is no undo."]
        assert purged["purged"] == 12


@pytest.mark.parametrize("reply", ["no", "decline", "cancel"])
async def test_any_other_reply_deletes_nothing(
    home: Home, hands: Hands, era: Era, reply: Reply
) -> None:
    async with asked(home, hands, era, reply) as (ada, questions):
        tasks = await _twelve(ada)
        kept = await ada.call("delete_tasks", ids=tasks)
        assert len(questions) == 1
        assert "op" not in kept
        assert kept["warnings"] == ["The user said no: nothing was deleted. Do not ask again."]
    assert len(await open_tasks(home)) == 12


async def test_nobody_is_asked_who_has_confirmed_or_deletes_little(
    home: Home, hands: Hands, era: Era
) -> None:
    async with asked(home, hands, era, "no") as (ada, questions):
        tasks = await _twelve(ada)
        await ada.call("delete_tasks", ids=tasks[:2])
        await ada.call("delete_tasks", ids=tasks, confirm=True)
        await ada.call("delete_tasks", purge=True, confirm=True)
        empty = await ada.call("delete_tasks", purge=True)
    assert questions == []
    assert "op" not in empty
