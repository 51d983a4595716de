"""delete_tasks, through a real client on a real PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.meanwhile import fire, follow
from tests.server.stored import open_tasks, reminders, rows
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.store import spaces

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
        [full] = (await ada.call("get_tasks", ids=[outer]))["tasks"]
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


_COUNTS = """
SELECT (SELECT count(*) FROM tasks WHERE space_id = $1) AS tasks,
  (SELECT count(*) FROM reminders WHERE space_id = $1) AS reminders,
  (SELECT count(*) FROM notifications WHERE space_id = $1) AS notifications
"""
_TRACES = """
SELECT string_agg(t, ' ') AS text FROM (
  SELECT events::text AS t FROM events WHERE space_id = $1
  UNION ALL SELECT operations::text FROM operations WHERE space_id = $1
  UNION ALL SELECT tasks::text FROM tasks WHERE space_id = $1) x
"""


async def _text(home: Home) -> str:
    [row] = await rows(home, _TRACES)
    return row["text"]


async def test_purge_deletes_rows_and_every_trace_of_their_text(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        kept = await ada.add("Keepsake", notes="keepnote")
        task = await ada.add(
            "Canary",
            notes="canarynote",
            tags=["canarytag"],
            reminders=["in 5 minutes"],
            subtasks=[{"title": "canarychild", "notes": "canarybelow"}],
        )
        await ada.call("update_tasks", ids=[task, kept], title="Canary two", notes="canarymore")
        await ada.call("update_tasks", ids=[kept], title="Keepsake", notes="keepnote")
        await ada.call("update_tasks", ids=[task], title="Canary two", idempotency_key="canary-key")
        hands.forward(minutes=5)
        [note] = await fire(home, hands)
        await ada.call("set_reminder", ids=[note], action="dismiss")
        await ada.call("delete_tasks", ids=[task])
        assert "canarychild" in await _text(home)
        refused = await ada.refused("delete_tasks", ids=[task], purge=True)
        assert refused.startswith("confirm: ask the user: Delete 2 tasks in the trash for good?")
        answer = await ada.call("delete_tasks", ids=[task], purge=True, confirm=True)
        assert answer["purged"] == 2
        assert [t["id"] for t in answer["tasks"]] == [task]
        [counts] = await rows(home, _COUNTS)
        assert tuple(counts) == (1, 0, 0)
        text = await _text(home)
        # What the other task was called for a while is its own history.
        assert text.count("Canary two") == await _mentions(home, kept, "Canary two")
        for word in ("canarynote", "canarytag", "canarychild", "canarybelow"):
            assert word not in text
        assert "Keepsake" in text
        error = await ada.refused("undo", op=answer["op"])
        assert error == f"op: {answer['op']} deleted for good; that cannot be undone."


async def _mentions(home: Home, task: str, word: str) -> int:
    """How often a word stands in the log as text of this task."""
    [row] = await rows(
        home,
        "SELECT string_agg(before::text || after::text, '') AS text FROM events "
        "WHERE space_id = $1 AND kind = 'task' AND subject_id = $2 AND before IS NOT NULL",
        int(task[1:]),
    )
    [results] = await rows(
        home,
        "SELECT string_agg(t::text, '') AS text FROM operations o, "
        "jsonb_array_elements(o.result -> 'tasks') t WHERE o.space_id = $1 AND t ->> 'id' = $2",
        task,
    )
    return (row["text"] + results["text"]).count(word)


async def test_purge_is_an_event_of_each_task(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Canary", subtasks=["child"])
        await ada.call("delete_tasks", ids=[task])
        await ada.call("delete_tasks", purge=True, confirm=True)
    found = await rows(
        home,
        "SELECT subject_id, version, after FROM events WHERE space_id = $1 "
        "AND type = 'todo.task.purged.v1' ORDER BY subject_id",
    )
    assert [row["version"] for row in found] == [3, 3]
    assert f"t{found[0]['subject_id']}" == task
    assert '"title": ""' in found[0]["after"]


async def test_only_what_is_in_the_trash_is_purged(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        kept = await ada.add("Kept")
        gone = await ada.add("Gone")
        await ada.call("delete_tasks", ids=[gone])
        error = await ada.refused("delete_tasks", ids=[kept], purge=True, confirm=True)
        assert error == f"ids: {kept} is not in the trash. Delete it first, without purge."
        answer = await ada.call("delete_tasks", ids=[kept, gone], purge=True, confirm=True)
        assert [failure["id"] for failure in answer["failures"]] == [kept]
        again = await ada.refused("delete_tasks", ids=[gone], purge=True, confirm=True)
        assert again == f"ids: there is no task {gone}. Find ids with search_tasks."
    assert await open_tasks(home) == [kept]


async def test_purge_leaves_other_spaces_alone(home: Home, hands: Hands, era: Era) -> None:
    other = Home(home.database, await spaces.enter(home.database, "bob", "Europe/Vienna"))
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        theirs = await bob.add("Theirs")
        await bob.call("delete_tasks", ids=[theirs])
        mine = await ada.add("Mine")
        await ada.call("delete_tasks", ids=[mine])
        error = await ada.refused("delete_tasks", ids=[theirs], purge=True, confirm=True)
        assert error.startswith("ids: there is no task")
        answer = await ada.call("delete_tasks", purge=True, confirm=True)
        assert answer["purged"] == 1
        await bob.call("complete_tasks", ids=[theirs], action="restore")
    assert await open_tasks(other) == [theirs]


async def test_a_purge_with_a_key_is_done_once_and_answers_the_same(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Gone")
        await ada.call("delete_tasks", ids=[task])
        call: dict[str, Any] = {"purge": True, "idempotency_key": "purge-all-1"}
        first = await ada.call("delete_tasks", **call, confirm=True)
        again = await ada.call("delete_tasks", **call)
    assert again == first | {"replayed": True}


async def test_a_dry_run_of_a_purge_says_how_many_and_deletes_none(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Gone", subtasks=["One", "Two"])
        await ada.call("delete_tasks", ids=[task])
        told = await ada.call("delete_tasks", purge=True, dry_run=True)
        assert told["purged"] == 3
        assert "op" not in told
        await ada.call("complete_tasks", ids=[task], action="restore")
    assert len(await open_tasks(home)) == 3


async def test_what_belonged_to_a_purged_task_is_not_undone(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Gone")
        change = await ada.call("update_tasks", ids=[task], title="Going")
        gone = await ada.call("delete_tasks", ids=[task])
        await ada.call("delete_tasks", purge=True, confirm=True)
        for op in (change["op"], gone["op"]):
            error = await ada.refused("undo", op=op)
            assert error == f"op: {task} was deleted for good since; it does not come back."


async def test_a_purged_occurrence_leaves_its_series_alone(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        await ada.call("delete_tasks", ids=[task])
        await ada.call("delete_tasks", purge=True, confirm=True)
        [following] = await open_tasks(home)
        done = await ada.one("complete_tasks", ids=[following])
    assert done["next_occurrence"] == "2026-11-25T18:00+01:00"


async def test_a_subtask_that_went_to_the_trash_before_its_parent_is_purged_with_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        parent = await ada.add("Parent", subtasks=["Child"])
        [whole] = (await ada.call("get_tasks", ids=[parent], include=["subtasks"]))["tasks"]
        await ada.call("delete_tasks", ids=[whole["subtasks"][0]["id"]])
        hands.forward(minutes=1)
        await ada.call("delete_tasks", ids=[parent])
        answer = await ada.call("delete_tasks", purge=True, confirm=True)
        assert answer["purged"] == 2
        assert (await ada.call("search_tasks", query="status:trash"))["total"] == 0
