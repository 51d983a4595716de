"""The files and folders of one embedded server, safe for its user alone."""

import hashlib
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from todo_mcp.errors import UnavailableError
from todo_mcp.store.embedded import binaries
from todo_mcp.store.keeper import endpoint
from todo_mcp.store.keeper.advice import explained
from todo_mcp.store.keeper.work import PORT, Failure, Work

# sun_path has 104 bytes on macOS and 108 on Linux, one of them the closing NUL.
_SOCKET_BYTES = 103
_SHORT = Path("/tmp")  # noqa: S108 (the folder made in it is checked, see `endpoint.private`)


def of(data_dir: Path, idle_seconds: float) -> Work:
    """Raises UnavailableError where the binaries are missing."""
    data = data_dir.expanduser().resolve()
    home = data / "keeper"
    return Work(
        programs=binaries.folder(),
        cluster=data / "postgres",
        home=home,
        sockets=_sockets(home),
        log=data / "postgres.log",
        idle_seconds=idle_seconds,
    )


def prepare(work: Work) -> None:
    """Make the folders, and make sure that nobody else could have made what lies in them.

    Raises:
        UnavailableError: one cannot be made, or belongs to somebody else.
    """
    with advised(work.home.parent):
        work.home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        endpoint.private(work.home)
        if work.sockets != work.home:
            endpoint.private(work.sockets)
        work.log.touch(mode=0o600)


@contextmanager
def advised(folder: Path) -> Generator[None]:
    """Turns refusals of the system, and our own, into errors that say what to do."""
    try:
        yield
    except Failure as failure:
        raise UnavailableError(str(failure)) from None
    except OSError as error:
        raise UnavailableError(
            explained(f"The data folder {folder} cannot be used", f"{error.strerror or error}")
        ) from error


def _sockets(home: Path) -> Path:
    """The folder of the data itself, or a short one that every process finds from the same path.

    A socket's path is short by law of the kernel, and a comma in it ends a host in a database URL.
    No TMPDIR or XDG_RUNTIME_DIR here: they differ between a terminal and a desktop's launcher, and
    two clients of one folder would look for its server in two places.
    """
    path = os.fsencode(home / f".s.PGSQL.{PORT}")
    if sys.platform == "win32" or (len(path) <= _SOCKET_BYTES and _plain(path)):
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return _SHORT / f"todo-mcp-{os.geteuid()}-{name}"


def _plain(path: bytes) -> bool:
    try:
        return "," not in path.decode()
    except UnicodeDecodeError:
        return False
