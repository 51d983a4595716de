"""A whole worker as a process of its own, to be killed: `python -m tests.worker.process URL`."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from todo_mcp import relay
from todo_mcp.clock import utc_now
from todo_mcp.settings import load
from todo_mcp.store.database import Database
from todo_mcp.worker import run as worker

SINK = "local"


async def work(database: Database, stop: asyncio.Event) -> None:
    """Relay, in-process bus with its handlers, timers."""
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(database, stop, load(), utc_now))
        bus = worker.local_bus(database)
        group.create_task(relay.run(database, bus.publish, SINK, stop))


@asynccontextmanager
async def started(url: str, *, heard: bool = False) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The process, whose log is `heard` on its stdout or not; ended at the end without asking it."""
    kind = asyncio.subprocess.PIPE if heard else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.worker.process", url, stdout=kind
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # a test may have killed it
            process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(work(Database(sys.argv[1]), asyncio.Event()))
