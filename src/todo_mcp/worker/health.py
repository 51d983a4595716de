"""Whether the sidecar may send events: not while the database is down, nor too soon after an absence."""

import asyncio
from contextlib import suppress
from typing import Final

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.sidecar import Sidecar, SidecarError
from todo_mcp.store.database import Database

PROBE_SECONDS: Final = 0.8
# So long, three probes a second apart may have failed, and the sidecar have paused its subscription.
NOTICED_SECONDS: Final = 1.5
# Three probes, then the inbound retries of what was under way. A sidecar (1.18) that hears of our return before
# they have ended may resume the subscription and then end it, and would never deliver again.
HOLD_SECONDS: Final = 13.0
BEAT_SECONDS: Final = 0.25
MARK: Final = "todo-mcp-worker"
MARK_SECONDS: Final = 10.0
ASK_SECONDS: Final = 3.0


class Health:
    """Answers "not well" through the whole of what the sidecar may take for an absence."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._failing_since: float | None = None
        self._well_from = 0.0

    def was_absent(self) -> None:
        self._well_from = asyncio.get_running_loop().time() + HOLD_SECONDS

    async def is_well(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            await self._database.within(PROBE_SECONDS).worker("SELECT 1")
        except UnavailableError:
            self._failing_since = self._failing_since or loop.time()
            return False
        if self._failing_since is not None:
            if loop.time() - self._failing_since > NOTICED_SECONDS:
                self.was_absent()
            self._failing_since = None
        return loop.time() >= self._well_from

    async def begin(self, sidecar: Sidecar) -> None:
        """A sidecar that carries our mark has known a worker before this one, and its end."""
        try:
            known = await sidecar.call(lambda client: client.get_metadata(), ASK_SECONDS)
        except (UnavailableError, SidecarError):
            return  # not up: it cannot have events under way
        if MARK in known.extended_metadata:
            self.was_absent()

    async def run(self, sidecar: Sidecar, stop: asyncio.Event) -> None:
        """Mark the sidecar, and notice when this process was stopped, until `stop` is set."""
        marking = asyncio.ensure_future(_mark(sidecar))
        loop = asyncio.get_running_loop()
        try:
            while not stop.is_set():
                before = loop.time()
                try:
                    await asyncio.wait_for(stop.wait(), BEAT_SECONDS)
                except TimeoutError:
                    if loop.time() - before > BEAT_SECONDS + NOTICED_SECONDS:
                        self.was_absent()
        finally:
            marking.cancel()
            await asyncio.wait([marking])


async def _mark(sidecar: Sidecar) -> None:
    """Again and again, as a sidecar that was started anew knows nothing."""
    while True:
        with suppress(UnavailableError, SidecarError):
            await sidecar.call(lambda client: client.set_metadata(MARK, "seen"), ASK_SECONDS)
        await asyncio.sleep(MARK_SECONDS)
