"""Bring a database to this version's schema, and tell whether it is there."""

import asyncio
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
from asyncpg import exceptions as pg

from todo_mcp.errors import UnavailableError
from todo_mcp.store.failures import DOWN, FULL, entering, translated, unavailable

if TYPE_CHECKING:  # Alembic is loaded where there is something to migrate: it takes 7 MiB
    from alembic.config import Config

_INSTALLED: Final = Path(__file__).parent.parent / "migrations"
_CHECKOUT: Final = Path(__file__).parents[3] / "migrations"
CONNECT_SECONDS: Final = 4.0
PAUSE_SECONDS: Final = 0.1
_ALEMBIC: Final = threading.Lock()  # its context is one for the whole process

LOCKED: Final = (
    "The schema cannot be changed while another session holds a lock on a table. What was not done "
    "is left as it was; run `todo-mcp migrate` again when no long transaction is open."
)
RIGHTS: Final = (
    "The schema has to be changed, and the login may not do it. Run `todo-mcp migrate` with "
    "MIGRATE_DATABASE_URL naming a login that owns the database and may create roles (CREATEROLE), "
    "or has been granted todo_owner."
)


class BeingMigratedError(Exception):
    """Another process migrates this database now."""


def config(url: str) -> "Config":
    """Alembic's settings without an ini file; `url` is a postgresql:// URL."""
    from alembic.config import Config  # noqa: PLC0415 (see above)

    made = Config()
    made.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["url"] = url
    return made


@cache
def revisions() -> tuple[str, ...]:
    """All that this code knows, the newest first: the one it was written for."""
    files = (_folder() / "versions").glob("[0-9]*.py")
    return tuple(sorted((path.name.partition("_")[0] for path in files), reverse=True))


def _folder() -> Path:
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def head() -> str:
    """The revision this code was written for."""
    return revisions()[0]


async def current(url: str) -> str | None:
    """The database's revision; None where it has no schema yet.

    Raises:
        UnavailableError: it does not answer, or refuses the login.
    """
    with translated(), entering():
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await asyncpg.connect(url)
            try:
                if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
                    return None
                return await connection.fetchval("SELECT version_num FROM alembic_version")
            finally:
                await connection.close(timeout=1)


async def upgrade(url: str) -> None:
    """Upgrade to head; does nothing where the database is there already.

    Waits while another process does it.

    Raises:
        UnavailableError: the database was made by a newer version, cannot be changed now or by
            this login, or does not answer; says what to do.
    """
    while (revision := await current(url)) != head():
        refuse_newer(revision)
        try:
            # Alembic's env.py runs an event loop of its own.
            await asyncio.to_thread(_upgrade, url)
        except BeingMigratedError:
            await asyncio.sleep(PAUSE_SECONDS)


def _upgrade(url: str) -> None:
    from alembic import command  # noqa: PLC0415 (see above)
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    try:
        with _ALEMBIC, translated(), entering():
            command.upgrade(config(url), "head")
    except CommandError as error:  # it was upgraded beyond us at this moment
        raise UnavailableError(str(error)) from error
    except DBAPIError as error:
        told = _TOLD.get(getattr(error.orig, "sqlstate", None) or "")
        if told is None and not error.connection_invalidated:
            raise
        raise unavailable(told or DOWN) from error


_TOLD: Final = {
    pg.LockNotAvailableError.sqlstate: LOCKED,
    pg.DeadlockDetectedError.sqlstate: LOCKED,
    pg.InsufficientPrivilegeError.sqlstate: RIGHTS,
    pg.DiskFullError.sqlstate: FULL,
    pg.AdminShutdownError.sqlstate: DOWN,
}


def refuse_newer(revision: str | None) -> None:
    """Raises UnavailableError where the database was made by a version after this one."""
    if revision is not None and revision not in revisions():
        raise UnavailableError(
            f"The database has schema {revision}, which is newer than this todo-mcp ({head()}). "
            "Upgrade todo-mcp, or point DATABASE_URL to another database."
        )
