"""PostgreSQL of the stack: the embedded one, or the one of DATABASE_URL."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from todo_mcp.store import embedded

# Its keeper ends it that soon after the last process of the stack has gone, however it went.
IDLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Postgres:
    url: str
    folder: Path | None
    """Where the embedded one is; one of somebody else's is not treated badly."""

    @property
    def pid(self) -> int | None:
        if self.folder is None:
            return None
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill(self) -> None:
        """Crash it; its keeper starts it again at once, where it was."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """The server with all its connections."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, sent: signal.Signals) -> None:
        pid = self.pid
        if pid is None:
            raise ValueError("DATABASE_URL names a server that is not the stack's to stop.")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        # The server first: it must not replace a connection that is stopped or killed before it.
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, sent)


@asynccontextmanager
async def postgres(folder: Path, given: str | None) -> AsyncGenerator[Postgres]:
    if given:
        yield Postgres(given, None)
        return
    place = folder / "postgres"
    used = await embedded.start(place, idle_seconds=IDLE_SECONDS)
    server = Postgres(used.url, place)
    try:
        yield server
    finally:
        with suppress(OSError):
            server.resume()
        await used.release()
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS + 10):
                while (place / "postgres" / "postmaster.pid").exists():  # noqa: ASYNC110 (a file sends no signal)
                    await asyncio.sleep(0.05)
