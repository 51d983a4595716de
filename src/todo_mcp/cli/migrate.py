"""`todo-mcp migrate`: bring the database to this version's schema."""

from collections.abc import Mapping

from todo_mcp.cli.home import database_url
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Safe to repeat and to run from several places at once."""
    from todo_mcp.store import migrate  # noqa: PLC0415 (imports SQL)

    async with database_url(settings) as url:
        other = settings.migrate_database_url
        target = other.get_secret_value() if other else url
        before = await migrate.current(target)
        await migrate.upgrade(target)
        after = await migrate.current(target)
    print(
        f"schema {before or 'empty'} -> {after}"
        if before != after
        else f"schema {after}: nothing to do"
    )
    return 0
