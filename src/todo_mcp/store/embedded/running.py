"""An embedded server in use by this process."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg

from todo_mcp.errors import UnavailableError
from todo_mcp.store.embedded import lease, places
from todo_mcp.store.keeper import locks
from todo_mcp.store.keeper.work import SUPERUSER, Work

IDLE_SECONDS = 300.0
_DATABASE = "todo"
_CONNECTS, _CONNECT_PAUSE = 50, 0.1
_AGAIN_SECONDS = 5.0


_NOT_NOW = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)


class Embedded:
    """The server stays up at least until `release`; `url` is for asyncpg.

    Should its keeper be killed, this process starts another: the URL stays good.
    """

    def __init__(self, work: Work, held: lease.Lease) -> None:
        self.url = _url(work, _DATABASE)
        self._work = work
        self._lease = held
        self._watch = asyncio.create_task(self._renew())

    async def release(self) -> None:
        """Gives up this process's use; the server stops when nobody's is left for a while."""
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await self._lease.release()

    async def answers(self) -> bool:
        """Really connects, and makes the database if need be; false when somebody stopped it.

        Raises:
            UnavailableError: it does not answer though its keeper says that it runs.
        """
        for _ in range(_CONNECTS):
            try:
                connection = await asyncpg.connect(self.url)
            except asyncpg.InvalidCatalogNameError:
                await _create_database(self._work)
            except _NOT_NOW:
                if self._watch.done():
                    return False
                # It crashed meanwhile. The keeper answers when it is up again, however long it takes.
                await asyncio.sleep(_CONNECT_PAUSE)
                await (await lease.take(self._work)).release()
            else:
                with suppress(OSError):  # it may stop at this very moment
                    await connection.close()
                return not self._watch.done()
        raise UnavailableError(f"PostgreSQL does not take connections; see {self._work.log}.")

    async def _renew(self) -> None:
        while not await self._lease.ended():
            await self._lease.release()
            self._lease = await _retried(self._work)


async def start(data_dir: Path, idle_seconds: float = IDLE_SECONDS) -> Embedded:
    """The server of this folder, started or joined, with the database `todo` in it.

    Whoever starts the server decides how long it stays unused before it stops.

    Raises:
        UnavailableError: it cannot run; says what to do.
    """
    work = places.of(data_dir, idle_seconds)
    while True:
        used = Embedded(work, await lease.take(work))
        try:
            if await used.answers():
                return used
        except BaseException:
            await used.release()
            raise
        await used.release()


async def stop(data_dir: Path) -> None:
    """Stops the server of this folder now, whoever uses it; returns when it has stopped."""
    work = places.of(data_dir, IDLE_SECONDS)
    if _orphaned(work):
        await (await lease.take(work)).release()  # whose keeper knows how to end it
    opened = await lease.open_door(work, b"stop")
    if opened is None:
        return
    reader, writer = opened
    with suppress(OSError):
        await reader.read()
    writer.close()


def _orphaned(work: Work) -> bool:
    try:
        keeper, server = (locks.is_held(work.home / f"{it}.lock") for it in ("keeper", "server"))
    except OSError:
        return False  # there is no such folder, or it is not ours
    return server and not keeper


async def _retried(work: Work) -> lease.Lease:
    while True:
        try:
            return await lease.take(work)
        except UnavailableError:
            await asyncio.sleep(_AGAIN_SECONDS)


async def _create_database(work: Work) -> None:
    connection = await asyncpg.connect(_url(work, "postgres"))
    try:
        await connection.execute(f"create database {_DATABASE}")
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # another process was faster
    finally:
        await connection.close()


def _url(work: Work, database: str) -> str:
    if sys.platform == "win32":
        port = lease.published(work)["database_port"]
        return f"postgresql://{SUPERUSER}:{work.secret.read_text()}@127.0.0.1:{port}/{database}"
    return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(work.sockets), safe='/')}"
