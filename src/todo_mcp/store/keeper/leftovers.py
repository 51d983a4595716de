"""What a former server left: processes that still run, and files that claim one does."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from todo_mcp.store.keeper import locks
from todo_mcp.store.keeper.work import PORT, Failure, Work

_SIGQUIT = 3  # has no name on Windows
_LOCAL_PEERPID = 2  # macOS, sys/un.h


def sole_right(work: Work, ending: Callable[[], bool]) -> int:
    """The lock that every process of a server inherits: free means that none is left.

    A server whose keeper was killed is asked to stop.

    Raises:
        Failure: one is left that neither stops nor listens.
    """
    if sys.platform == "win32":
        _stop_orphan_on_windows(work)
    for attempt in range(6000):
        lock = locks.take(work.home / "server.lock")
        if lock is not None:
            return lock
        if ending():
            raise Failure("The server was asked to stop while it started.")
        if attempt in {0, 3000}:
            _ask_to_stop(work.sockets, signal.SIGINT if attempt == 0 else _SIGQUIT)
        time.sleep(0.02)
    raise Failure(
        f"Processes of a former PostgreSQL server still use {work.cluster} and do not end. "
        "End them (their command line names that folder) and start again."
    )


def _stop_orphan_on_windows(work: Work) -> None:
    # No lock is inherited there. `pg_ctl` finds no pipe of a server that is gone, and does nothing.
    if (work.cluster / "postmaster.pid").exists():
        stop = [str(work.programs / "pg_ctl.exe"), "stop", "-m", "fast", "-D", str(work.cluster)]
        subprocess.run(stop, check=False, capture_output=True)  # noqa: S603 (our own program)


def _ask_to_stop(sockets: Path, how: int) -> None:
    # The kernel says who listens on the socket; a pid file may name anybody.
    if sys.platform == "win32":
        return
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(str(sockets / f".s.PGSQL.{PORT}"))
            pid = _listener(server)
        except OSError:
            return
    if pid > 1:
        os.kill(pid, how)


def _listener(server: socket.socket) -> int:
    if sys.platform == "linux":
        peer = server.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", peer)[0])
    return server.getsockopt(0, _LOCAL_PEERPID)


def refuse_strangers(work: Work) -> None:
    """Raises Failure when somebody else runs PostgreSQL in our folder, by `pg_ctl` say."""
    pid = _recorded(work.cluster)
    if pid is not None and _alive(pid) and _works_in(pid, work.cluster):
        raise Failure(
            f"A PostgreSQL server that todo-mcp did not start (process {pid}) already runs in "
            f"{work.cluster}. Stop it, or set DATABASE_URL to it."
        )


def clear(work: Work) -> None:
    """Take away what would keep PostgreSQL from starting though nothing runs.

    To be called only with the sole right, after `refuse_strangers`.
    """
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (work.sockets / name).unlink(missing_ok=True)
    record = work.cluster / "postmaster.pid"
    pid = _recorded(work.cluster)
    if pid is None:
        record.unlink(missing_ok=True)  # empty or torn by a crash: PostgreSQL would refuse it
    elif _alive(pid):
        # The number now belongs to another process. PostgreSQL takes a record with its parent's
        # number as stale, but still looks whether the shared memory it names is in use.
        lines = record.read_bytes().split(b"\n")
        record.write_bytes(b"\n".join([str(os.getpid()).encode(), *lines[1:]]))


def _recorded(cluster: Path) -> int | None:
    try:
        return abs(int((cluster / "postmaster.pid").read_bytes().split(b"\n")[0])) or None
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return False  # there PostgreSQL itself asks for a pipe of that process, not for a number
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/cwd").samefile(cluster)
        seen = subprocess.run(  # noqa: S603 (fixed words and a number)
            ["/usr/sbin/lsof", "-a", "-d", "cwd", "-p", str(pid), "-Fn"],
            capture_output=True,
            check=False,
        )
        return any(
            Path(os.fsdecode(line[1:])).samefile(cluster)
            for line in seen.stdout.splitlines()
            if line.startswith(b"n")
        )
    except OSError:
        return False  # not ours to see, so not a server on a folder that only we can read
