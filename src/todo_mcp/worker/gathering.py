"""Events that wait at the same time are handled as one: their effects share a statement."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import HandleTogether
from todo_mcp.messaging.envelope import CloudEvent

MOST: Final = 200

_Place: TypeAlias = tuple[CloudEvent, asyncio.Future[None]]


class Gathering:
    """One that comes alone is handled at once; those that come meanwhile are the next batch.

    Of a batch that fails each is handled by itself, so that one takes no other along.
    """

    def __init__(self, handle: HandleTogether) -> None:
        self._handle = handle
        self._waiting: deque[_Place] = deque()
        self._working: asyncio.Task[None] | None = None

    async def handle(self, event: CloudEvent) -> None:
        """Returns or raises as if it had been handled alone; whoever stops waiting stops no other."""
        place = asyncio.get_running_loop().create_future()
        self._waiting.append((event, place))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        await place

    async def _work(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), MOST)
                await self._settle([self._waiting.popleft() for _ in range(count)])
        finally:
            self._working = None

    async def _settle(self, batch: Sequence[_Place]) -> None:
        try:
            await self._handle([event for event, _ in batch])
        except UnavailableError as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 (whoever waits decides what it means)
            if len(batch) == 1:
                _fail(batch, error)
                return
            for one in batch:
                await self._settle([one])
        else:
            for _, place in batch:
                if not place.done():
                    place.set_result(None)


def _fail(batch: Sequence[_Place], error: Exception) -> None:
    for _, place in batch:
        if not place.done():
            place.set_exception(error)
