"""While a crowd fires, what is made of it waits, but not for long."""

import asyncio
from contextlib import ExitStack

import pytest

from todo_mcp.worker import crowd
from todo_mcp.worker.crowd import Crowd


async def test_what_is_made_of_a_crowd_waits_until_it_has_fired() -> None:
    made = Crowd()
    await made.over()
    with ExitStack() as stack:
        stack.enter_context(made.firing())
        waiting = asyncio.create_task(made.over())
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
    async with asyncio.timeout(1):
        await waiting


async def test_a_crowd_that_fires_for_long_holds_nothing_up_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "HELD_SECONDS", 0.02)
    made = Crowd()
    with made.firing():
        async with asyncio.timeout(1):
            await made.over()
