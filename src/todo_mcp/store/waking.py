"""Telling relay and timers that something was committed: soon, and once for many commits."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

DEBOUNCE_SECONDS: Final = 0.005
# Where commits follow each other closely, more NOTIFYs would tell nothing new.
SPACING_SECONDS: Final = 0.02


class Waker:
    """`tell` runs after the commit, in a transaction of its own: inside, NOTIFY serialises writers."""

    def __init__(self, tell: Callable[[], Awaitable[object]]) -> None:
        self._tell = tell
        self._told = float("-inf")  # the loop's time
        self._next: asyncio.TimerHandle | None = None
        self._telling: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        if self._next is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time() + DEBOUNCE_SECONDS, self._told + SPACING_SECONDS)
            self._next = loop.call_at(at, self._start)

    def _start(self) -> None:
        # What is committed from here on needs a NOTIFY of its own: this one may overtake it.
        self._next = None
        loop = asyncio.get_running_loop()
        self._told = loop.time()
        task = loop.create_task(self._run())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _run(self) -> None:
        # Lost, it costs a second: relay and timers poll.
        with suppress(Exception):
            await self._tell()

    async def close(self, seconds: float) -> None:
        """Tell what is still to be told, if that goes in time."""
        if self._next is not None:
            self._next.cancel()
            self._start()
        if self._telling:
            await asyncio.wait(self._telling, timeout=seconds)
