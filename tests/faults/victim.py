"""A PostgreSQL server that tests may kill, freeze and restart."""

import asyncio
import os
import signal
import subprocess
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path

import asyncpg

from tests.signals import eventually
from tests.store.embedded.actors import somebody
from todo_mcp.store.embedded import binaries

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # no test takes the machine's power away
    "shared_buffers": "16MB",
    "log_min_messages": "fatal",
    "client_min_messages": "error",
}


def settings() -> list[str]:
    """As options of the server's command line."""
    return [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]


class Victim:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cluster = folder / "cluster"
        self.url = f"postgresql://todo@/postgres?host={folder}"
        self._process: Process | None = None

    async def make(self) -> None:
        made = await _program(
            "initdb", "-D", self._cluster, "-U", "todo", "-A", "trust", "-E", "UTF8", "-N",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        assert await made.wait() == 0

    async def start(self) -> None:
        """Returns when it takes connections."""
        command = ("postgres", "-D", self._cluster, "-k", self.folder, *settings())

        async def up() -> bool:
            # What is left of a killed one keeps a new one from starting for a moment.
            if self._process is None or self._process.returncode is not None:
                self._process = await _program(*command)
            return await self._answers()

        await eventually(up)

    async def answers(self) -> None:
        """Waits for a server that somebody else has started."""
        await eventually(self._answers)

    async def _answers(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError):
            await (await asyncpg.connect(self.url, timeout=2)).close()
            return True
        return False

    async def kill(self) -> None:
        """As if the machine had taken it away."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """As an operator does who does not wait for clients."""
        if self._process is not None and self._process.returncode is None:
            self.thaw()
            self._process.send_signal(signal.SIGINT)
            await self._process.wait()

    def freeze(self) -> None:
        """It keeps all connections and answers none."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, sent: signal.Signals) -> None:
        assert self._process is not None
        listed = subprocess.run(["/bin/ps", "-axo", "pid=,ppid="], capture_output=True, check=True)
        pairs = [line.split() for line in listed.stdout.decode().splitlines()]
        own = self._process.pid
        for pid in [own, *(int(pid) for pid, parent in pairs if int(parent) == own)]:
            with suppress(ProcessLookupError):
                os.kill(pid, sent)


async def _program(name: str, *arguments: str | Path) -> Process:
    """PostgreSQL refuses to run as root; in a user namespace it is somebody else."""
    user = str(somebody())
    cloak = ("unshare", "--user", f"--map-user={user}", f"--map-group={user}")
    command = (*(cloak if os.geteuid() == 0 else ()), binaries.folder() / name, *arguments)
    return await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
