"""Connections of one role: opened when more are used at once, the latest used first.

asyncpg's own pool takes several times as long to hand out a connection as a statement takes to run.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

CLOSE_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 300.0

Opener = Callable[[], Awaitable[Any]]


class PoolBusyError(Exception):
    """All connections were in use for as long as one may wait."""


class Pool:
    def __init__(self, opener: Opener, size: int) -> None:
        self._opener = opener
        self._size = size
        self._open = 0  # of those in use, idle, being opened and being settled
        self._idle: list[tuple[Any, float]] = []  # with the loop's time since when
        # Whoever waits is handed a connection, or None: the place to open one.
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trim: asyncio.TimerHandle | None = None
        self._closed = False

    async def take(self, patience_seconds: float) -> Any:
        """A connection for one borrower, who gives it back with `give` or `settle`.

        Raises:
            PoolBusyError: none became free in that time.
        """
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open < self._size:
            self._open += 1
            return await self._made()
        handed = await self._handed(patience_seconds)
        return await self._made() if handed is None else handed

    def give(self, connection: Any) -> None:
        """Back after a statement that was answered, be it with an error."""
        if self._closed or connection.is_closed():
            connection.terminate()
            self._leave()
        elif not self._hand_on(connection):
            self._idle.append((connection, asyncio.get_running_loop().time()))
            self._watch()

    def distrust(self, connection: Any) -> None:
        """It broke; so may have the idle ones, which nobody has noticed yet."""
        idle, self._idle = self._idle, []
        for gone in (connection, *(other for other, _ in idle)):
            gone.terminate()
            self._leave()

    def settle(self, connection: Any) -> None:
        """Back after a statement that was cut short: its end is waited for, or the connection cut."""
        task = asyncio.get_running_loop().create_task(self._settled(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Close what is idle; whatever is still used is cut when it comes back."""
        self._closed = True
        if self._trim is not None:
            self._trim.cancel()
        idle, self._idle = self._idle, []
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=SETTLE_SECONDS)
        async with asyncio.TaskGroup() as group:
            for connection, _ in idle:
                group.create_task(_end(connection))

    async def _made(self) -> Any:
        try:
            return await self._opener()
        except BaseException:
            self._leave()
            raise

    async def _handed(self, patience_seconds: float) -> Any:
        place: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(patience_seconds):
                return await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._pass(place.result())
            elif place in self._waiting:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise PoolBusyError from None
            raise

    def _pass(self, handed: Any) -> None:
        """Handed to one who left at the same moment."""
        if handed is None:
            self._leave()
        else:
            self.give(handed)

    def _hand_on(self, connection: Any) -> bool:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(connection)
                return True
        return False

    def _leave(self) -> None:
        """A connection is gone: its place goes to who waits."""
        if not self._hand_on(None):
            self._open -= 1

    async def _settled(self, connection: Any) -> None:
        try:
            # The driver asks the server to stop the statement; this one waits until it has.
            await connection.fetch("SELECT 1", timeout=SETTLE_SECONDS)
        except BaseException as error:
            connection.terminate()
            self._leave()
            if not isinstance(error, Exception):
                raise
        else:
            self.give(connection)

    def _watch(self) -> None:
        if self._trim is None:
            loop = asyncio.get_running_loop()
            self._trim = loop.call_later(IDLE_SECONDS, self._close_unused)

    def _close_unused(self) -> None:
        self._trim = None
        loop = asyncio.get_running_loop()
        long_ago = loop.time() - IDLE_SECONDS
        old = [connection for connection, since in self._idle if since <= long_ago]
        self._idle = [item for item in self._idle if item[1] > long_ago]
        self._open -= len(old)
        for connection in old:
            task = loop.create_task(_end(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._idle:
            self._watch()


async def _end(connection: Any) -> None:
    with suppress(Exception):
        await connection.close(timeout=CLOSE_SECONDS)
