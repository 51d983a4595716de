"""One program of the stack: started, watched, and treated badly on purpose."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

START_SECONDS: Final = 60.0
END_SECONDS: Final = 10.0
_GLANCE_SECONDS: Final = 0.05
_PR_SET_PDEATHSIG: Final = 1

Ready = Callable[[], Awaitable[bool]]


class FailedError(Exception):
    """A program did not start or do its work; says what its log ends with."""


@dataclass
class Process:
    """Must be started from the main thread: the kernel ends it with the thread that started it."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    ready: Ready
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    async def start(self) -> None:
        """Returns when it is ready.

        Raises:
            FailedError: it ended, or was not ready in time.
        """
        self.spawn()
        await self.until_ready()

    def spawn(self) -> None:
        parent = os.getpid()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C reaches the stack alone, which ends all in order.
                process_group=0,
                preexec_fn=lambda: die_with(parent, signal.SIGKILL),  # noqa: PLW1509 (one call to the kernel)
            )

    async def until_ready(self, seconds: float = START_SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await self.ready():
                    if not self.alive:
                        raise FailedError(f"{self.name} ended:\n{self.tail()}")
                    await asyncio.sleep(_GLANCE_SECONDS)
        except TimeoutError:
            raise FailedError(
                f"{self.name} is not ready after {seconds:.0f} s:\n{self.tail()}"
            ) from None

    def kill(self) -> None:
        """As a crash would: SIGKILL, and reaped."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def end(self) -> int | None:
        """SIGTERM, and SIGKILL where that is not enough; the exit code."""
        if self._child is None:
            return None
        with suppress(ProcessLookupError):
            self._child.send_signal(signal.SIGCONT)
            self._child.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                while self.alive:  # noqa: ASYNC110 (asyncio does not watch it)
                    await asyncio.sleep(_GLANCE_SECONDS)
        except TimeoutError:
            self._child.kill()
        return self._child.wait()

    async def restart(self) -> None:
        """Ended, if it still runs, and started where it was."""
        await self.end()
        await self.start()

    def tail(self, characters: int = 2000) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


def die_with(parent: int, how: signal.Signals) -> None:
    """Called in the child: the kernel signals it when its parent ends, however that ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), how)  # it ended before the line above


def answers(url: str) -> Ready:
    """Ready once this URL answers with success."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status < 300
        except (urllib.error.URLError, OSError):
            return False

    async def ready() -> bool:
        return await asyncio.to_thread(ask)

    return ready


def listens(port: int) -> Ready:
    """Ready once somebody takes connections there."""

    async def ready() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    return ready
