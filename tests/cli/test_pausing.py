"""When a stdio server turns to its database: the client pauses, or wants it."""

import asyncio

import pytest

from todo_mcp.cli.stdio import QUIET_SECONDS, Pause


async def test_it_waits_for_a_pause_after_the_last_word() -> None:
    pause, loop = Pause(), asyncio.get_running_loop()
    begun = loop.time()
    loop.call_later(QUIET_SECONDS / 2, pause.heard)
    await pause.wait(asyncio.Event())
    assert loop.time() - begun > QUIET_SECONDS * 1.4


@pytest.mark.parametrize("which", [0, 1])
async def test_it_waits_no_longer_than_until_it_is_wanted(which: int) -> None:
    sooner = (asyncio.Event(), asyncio.Event())
    pause, loop = Pause(), asyncio.get_running_loop()
    talking = [loop.call_later(n / 100, pause.heard) for n in range(500)]
    loop.call_later(0.01, sooner[which].set)
    async with asyncio.timeout(3):
        await pause.wait(*sooner)
    for word in talking:
        word.cancel()
