"""delete_tasks with purge: for good, with every trace."""

from typing import Any

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import fire, follow
from tests.server.stored import open_tasks, rows
from todo_mcp.service.home import Home
from todo_mcp.store import spaces

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
        whole = await ada.whole(parent, "subtasks")
        await ada.call("delete_tasks", ids=[whole["subtasks"][0]["id"]])
        hands.forward(minutes=1)
        await ada.call("delete_tasks", ids=[parent])
        answer = await ada.call("delete_tasks", purge=True, confirm=True)
        assert answer["purged"] == 2
        assert (await ada.call("search_tasks", query="status:trash"))["total"] == 0
