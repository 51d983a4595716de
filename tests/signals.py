"""Waiting for what other tasks do, with a deadline instead of a sleep."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

DEADLINE_SECONDS = 20.0
T = TypeVar("T")


class Record(Generic[T]):
    """Keeps what arrives, and wakes who waits for it."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self._grown = asyncio.Event()

    def add(self, *items: T) -> None:
        self.items.extend(items)
        self._grown.set()

    async def until(self, count: int) -> list[T]:
        """What has arrived, once there are `count` of it."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(self.items) < count:
                await self._grown.wait()
                self._grown.clear()
        return self.items


async def eventually(
    condition: Callable[[], Awaitable[Any]], seconds: float = DEADLINE_SECONDS
) -> Any:
    """The first truthy answer; asked again and again, as a database sends no signal."""
    async with asyncio.timeout(seconds):
        found = await condition()
        while not found:
            await asyncio.sleep(0.01)
            found = await condition()
    return found


@asynccontextmanager
async def running(
    start: Callable[[asyncio.Event], Awaitable[None]],
) -> AsyncGenerator[asyncio.Event]:
    """Run a role of the process; stopped and waited for at the end."""
    stop = asyncio.Event()
    doing = asyncio.ensure_future(start(stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await doing
