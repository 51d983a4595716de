"""Waking relay and timers: soon, once for many commits, and never not at all."""

import asyncio
from time import perf_counter

from todo_mcp.store.waking import SPACING_SECONDS, Waker


class Told:
    """Counts what was told, and when."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.more = asyncio.Event()
        self.broken = False

    async def __call__(self) -> None:
        self.at.append(perf_counter())
        self.more.set()
        if self.broken:
            raise ConnectionError

    async def once_more(self) -> None:
        await asyncio.wait_for(self.more.wait(), 5)
        self.more.clear()


async def test_many_commits_at_once_are_told_once() -> None:
    told = Told()
    waker = Waker(told)
    for _ in range(100):
        waker.wake()
    await told.once_more()
    await waker.close(1)
    assert len(told.at) == 1


async def test_commits_that_follow_each_other_are_told_with_a_pause_between() -> None:
    told = Told()
    waker = Waker(told)
    for _ in range(4):
        waker.wake()
        await told.once_more()
    pauses = [after - before for before, after in zip(told.at, told.at[1:], strict=False)]
    assert min(pauses) > SPACING_SECONDS * 0.9


async def test_a_commit_after_the_telling_began_is_told_again() -> None:
    told = Told()
    waker = Waker(told)
    waker.wake()
    await told.once_more()
    waker.wake()
    await told.once_more()
    assert len(told.at) == 2


async def test_closing_tells_what_waits() -> None:
    told = Told()
    waker = Waker(told)
    waker.wake()
    await waker.close(1)
    assert len(told.at) == 1


async def test_a_telling_that_fails_is_not_the_callers_business() -> None:
    told = Told()
    told.broken = True
    waker = Waker(told)
    for _ in range(2):
        waker.wake()
        await told.once_more()
    await waker.close(1)
    assert len(told.at) == 2
