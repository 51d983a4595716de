"""Processes that are measured from outside, through Linux' /proc."""

import asyncio
import json
import socket
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from time import sleep
from typing import Any, Final

from tools.bench.load import Batch, Done

PATIENCE_SECONDS: Final = 60
LONGEST_LINE: Final = 2**26


def cpu_seconds(pid: int) -> float:
    """What all threads of the process have used; to the nanosecond, unlike its times in ticks."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident: all of it, and with what is shared divided among those who share it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return sizes["Rss"] / 1024, sizes["Pss"] / 1024


@dataclass(frozen=True, slots=True)
class Serving:
    pid: int
    port: int


@asynccontextmanager
async def process(*arguments: str, log: Path, **more: Any) -> AsyncGenerator[Process]:
    """A Python process whose stderr goes to a file; ended at the end."""
    with log.open("ab") as err:
        made = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stderr=err, limit=LONGEST_LINE, **more
        )
    try:
        yield made
    finally:
        if made.returncode is None:
            made.terminate()
        await made.wait()


@asynccontextmanager
async def serving(*arguments: str, log: Path, ready: str) -> AsyncGenerator[Serving]:
    """A server on a free port, which stands as {port} in the arguments; up when `ready` answers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    given = [part.format(port=port) for part in arguments]
    async with process(*given, log=log) as made:
        if not await asyncio.to_thread(_comes_up, f"http://127.0.0.1:{port}{ready}", made):
            raise RuntimeError(f"a server does not come up: {_text(log)}")
        yield Serving(made.pid, port)


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


def _comes_up(url: str, made: Process) -> bool:
    for _ in range(PATIENCE_SECONDS * 20):
        try:
            urllib.request.urlopen(url, timeout=PATIENCE_SECONDS).close()
        except urllib.error.HTTPError as answered:
            if answered.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return True
        except OSError:
            pass
        else:
            return True
        if made.returncode is not None:
            break
        sleep(0.05)
    return False


@asynccontextmanager
async def todo_server(
    url: str, folder: Path, *options: str, module: str = "todo_mcp"
) -> AsyncGenerator[Serving]:
    """`todo-mcp serve` on a database."""
    given = ("--database-url", url, "--timezone", "Europe/Vienna", "--port", "{port}")
    arguments = ("-m", module, "serve", *given, *options)
    async with serving(*arguments, log=folder / "serve.log", ready="/readyz") as made:
        yield made


@asynccontextmanager
async def bare_server(folder: Path, url: str) -> AsyncGenerator[Serving]:
    arguments = ("-m", "tools.bench.bare", "{port}", "sse", url)
    async with serving(*arguments, log=folder / "bare.log", ready="/nothing") as made:
        yield made


class Load:
    """The client process of `tools.bench.load`."""

    def __init__(self, made: Process, log: Path) -> None:
        self._process = made
        self._log = log

    async def run(self, batch: Batch) -> Done:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(batch)).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client failed: {_text(self._log)}")
        return Done(**json.loads(line))


@asynccontextmanager
async def load(folder: Path) -> AsyncGenerator[Load]:
    log = folder / "load.log"
    async with process("-m", "tools.bench.load", log=log, stdin=PIPE, stdout=PIPE) as made:
        yield Load(made, log)
