"""Calls that meet: decided again where they can be, refused where they must be."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests import sowing
from tests.hands import Hands
from tests.invariants import log_tells_all
from tests.server import stored
from tests.server.agent import Agent, agent
from tests.signals import eventually
from todo_mcp import ids
from todo_mcp.service import carry
from todo_mcp.service.home import Home
from todo_mcp.store.database import Database

_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND wait_event_type = 'Lock'
"""


Waiting = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def held_up(home: Home, *tasks: str, calls: int) -> AsyncGenerator[Waiting]:
    """The calls made in the block have all decided before any of them may commit.

    What waits first is written first: the block may wait for so many.
    """
    connection = await asyncpg.connect(home.database.url)
    numbers = [ids.parse(task, "task", "task") for task in tasks]
    transaction = connection.transaction()
    await transaction.start()
    await connection.fetch("SELECT FROM tasks WHERE id = ANY ($1) FOR UPDATE", numbers)
    watch = await asyncpg.connect(home.database.url)

    async def waiting(calls: int) -> None:
        async def so_many() -> bool:
            return await watch.fetchval(_WAITING) >= calls

        await eventually(so_many)

    yield waiting
    await waiting(calls)
    await transaction.rollback()
    await connection.close()
    await watch.close()


async def refusal_of(ada: Agent, tool: str, **arguments: Any) -> str | None:
    """The error, where there is one."""
    result = await ada.client.call_tool(tool, arguments)
    if not result.is_error:
        return None
    [block] = result.content
    assert block.type == "text"
    return block.text


async def test_sixteen_clients_that_change_one_task_at_once_all_succeed(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Shared", tags=["start"])
        async with asyncio.TaskGroup() as group:
            for number in range(16):
                group.create_task(ada.call("update_tasks", ids=[task], tags_add=[f"tag{number}"]))
        [row] = (await ada.call("get_tasks", ids=[task]))["tasks"]
        assert row["version"] == 1 + 16
        assert {*row["tags"]} == {"start", *(f"tag{number}" for number in range(16))}
    assert await log_tells_all(home.database) == 1 + 16


async def test_a_decision_sees_what_was_written_after_it_was_first_made(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        one, two = await ada.add("One"), await ada.add("Two")
        async with asyncio.TaskGroup() as group, held_up(home, one, two, calls=2):
            moves = [
                group.create_task(refusal_of(ada, "update_tasks", ids=[below], parent=above))
                for below, above in ((one, two), (two, one))
            ]
        answers = [move.result() for move in moves]
        [refusal] = [answer for answer in answers if answer]
        assert "is this task or lies below it" in refusal
    await log_tells_all(home.database)


async def test_a_decision_rests_on_what_it_only_read(home: Home, hands: Hands) -> None:
    """Moves below each other's grandchildren write different rows and would close a circle."""
    async with agent(home, hands) as ada:
        one, two = await ada.add("One"), await ada.add("Two")
        below_one, below_two = await ada.add("1a", parent=one), await ada.add("2a", parent=two)
        every = (one, two, below_one, below_two)
        async with asyncio.TaskGroup() as group, held_up(home, *every, calls=2):
            moves = [
                group.create_task(refusal_of(ada, "update_tasks", ids=[task], parent=parent))
                for task, parent in ((one, below_two), (two, below_one))
            ]
        [refusal] = [said for move in moves if (said := move.result())]
        assert "is this task or lies below it" in refusal


async def test_what_is_moved_deeper_does_not_grow_deeper_meanwhile(
    home: Home, hands: Hands
) -> None:
    """Each of both alone leaves the deepest on the last level; the move writes nothing below itself."""
    async with agent(home, hands) as ada:
        deep = await ada.add("Level 1")
        for level in range(2, 7):
            deep = await ada.add(f"Level {level}", parent=deep)
        moved = await ada.add("Moved")
        leaf = await ada.add("Leaf", parent=moved)
        async with asyncio.TaskGroup() as group, held_up(home, moved, calls=2) as waiting:
            adding = refusal_of(ada, "add_task", title="Deeper", parent=leaf)
            added = group.create_task(adding)
            await waiting(1)
            moving = refusal_of(ada, "update_tasks", ids=[moved], parent=deep)
            move = group.create_task(moving)
        assert added.result() is None
        assert move.result() == "parent: tasks nest at most 8 deep."


async def test_a_version_the_caller_named_is_not_written_over(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Buy milk")
        async with asyncio.TaskGroup() as group, held_up(home, task, calls=2):
            calls = [
                group.create_task(
                    refusal_of(ada, "update_tasks", ids=[task], title=title, version=1)
                )
                for title in ("Buy oat milk", "Buy soy milk")
            ]
        answers = [call.result() for call in calls]
        [refusal] = [answer for answer in answers if answer]
        assert refusal == (
            f"version: {task} is at version 2, you sent 1; title changed since, by ada. "
            "Read it again (get_tasks) and decide."
        )
        assert await stored.version(home, task) == 2


async def test_a_key_repeated_at_once_has_one_effect_and_one_answer(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(ada.call("add_task", title="Once", idempotency_key="once-1234"))
                for _ in range(16)
            ]
        answers = [call.result() for call in calls]
        assert sum("replayed" in answer for answer in answers) == 15
        plain = [{**answer, "replayed": None} for answer in answers]
        assert all(answer == plain[0] for answer in plain)
        assert await stored.open_tasks(home) == [answers[0]["tasks"][0]["id"]]


async def test_a_key_and_a_named_version_repeated_at_once_have_one_answer(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Buy milk")
        async with asyncio.TaskGroup() as group, held_up(home, task, calls=2):
            calls = [
                group.create_task(
                    ada.call(
                        "update_tasks",
                        ids=[task],
                        title="Buy oat milk",
                        version=1,
                        idempotency_key="oat-12345",
                    )
                )
                for _ in range(2)
            ]
        assert sorted("replayed" in call.result() for call in calls) == [False, True]
        assert await stored.version(home, task) == 2


@pytest.mark.parametrize(
    ("tool", "other"),
    [
        ("add_task", {"title": "Another"}),
        ("add_task", {"title": "First", "priority": "high"}),
        ("complete_tasks", {"ids": ["t1"]}),
    ],
)
async def test_a_key_is_refused_for_any_other_call(
    home: Home, hands: Hands, tool: str, other: dict[str, Any]
) -> None:
    async with agent(home, hands) as ada:
        await ada.call("add_task", title="First", idempotency_key="first-123")
        refusal = await ada.refused(tool, **other, idempotency_key="first-123")
        assert refusal.startswith("idempotency_key: was used for another call.")
        assert len(await stored.open_tasks(home)) == 1


async def test_a_key_is_kept_when_nothing_changed(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Buy milk", priority="high")
        same = {"ids": [task], "priority": "high", "idempotency_key": "same-1234"}
        first = await ada.call("update_tasks", **same)
        await ada.call("update_tasks", ids=[task], priority="low")
        assert await ada.call("update_tasks", **same) == {**first, "replayed": True}
        assert await stored.version(home, task) == 2


class Contested(Database):
    """Somebody else is always faster: a task changes after every read and before every commit."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.hot = 0

    async def app(self, space: int, sql: str, *args: Any, once: bool = False) -> list[Any]:
        rows = await super().app(space, sql, *args, once=once)
        if self.hot and not once:
            await super().worker("UPDATE tasks SET version = version + 1 WHERE id = $1", self.hot)
        return rows


@asynccontextmanager
async def contested(home: Home, hands: Hands) -> AsyncGenerator[tuple[Agent, Contested]]:
    database = Contested(home.database.url)
    async with agent(Home(database, home.person), hands) as ada:
        yield ada, database
    await database.close()


async def test_ids_that_keep_losing_become_failures_and_the_rest_is_written(
    home: Home, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry, "PATIENCE_SECONDS", 0.3)
    async with contested(home, hands) as (ada, database):
        calm, hot, cool = [await ada.add(title) for title in ("Calm", "Hot", "Cool")]
        database.hot = ids.parse(hot, "task", "hot")
        answer = await ada.call("update_tasks", ids=[calm, hot, cool], priority="high")
        assert [task["id"] for task in answer["tasks"]] == [calm, cool]
        [failure] = answer["failures"]
        assert failure == {"id": hot, "error": f"{hot} is being changed by others; try it again."}
        for task in (calm, cool):
            assert await stored.version(home, task) == 2
        assert await sowing.rows(
            home.database, "SELECT count(*) FROM events WHERE version = 2"
        ) == [(2,)]


async def test_one_that_loses_alone_is_told_so_in_bounded_time(
    home: Home, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry, "PATIENCE_SECONDS", 0.2)
    async with contested(home, hands) as (ada, database):
        hot = await ada.add("Hot")
        database.hot = ids.parse(hot, "task", "hot")
        async with asyncio.timeout(3):
            refusal = await ada.refused("update_tasks", ids=[hot], priority="high")
        assert refusal == f"{hot} is being changed by others; try it again."


async def test_a_parent_that_keeps_changing_fails_only_the_tasks_below_it(
    home: Home, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry, "PATIENCE_SECONDS", 0.2)
    async with contested(home, hands) as (ada, database):
        hot = await ada.add("Hot")
        below = [await ada.add(title, parent=hot) for title in ("One", "Two")]
        other = await ada.add("Other")
        database.hot = ids.parse(hot, "task", "hot")
        answer = await ada.call("delete_tasks", ids=[*below, other])
        assert [task["id"] for task in answer["tasks"]] == [other]
        assert [failure["id"] for failure in answer["failures"]] == below
        assert await stored.open_tasks(home) == [hot, *below]


def test_arguments_are_compared_whatever_their_order() -> None:
    one = {"a": [{"x": 1, "y": 2}], "b": None}
    assert carry.hash_of(one) == carry.hash_of({"b": None, "a": [{"y": 2, "x": 1}]})
    assert carry.hash_of(one) != carry.hash_of({"b": None, "a": [{"y": 1, "x": 2}]})


async def test_numbers_of_a_decision_that_came_to_nothing_are_used_again(
    home: Home, hands: Hands
) -> None:
    # Of a database object of its own: the others' numbers have been given back in any order.
    async with contested(home, hands) as (ada, _):
        answer = await ada.call("add_task", title="First")
        first, op = answer["tasks"][0]["id"], answer["op"]
        for _ in range(20):
            await ada.call("add_task", title="Never", dry_run=True)
            await ada.refused("add_task", title="Never", parent="t999")
            await ada.call("update_tasks", ids=[first], title="First")
        answer = await ada.call("add_task", title="Second")
        assert (answer["tasks"][0]["id"], answer["op"]) == (_next(first), _next(op))


def _next(short: str) -> str:
    kind, number = ids.match(short) or ("", 0)
    return ids.short(kind, number + 1)
