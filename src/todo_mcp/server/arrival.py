"""A part that is still starting, and who waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, Generic, TypeVar

from todo_mcp.errors import TodoError, UnavailableError

TELL_SECONDS: Final = 1.0
T = TypeVar("T")
Tell = Callable[[float, float, str], Awaitable[None]]
"""Seconds waited, the most there will be, and what for."""


class Arrival(Generic[T]):
    """A part that comes up in the background while the server already answers.

    Whoever starts the part calls `arrived`, or `failed` with what the caller should read; both may
    be called again when things change. Whoever needs it calls `get`.
    """

    def __init__(self, what: str, *, patience_seconds: float = 4.5) -> None:
        self._what = what
        self._patience_seconds = patience_seconds
        self.wanted = asyncio.Event()  # somebody waits, or did
        self._settled = asyncio.Event()
        self._value: T | None = None
        self._error: TodoError | None = None

    def arrived(self, value: T) -> None:
        self._value, self._error = value, None
        self._settled.set()

    def failed(self, error: TodoError) -> None:
        self._error = error
        self._settled.set()

    @property
    def here(self) -> bool:
        return self._value is not None and self._error is None

    async def get(self, tell: Tell | None = None) -> T:
        """The part, or after the patience an error that says to repeat the call.

        Who waits is told so each second.

        Raises:
            UnavailableError: it is still starting.
            TodoError: it could not be started, and why.
        """
        self.wanted.set()
        if not self._settled.is_set():
            try:
                async with asyncio.timeout(self._patience_seconds):
                    await self._wait(tell)
            except TimeoutError:
                raise UnavailableError(
                    f"{self._what} is still starting. Repeat the call in a few seconds."
                ) from None
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._value is None:
            raise UnavailableError(f"{self._what} is not there. Repeat the call in a few seconds.")
        return self._value

    async def _wait(self, tell: Tell | None) -> None:
        for turn in count(1):
            try:
                await asyncio.wait_for(self._settled.wait(), TELL_SECONDS)
            except TimeoutError:
                if tell is not None:
                    waited = turn * TELL_SECONDS
                    await tell(waited, self._patience_seconds, f"{self._what} is starting")
            else:
                return
