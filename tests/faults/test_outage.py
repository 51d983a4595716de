"""A database that goes away in the middle of everything, and comes back."""

import asyncio

from tests.faults.crowd import Call, Crowd
from tests.faults.victim import Victim
from tests.hands import Hands
from tests.server.agent import agent
from todo_mcp.service.home import Home

BACK_SECONDS = 3.0


async def test_a_killed_database_costs_no_call_more_than_an_error_that_says_to_repeat_it(
    victim: Victim, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        crowd = Crowd(ada)
        async with crowd.working():
            for _ in range(3):
                await crowd.successes(30)
                await victim.kill()
                await crowd.failures(len([c for c in crowd.history if c.error]) + 8)
                await victim.start()
                async with asyncio.timeout(BACK_SECONDS):
                    await crowd.successes(8)
        await crowd.settle(home)


async def test_a_frozen_database_costs_no_call_more_than_five_seconds(
    victim: Victim, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        crowd = Crowd(ada)
        async with crowd.working():
            await crowd.successes(30)
            victim.freeze()
            await crowd.failures(8)
            victim.thaw()
            async with asyncio.timeout(BACK_SECONDS):
                await crowd.successes(8)
        await crowd.settle(home)


async def test_the_first_call_after_a_restart_works(
    victim: Victim, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Before")
        for number in range(3):
            await victim.stop()
            await victim.start()
            await ada.call("update_tasks", ids=[task], tags_add=[f"after{number}"])


async def test_a_call_while_the_database_is_down_says_to_repeat_it_at_once(
    victim: Victim, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        await victim.stop()
        crowd = Crowd(ada)
        call = Call("add_task", {"title": "Later", "idempotency_key": "later-123"})
        await crowd.call(call)
        assert call.error is not None
        assert call.error.startswith("The database does not answer. Try the same call again")
        assert call.seconds < 1
        await victim.start()
        assert (await crowd.call(call)).error is None
