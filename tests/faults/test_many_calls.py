"""More calls at once than can be worked on: each waits for its turn, and none longer than it makes sense."""

import asyncio
from typing import Any

import pytest
from mcp.types import CallToolResult

from tests import sowing
from tests.faults.victim import Victim
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.signals import eventually
from todo_mcp.errors import UnavailableError
from todo_mcp.server.gate import Gate
from todo_mcp.service.home import Home

CALLS = 300
# Ten connections do fifty of them a second: the last has to wait for longer than a call may take.
SLOW = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$
"""
SLOWLY = """
CREATE TRIGGER slowly BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION slowly()
"""


async def add(ada: Agent, number: int) -> CallToolResult:
    return await ada.client.call_tool("add_task", {"title": f"Task {number}"})


def calls(ada: Agent, count: int = CALLS) -> list[asyncio.Task[Any]]:
    return [asyncio.ensure_future(add(ada, number)) for number in range(count)]


async def test_hundreds_of_calls_at_once_are_all_answered_however_slow_the_database(
    home: Home, hands: Hands
) -> None:
    await sowing.as_admin(home.database, SLOW)
    await sowing.as_admin(home.database, SLOWLY)
    async with agent(home, hands) as ada:
        done, _ = await asyncio.wait(calls(ada))
    assert [task.result().content for task in done if task.result().is_error] == []
    assert await sowing.rows(home.database, "SELECT count(*) FROM tasks") == [(CALLS,)]


async def test_while_the_database_is_frozen_hundreds_are_told_so_within_five_seconds(
    victim: Victim, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        await ada.add("Before")
        victim.freeze()
        waiting = calls(ada)
        done, late = await asyncio.wait(waiting, timeout=5)
        victim.thaw()
        assert len(late) == 0
        assert all(task.result().is_error for task in done)
        assert await eventually(lambda: add(ada, 0))


async def test_callers_that_hang_up_while_they_wait_leave_their_turns_to_others(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        waiting = calls(ada, 120)
        await eventually(lambda: _begun(home))
        for call in waiting[:80]:
            call.cancel()
        await asyncio.wait(waiting)
        assert all(not call.result().is_error for call in waiting[80:])
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(ada.add(f"After {number}"))


async def test_a_turn_that_comes_as_its_caller_hangs_up_goes_to_the_next() -> None:
    gate = Gate(1)

    async def call() -> None:
        async with gate.turn():
            pass

    async with gate.turn():
        second, third = asyncio.ensure_future(call()), asyncio.ensure_future(call())
        await asyncio.sleep(0)  # both wait
    second.cancel()
    async with asyncio.timeout(1):
        await third
        await call()


async def test_who_waits_too_long_for_a_turn_is_told_to_come_again() -> None:
    gate = Gate(1, patience_seconds=0.05)
    async with gate.turn():
        with pytest.raises(UnavailableError, match=r"Nothing was changed; try the same call again"):
            async with gate.turn():
                pass
    async with gate.turn():
        pass


async def _begun(home: Home) -> bool:
    [[count]] = await sowing.rows(home.database, "SELECT count(*) FROM tasks")
    return count > 0
