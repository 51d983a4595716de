"""Many reminders due at once: they fire before anything is made of them."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

HELD_SECONDS: Final = 5.0


class Crowd:
    """What is made while a crowd fires takes the processors from it, and is made again for each part."""

    def __init__(self) -> None:
        self._over = asyncio.Event()
        self._over.set()
        self._until = 0.0

    @contextmanager
    def firing(self) -> Generator[None]:
        self._until = asyncio.get_running_loop().time() + HELD_SECONDS
        self._over.clear()
        try:
            yield
        finally:
            self._over.set()

    async def over(self) -> None:
        """Until the crowd has fired, or has been firing for HELD_SECONDS."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._until):
                await self._over.wait()
