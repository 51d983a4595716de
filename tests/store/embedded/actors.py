"""Processes that tests start, watch and kill."""

import asyncio
import os
import pwd
import signal
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] (it has none)

from todo_mcp.store.keeper import locks

REPOSITORY = Path(__file__).parents[3]
connect = cast("Callable[[str], Awaitable[Any]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType] (untyped)

# Root, with a say over its own mounts and limits, whoever runs the tests.
NEW_ROOT = ("unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c")


class Client:
    """Another process that uses the server."""

    def __init__(self, process: Process, said: str) -> None:
        self.process = process
        self.word, _, self.rest = said.strip().partition(" ")

    async def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def client(folder: Path, idle: float = 60, first: str = "", user: int = 0) -> Client:
    """Returns when it said `ready <url>` or `refused <why>`.

    `first` is a command that is run as root before it; `user` is who it is then.
    """
    command = [sys.executable, "-m", "tests.store.embedded.client", str(folder), str(idle)]
    if user:
        command = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}", *command]
    if first:
        command = [*NEW_ROOT, f'{first} && exec "$@"', "sh", *command]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=REPOSITORY, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return Client(process, (await process.stdout.readline()).decode())


def open_to_others(folder: Path) -> None:
    folder.chmod(0o755)


def give(folder: Path, user: int) -> None:
    os.chown(folder, user, -1)
    folder.chmod(0o700)


def forget(file: Path) -> None:
    file.unlink()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Waits for a fact of the operating system, which sends no signal of its own."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (nothing to wait on)
            await asyncio.sleep(0.01)


def somebody() -> int:
    """An ordinary account of this machine."""
    return min(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid > 0)


def clients(folder: Path) -> list[int]:
    return _matching("tests.store.embedded.client", str(folder))


def keepers(folder: Path) -> list[int]:
    return _matching("todo_mcp.store.keeper", str(folder))


def postmasters(folder: Path) -> list[int]:
    return _matching("postgres -D", str(folder))


def nothing_runs(folder: Path) -> bool:
    """No keeper, no server, and no server's child: all of them inherit the lock."""
    if keepers(folder) or postmasters(folder):
        return False
    for name in ("server.lock", "keeper.lock"):
        if (folder / "keeper").exists():
            lock = locks.take(folder / "keeper" / name)
            if lock is None:
                return False
            os.close(lock)
    return True


def kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _matching(*words: str) -> list[int]:
    listed = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,command="],
        env={"LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    lines = listed.stdout.decode(errors="replace").splitlines()
    return [int(line.split()[0]) for line in lines if all(word in line for word in words)]
