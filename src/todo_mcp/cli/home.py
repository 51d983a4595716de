"""Bringing up the database in the background, and keeping at it while it is down."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from todo_mcp.errors import TodoError, UnavailableError
from todo_mcp.server.arrival import Arrival
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home

AGAIN_SECONDS: Final = 1.0
log = structlog.get_logger()


def awaited_home(settings: Settings) -> "Arrival[Home]":
    """What calls wait for: a database elsewhere is there at once or down, ours may have to be made."""
    return Arrival("The database", patience_seconds=4.5 if settings.database_url else 30)


@asynccontextmanager
async def home(settings: Settings) -> "AsyncGenerator[Home]":
    """The user's home on DATABASE_URL, or on the embedded PostgreSQL; closed at the end.

    Raises:
        TodoError: it cannot be had now; says what to do.
    """
    from todo_mcp.service.home import open_home  # noqa: PLC0415 (imports SQL)

    async with database_url(settings) as url:
        migrate = settings.migrate_database_url
        made = await open_home(
            url,
            user=settings.user,
            zone=settings.timezone,
            space=settings.space,
            migrate_url=migrate.get_secret_value() if migrate else None,
        )
        try:
            yield made
        finally:
            await made.database.close()


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncGenerator[str]:
    """DATABASE_URL, or an embedded server that runs at least as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from todo_mcp.store import embedded  # noqa: PLC0415 (only where used)

    used = await embedded.start(settings.data_dir)
    try:
        yield used.url
    finally:
        await used.release()


async def keep_home(
    settings: Settings,
    stop: asyncio.Event,
    arrived: "Callable[[Home], None]",
    failed: Callable[[TodoError], None],
    work: "Callable[[Home, asyncio.Event], Awaitable[None]]",
) -> None:
    """Bring the home up, tell who waits for it, do the work in it until `stop`; try again if down."""
    reason = ""
    while not stop.is_set():
        try:
            async with AsyncExitStack() as stack:
                made = await _unless(stop, stack.enter_async_context(home(settings)))
                if made is not None:
                    arrived(made)
                    reason = ""
                    log.info("home.opened", space=str(made.person.space))
                    await work(made, stop)
        except TodoError as error:
            if str(error) != reason:  # once, not each second
                log.warning("home.unavailable", error=type(error).__name__, **_why(error))
            reason = str(error)
            failed(error)
            await pause(stop, AGAIN_SECONDS)


def _why(error: TodoError) -> dict[str, str]:
    """What is wrong with a database or its folder, in our words; other errors may quote a user's."""
    return {"reason": error.in_person} if isinstance(error, UnavailableError) else {}


async def _unless(stop: asyncio.Event, opening: "Awaitable[Home]") -> "Home | None":
    """A database that hangs must not keep a process from ending."""
    tasks = asyncio.ensure_future(opening), asyncio.ensure_future(stop.wait())
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    waiting = [task for task in tasks if task.cancel()]
    if waiting:
        await asyncio.wait(waiting)
    return None if tasks[0].cancelled() else tasks[0].result()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, unless it is time to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
