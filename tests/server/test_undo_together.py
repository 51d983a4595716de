"""undo and purge where others work on the same tasks: another person, the worker, at the same moment."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from mcp.types import CallToolResult

from tests import sowing
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.guests import guest
from tests.server.meanwhile import fire, follow
from tests.server.stored import open_tasks, reminder_ids, reminders, rows
from todo_mcp import ids
from todo_mcp.service.home import Home

T = TypeVar("T")
_NOTED = """
WITH t AS (UPDATE tasks SET version = 2 + $2::int WHERE id = $1 RETURNING space_id)
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, before, after, op)
SELECT t.space_id, (SELECT generation FROM log), gen_random_uuid(), 'task', $1, 2 + i, $1,
  'todo.task.updated.v1', '{"version": 1, "notes": "before"}', '{"notes": "after"}', $3
FROM t, generate_series(1, $2::int) i
"""


async def _at_once(*calls: Awaitable[T]) -> list[T]:
    async def run(call: Awaitable[T]) -> T:
        return await call

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in calls]
    return [task.result() for task in tasks]


async def _title(ada: Agent, task: str) -> str:
    full = await ada.whole(task)
    return full["title"]


async def test_what_another_person_changed_since_is_named_with_the_person(
    home: Home, hands: Hands, era: Era
) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        task = await ada.add("One")
        mine = await ada.call("update_tasks", ids=[task], title="Two", priority="high")
        theirs = await bob.call("update_tasks", ids=[task], title="Three")
        error = await ada.refused("undo")
        assert error == (
            f"op: title of {task} changed since {mine['op']}, by bob ({theirs['op']}). "
            "Undo that first, or use force to override it."
        )
        assert (await ada.call("undo", op=theirs["op"]))["undone"] == [theirs["op"]]
        assert (await ada.call("undo"))["undone"] == [mine["op"]]
        assert await _title(ada, task) == "One"


async def test_what_was_changed_since_is_seen_however_much_else_was(
    home: Home, hands: Hands
) -> None:
    """A program that notes something each minute makes ten thousand changes in a week."""
    async with agent(home, hands) as ada:
        task = await ada.add("One")
        first = await ada.call("update_tasks", ids=[task], title="Two")
        other = await ada.call("add_task", title="Other")
        number, op = ids.parse(task, "task", "task"), ids.parse(other["op"], "operation", "op")
        await sowing.as_admin(home.database, _NOTED, number, 10_500, op)
        later = await ada.call("update_tasks", ids=[task], title="Three")
        error = await ada.refused("undo", op=first["op"])
        assert error.startswith(f"op: title of {task} changed since {first['op']}")
        assert later["op"] in error


async def test_what_was_added_stays_where_another_person_has_worked_on_it(
    home: Home, hands: Hands, era: Era
) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        task = await ada.add("One")
        await bob.call("update_tasks", ids=[task], notes="thought of this")
        error = await ada.refused("undo")
        assert error.startswith(f"op: notes of {task} changed since")
        assert "by bob" in error
        await ada.call("undo", force=True)
    assert await open_tasks(home) == []


async def test_what_was_added_stays_where_another_person_has_added_below_it(
    home: Home, hands: Hands, era: Era
) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        task = await ada.add("One")
        theirs = await bob.call("add_task", title="Below", parent=task)
        error = await ada.refused("undo")
        assert error.startswith(f"op: subtasks or reminders of {task} changed since op")
        assert f", by bob ({theirs['op']}). " in error
        assert (await ada.call("undo", force=True))["warnings"] == [
            f"{task}: 1 subtask added later went with it."
        ]


async def test_the_last_are_those_of_this_person(home: Home, hands: Hands, era: Era) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        mine = await ada.call("add_task", title="One")
        await bob.call("add_task", title="Two")
        assert (await ada.call("undo"))["undone"] == [mine["op"]]
        error = await ada.refused("undo")
    assert error.startswith("last: there is nothing to undo")


async def test_only_ones_own_notifications_are_snoozed_and_dismissed(
    home: Home, hands: Hands, era: Era
) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        task = await ada.add("One", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        [note] = await fire(home, hands)
        error = await bob.refused("set_reminder", ids=[note], action="dismiss")
        assert error == f"ids: there is no notification {note} of yours."
        error = await bob.refused("set_reminder", ids=[task], action="snooze", until="20m")
        assert error.startswith(f"ids: no reminder of {task} has fired.")
        assert "op" not in await bob.call("set_reminder", ids=[task], action="dismiss")
        assert len((await ada.call("get_context"))["notifications"]) == 1


async def test_everybody_sets_and_removes_their_own_reminders(
    home: Home, hands: Hands, era: Era
) -> None:
    other = await guest(home, "bob")
    async with agent(home, hands, era) as ada, agent(other, hands, era) as bob:
        task = await ada.add("One", due="fri 5pm", reminders=["-30m"])
        told = await bob.one("set_reminder", ids=[task], reminders=["-30m", "-1h"])
        assert len(told["reminders"]) == 2
        [mine, *_] = await reminder_ids(home, task)
        error = await bob.refused("set_reminder", ids=[mine], action="remove")
        assert error == f"ids: there is no reminder {mine} of yours."
        await bob.call("set_reminder", ids=[task], action="remove")
        assert [state for _, state, _ in await reminders(home, task)] == [
            "pending",
            "removed",
            "removed",
        ]


async def test_eight_undos_of_one_operation_at_once_undo_it_once(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("One")
        op = (await ada.call("update_tasks", ids=[task], title="Two"))["op"]
        results = await _at_once(*(ada.client.call_tool("undo", {"op": op}) for _ in range(8)))
        assert sum(not result.is_error for result in results) == 1
        assert await _title(ada, task) == "One"


async def test_undos_of_the_last_at_once_take_one_each(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Title 0")
        for n in range(1, 7):
            await ada.call("update_tasks", ids=[task], title=f"Title {n}")
        results = await _at_once(*(ada.client.call_tool("undo", {}) for _ in range(4)))
        assert [result.is_error for result in results] == [False] * 4
        assert await _title(ada, task) == "Title 2"


async def test_an_undo_and_the_worker_at_once_leave_one_open_occurrence(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day", reminders=["-1h"])
        for _ in range(8):
            hands.forward(seconds=1)
            op = (await ada.call("complete_tasks", ids=[task]))["op"]
            hands.forward(seconds=1)
            await _at_once(_undone(ada, op), follow(home, hands))
            await follow(home, hands)
            assert await open_tasks(home) == [task]


async def _undone(ada: Agent, op: str) -> None:
    await ada.call("undo", op=op)


async def test_a_restore_and_a_purge_at_once_have_one_winner(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        for _ in range(8):
            task = await ada.add("One", subtasks=["Two", "Three"], reminders=["tomorrow 9am"])
            await ada.call("delete_tasks", ids=[task])
            purged, restored = await _at_once(
                *(
                    ada.client.call_tool(name, {"ids": [task]} | more)
                    for name, more in _PURGE_AND_RESTORE
                )
            )
            assert purged.is_error is not restored.is_error
            assert await _left(home, task) == (0 if restored.is_error else 3)


_PURGE_AND_RESTORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("delete_tasks", {"purge": True, "confirm": True}),
    ("complete_tasks", {"action": "restore"}),
)


async def _left(home: Home, task: str) -> int:
    """The task and its subtasks that are still there, and open."""
    [row] = await rows(
        home,
        "SELECT count(*) AS found FROM tasks WHERE space_id = $1 AND $2 IN (id, parent_id) "
        "AND deleted_at IS NULL",
        int(task[1:]),
    )
    return row["found"]


async def test_an_edit_and_an_undo_at_once_lose_nothing_unsaid(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        for _ in range(8):
            task = await ada.add("One")
            op = (await ada.call("update_tasks", ids=[task], title="Two"))["op"]
            edit, back = await _at_once(
                ada.client.call_tool("update_tasks", {"ids": [task], "title": "Three"}),
                ada.client.call_tool("undo", {"op": op}),
            )
            assert not edit.is_error
            assert await _title(ada, task) == "Three"
            assert back.is_error is (_before(edit) == "Two")


def _before(edit: CallToolResult) -> str:
    """The title that an edit found."""
    data: Any = edit.structured_content
    return data["tasks"][0]["changed"]["title"][0]
