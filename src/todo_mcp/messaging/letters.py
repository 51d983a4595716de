"""Dead letters: what they are wherever they lie, and what can be done with one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """`id` names it for as long as it lies there; type and subject are None where it is no event."""

    id: str
    at: datetime
    type: str | None
    subject: str | None
    reason: str
    body: bytes


class Letters(Protocol):
    """A place where they lie, in the order in which they are to be replayed."""

    async def read(self) -> list[Letter]:
        """All that are neither replayed nor dropped."""
        ...

    async def replay(self, letter: Letter) -> str | None:
        """Once more to who gave up on it; None, or why it stays.

        Repeated it is harmless: a consumer remembers which events it had effects from.
        """
        ...

    async def drop(self, letter: Letter) -> None:
        """Have done with it."""
        ...
