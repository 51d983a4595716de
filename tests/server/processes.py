"""The small server as a process, and raw lines to and from it."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Final

DEADLINE_SECONDS: Final = 20  # for a start on a busy machine
ENDS_SECONDS: Final = 3
SERVING: Final = ("-m", "tests.server.serving")

HANDSHAKE: Final = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
READY: Final = {"jsonrpc": "2.0", "method": "notifications/initialized"}


class Running:
    def __init__(self, process: Process) -> None:
        self.process = process

    async def tell(self, *messages: dict[str, Any] | str) -> None:
        assert self.process.stdin is not None
        for message in messages:
            line = message if isinstance(message, str) else json.dumps(message)
            self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self) -> dict[str, Any]:
        """The next line of stdout, which must be a message."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            return json.loads(await self.process.stdout.readline())

    async def log(self) -> dict[str, Any]:
        assert self.process.stderr is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            return json.loads(await self.process.stderr.readline())

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def seconds_to_end(self, sent: signal.Signals | None = None) -> float:
        """How long the process takes to end with status 0."""
        started = perf_counter()
        if sent is not None:
            self.process.send_signal(sent)
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await self.process.wait() == 0
        return perf_counter() - started


@asynccontextmanager
async def running(*arguments: str, stdout: int = PIPE) -> AsyncGenerator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *SERVING, *arguments, stdin=PIPE, stdout=stdout, stderr=PIPE, limit=2**26
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
