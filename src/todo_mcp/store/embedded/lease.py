"""One client's use of a keeper: a connection that the kernel closes when the client dies."""

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import todo_mcp
from todo_mcp.errors import UnavailableError
from todo_mcp.store.embedded import places
from todo_mcp.store.keeper.advice import explained
from todo_mcp.store.keeper.work import Work, written

_BUSY = 75
_ATTEMPTS = 300  # with the pauses below: two minutes for a former keeper to stop its server
_FIRST_PAUSE, _LAST_PAUSE = 0.02, 0.5
# -S: neither site-packages nor what hooks into them is of use to the keeper.
_KEEPER = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from todo_mcp.store.keeper.process import main; sys.exit(main(sys.argv[2]))"
)
_SPAWN_POLL_SECONDS = 0.003


class Lease:
    """Holds the server up until `release`, or until this process is dead."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ended(self) -> bool:
        """Waits for the keeper's end; true when it was asked to stop, false when it was killed."""
        return bool(await _line(self._reader))

    async def release(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


async def take(work: Work) -> Lease:
    """A lease on the server of this folder, which is started if it does not run.

    Any number of processes may do this at once: the first keeper to lock the folder has it.

    Raises:
        UnavailableError: it cannot run; says what to do.
    """
    deaths, pause = 0, _FIRST_PAUSE
    for _ in range(_ATTEMPTS):
        places.prepare(work)  # before any word to whoever listens there
        lease = await attach(work)
        if lease is not None:
            return lease
        code = await _spawn(work)
        if code == _BUSY:
            # One is starting and not listening yet, or stopping and not listening any more.
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_PAUSE)
        elif code != 0 or (deaths := deaths + 1) > 3:  # noqa: PLR2004
            raise UnavailableError(explained("The database's keeper ended", _tail(work.log)))
    raise UnavailableError(
        f"Another todo-mcp process holds {work.home} but does not answer on {work.door}. "
        "End it (its command line names that folder), or set TODO_MCP_DATA_DIR to another folder."
    )


async def attach(work: Work) -> Lease | None:
    """A lease from a keeper that listens; waits while the server starts or recovers.

    Raises:
        UnavailableError: the keeper says that the server cannot run.
    """
    opened = await open_door(work, b"lease")
    if opened is None:
        return None
    reader, writer = opened
    try:
        said = json.loads(await _line(reader) or '{"state": "gone"}')
    except BaseException:
        writer.close()
        raise
    if said["state"] == "ready":
        return Lease(reader, writer)
    writer.close()
    if said["state"] == "failed":
        raise UnavailableError(said["why"])
    return None


async def open_door(
    work: Work, wish: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    try:
        if sys.platform == "win32":
            secret = work.secret.read_bytes()
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", published(work)["keeper_port"]
            )
        else:
            secret = b""
            reader, writer = await asyncio.open_unix_connection(str(work.door))
    except (OSError, ValueError, KeyError):
        return None
    writer.write(wish + b" " + secret + b"\n")
    return reader, writer


def published(work: Work) -> dict[str, int]:
    """Windows only: the ports of keeper and server."""
    return json.loads(work.door.read_text())


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except OSError:
        return b""


async def _spawn(work: Work) -> int:
    """Exit code of the keeper's first process: 0 when the keeper listens in the background."""
    with places.advised(work.home):
        child = _popen(work)
    try:
        while child.poll() is None:
            if sys.platform == "win32" and await _listens(work):
                break  # there the keeper is the very process that was started
            await asyncio.sleep(_SPAWN_POLL_SECONDS)
    finally:
        if sys.platform != "win32":
            child.wait()  # also when cancelled: milliseconds, and no zombie
    code = child.returncode
    child.returncode = code or 0  # on Windows it lives on, and must not be warned about
    return code or 0


async def _listens(work: Work) -> bool:
    opened = await open_door(work, b"look")
    if opened is not None:
        opened[1].close()
    return opened is not None


def _popen(work: Work) -> subprocess.Popen[bytes]:
    root = Path(todo_mcp.__file__).parents[1]
    command = [sys.executable, "-I", "-S", "-c", _KEEPER, str(root), written(work)]
    with work.log.open("ab") as log:
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
            return subprocess.Popen(  # noqa: S603 (our own program)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                creationflags=flags,
            )
        return subprocess.Popen(  # noqa: S603 (our own program)
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def _tail(log: Path) -> str:
    try:
        return log.read_bytes()[-2000:].decode(errors="replace")
    except OSError:
        return ""
