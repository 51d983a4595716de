"""What a tool can reach, and how a part that is still starting is waited for."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from mcp.server.mcpserver import Context

from todo_mcp.clock import Clock
from todo_mcp.errors import TodoError, UnavailableError

if TYPE_CHECKING:  # importing the store costs more than the answer to tools/list may take
    from todo_mcp.store.database import Database

T = TypeVar("T")


class Arrival(Generic[T]):
    """A part that comes up in the background while the server already answers.

    Whoever starts the part calls `arrived`, or `failed` with what the caller should read; both may
    be called again when things change. Whoever needs it calls `get`.
    """

    def __init__(self, what: str, *, patience_seconds: float = 4.5) -> None:
        self._what = what
        self._patience_seconds = patience_seconds
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

    async def get(self) -> T:
        """The part, or after the patience an error that says to repeat the call.

        Raises:
            UnavailableError: it is still starting.
            TodoError: it could not be started, and why.
        """
        if not self._settled.is_set():
            try:
                await asyncio.wait_for(self._settled.wait(), self._patience_seconds)
            except TimeoutError:
                raise UnavailableError(
                    f"{self._what} is still starting. Repeat the call in a few seconds."
                ) from None
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._value is None:
            raise UnavailableError(f"{self._what} is not there. Repeat the call in a few seconds.")
        return self._value


def _database() -> "Arrival[Database]":
    return Arrival("The database")


@dataclass(frozen=True, slots=True)
class Resources:
    clock: Clock
    starting: "Arrival[Database]" = field(default_factory=_database)

    async def database(self) -> "Database":
        return await self.starting.get()


ToolContext = Context[Resources]
