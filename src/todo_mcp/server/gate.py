"""How many calls are worked on at once: the others wait for their turn, in the order they came."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from todo_mcp.errors import UnavailableError

# More would not go faster, as they share connections and one processor; each would only take as long as
# all of them together, and run out of its time.
AT_ONCE: Final = 32
# Most clients wait for a minute; an answer that comes later is heard by nobody, and its effect surprises.
PATIENCE_SECONDS: Final = 45.0
CROWDED: Final = "More calls wait than this server can answer. Nothing was changed; try the same call again later."


class Gate:
    """The time a call may take begins with its turn; waiting ends because others end.

    Where the calls at work end because the database is away, those that wait hear the same at once: else
    each would wait for the end of all before it, and then for its own. Nobody waits for longer than
    it makes sense.
    """

    def __init__(
        self, at_once: int = AT_ONCE, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._free = at_once
        self._patience_seconds = patience_seconds
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._answered = 0

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Entered when the call may be worked on.

        Raises:
            UnavailableError: what the calls before it ended with, or that it waited for too long.
        """
        await self._enter()
        before = self._answered
        try:
            yield
        except UnavailableError as error:
            if self._answered == before:
                self._send_away(str(error))
            raise
        except Exception:
            self._answered += 1
            raise
        else:
            self._answered += 1
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._patience_seconds):
                await place
        except (asyncio.CancelledError, TimeoutError) as left:
            if not place.cancelled() and place.exception() is None:
                self._leave()  # its turn had come at this moment
            if isinstance(left, TimeoutError):
                raise UnavailableError(CROWDED) from None
            raise

    def _leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _send_away(self, reason: str) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_exception(UnavailableError(reason))
