"""Bring a database to this version's schema, and tell whether it is there."""

import asyncio
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from todo_mcp.errors import UnavailableError
from todo_mcp.store.failures import translated

_INSTALLED: Final = Path(__file__).parent.parent / "migrations"
_CHECKOUT: Final = Path(__file__).parents[3] / "migrations"


def config(url: str) -> Config:
    """Alembic's settings without an ini file; `url` is a postgresql:// URL."""
    made = Config()
    folder = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["url"] = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    return made


def head() -> str:
    """The revision this code was written for."""
    found = ScriptDirectory.from_config(config("")).get_current_head()
    assert found is not None  # noqa: S101 (a package without migrations cannot be built)
    return found


async def current(url: str) -> str | None:
    """The database's revision; None where it has no schema yet."""
    with translated():
        connection = await asyncpg.connect(url, timeout=4, command_timeout=4)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        return await connection.fetchval("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()


async def upgrade(url: str) -> None:
    """Upgrade to head; does nothing where the database is there already.

    Raises:
        UnavailableError: the database was made by a newer version.
    """
    revision = await current(url)
    if revision == head():
        return
    refuse_newer(revision)
    # Alembic's env.py runs an event loop of its own.
    await asyncio.to_thread(command.upgrade, config(url), "head")


def refuse_newer(revision: str | None) -> None:
    script = ScriptDirectory.from_config(config(""))
    known = {item.revision for item in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise UnavailableError(
            f"The database has schema {revision}, which is newer than this todo-mcp ({head()}). "
            "Upgrade todo-mcp, or point DATABASE_URL to another database."
        )
