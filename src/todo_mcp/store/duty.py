"""One process of many does a thing, the others stand by: an advisory lock, and the ear for NOTIFY, on one connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeAlias

import structlog

from todo_mcp.errors import UnavailableError
from todo_mcp.store.connection import BareConnection
from todo_mcp.store.database import CHANNEL, Database
from todo_mcp.store.failures import translated

STANDBY_SECONDS: Final = 1.0
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.0

# The log and the pending reminders are read along their indexes, from where the last read ended. Any
# other plan reads all that is behind first, and looks cheaper to a planner without statistics.
_ALONG_INDEX: Final = "SET enable_bitmapscan = off; SET enable_sort = off"
# For what may well be repeated after a crash: no commit waits for the disk.
LAZY: Final = "SET synchronous_commit = off"
# For tables that are small until a crowd comes: a plan that was kept would read them whole for each row.
BY_SIZE: Final = "SET plan_cache_mode = force_custom_plan; SET enable_sort = on"
_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS mine"

log = structlog.get_logger()


def name_of(role: str) -> str:
    """What its lock is called."""
    return f"todo-mcp:{role}"


class Duty:
    """Held while the connection lives: what is run through it cannot outlive the lock."""

    def __init__(self, connection: "BareConnection") -> None:
        self._connection = connection
        self._woken = asyncio.Event()

    async def run(self, sql: str, *args: Any) -> list[Any]:
        """Run a statement of the worker.

        Raises:
            UnavailableError: the connection is gone, and the lock with it.
        """
        with translated():
            return await self._connection.fetch(sql, *args)

    async def listen(self) -> None:
        """From here on, commits and a broken connection end `wait`."""
        self._connection.add_termination_listener(self._wake)
        with translated():
            await self._connection.add_listener(CHANNEL, self._wake)

    async def wait(self, seconds: float) -> None:
        """Until something is committed, the time is over or the connection breaks.

        What was committed since the last wait ends it at once.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    def _wake(self, *_: object) -> None:
        self._woken.set()


Work: TypeAlias = Callable[[Duty], Awaitable[None]]


async def keep(
    database: Database, name: str, work: Work, stop: asyncio.Event, *, settings: str = ""
) -> None:
    """Do `work` whenever this process is the one that may; cancel it when `stop` is set.

    A failure ends the turn, not the service: the next turn starts after a short pause. `settings` are
    LAZY or BY_SIZE.
    """
    serving = asyncio.create_task(_serve(database, name, work, f"{_ALONG_INDEX};{settings}"))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        serving.cancel()
        await asyncio.wait([serving, stopping])


async def _serve(database: Database, name: str, work: Work, settings: str) -> None:
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            async with _turn(database, name, settings) as duty:
                pause = FIRST_PAUSE_SECONDS
                if duty is not None:
                    log.info("duty.begun", role=name)
                    await work(duty)
            await asyncio.sleep(STANDBY_SECONDS)
        except UnavailableError:
            log.warning("duty.interrupted", role=name)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        except Exception:
            log.exception("duty.failed", role=name)
            await asyncio.sleep(LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def _turn(database: Database, name: str, settings: str) -> AsyncGenerator[Duty | None]:
    """The duty, or None where another process has it."""
    async with beside(database, settings) as duty:
        [lock] = await duty.run(_LOCK, name_of(name))
        if lock["mine"]:
            await duty.listen()
        yield duty if lock["mine"] else None


@asynccontextmanager
async def beside(database: Database, settings: str = _ALONG_INDEX) -> AsyncGenerator[Duty]:
    """A connection of the same kind without the lock, for what may be done twice at once."""
    connection = await database.listen()
    try:
        with translated():
            await connection.execute(settings)
        yield Duty(connection)
    finally:
        await _close(connection)


async def _close(connection: "BareConnection") -> None:
    """Without waiting for a server that is gone; the lock falls with the connection."""
    try:
        await connection.close(timeout=1)
    except Exception:  # noqa: BLE001 (whatever a broken connection raises, it is to be dropped)
        connection.terminate()
