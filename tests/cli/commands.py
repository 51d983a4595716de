"""Running `todo-mcp` as people do: a process with an environment."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


def environment(**given: str) -> dict[str, str]:
    """This process's own, without what would set the server up."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TODO_MCP_", "DATABASE_"))}  # noqa: TID251 (handed on)
    return kept | given


async def todo_mcp(*arguments: str, **given: str) -> Said:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "todo_mcp",
        *arguments,
        env=environment(**given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def running(
    *arguments: str, until: str, **given: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A command that keeps running, once it has said `until` on stderr; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "todo_mcp",
        *arguments,
        env=environment(**given),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            async for line in process.stderr:
                if until in line.decode():
                    break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process, sent: signal.Signals) -> tuple[int, float]:
    """The exit code after a signal, and how many seconds that took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    process.send_signal(sent)
    async with asyncio.timeout(10):
        code = await process.wait()
    return code, loop.time() - begun
