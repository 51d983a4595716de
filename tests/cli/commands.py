"""Running `todo-mcp` as people do: a process with an environment."""

import asyncio
import os
import signal
import subprocess
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
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def running(
    *arguments: str, until: str, **given: str
) -> AsyncGenerator[subprocess.Popen[bytes]]:
    """A command that keeps running, once it has said `until` on stderr; killed at the end."""
    async with begun(*arguments, **given) as process:
        async with asyncio.timeout(30):
            await asyncio.to_thread(_hear, process, until)
        yield process


@asynccontextmanager
async def begun(*arguments: str, **given: str) -> AsyncGenerator[subprocess.Popen[bytes]]:
    """A command just started; killed at the end."""
    process = subprocess.Popen(  # noqa: ASYNC220, S603 (waited for in a thread: asyncio's own watcher may lose the exit code)
        [sys.executable, "-m", "todo_mcp", *arguments],
        env=environment(**given),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


def _hear(process: "subprocess.Popen[bytes]", until: str) -> None:
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line.decode())
        if until in said[-1]:
            return
    raise AssertionError(f"it ended without saying {until}:\n{''.join(said)}")


async def ended(process: "subprocess.Popen[bytes]", sent: signal.Signals) -> tuple[int, float]:
    """The exit code after a signal, and how many seconds that took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    process.send_signal(sent)
    code = await asyncio.to_thread(process.wait, 10)
    return code, loop.time() - begun
