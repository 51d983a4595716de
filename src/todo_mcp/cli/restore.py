"""`todo-mcp restore`: the tables of one space made anew from its event log."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from todo_mcp.cli.home import database_url
from todo_mcp.cli.spaces import chosen
from todo_mcp.cli.verify import Lines
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.restoring import Restored


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """What was made, by table; with --dry-run what would be.

    Raises:
        TodoError: something is in the way, which was printed line by line; nothing was written.
    """
    from todo_mcp.service.restoring import restore  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)

    dry_run = bool(given["dry_run"])
    lines = Lines()
    async with database_url(settings) as url:
        database = Database(url)
        try:
            space = await chosen(database, settings)
            told = await restore(database, space, lines.tell, dry_run=dry_run)
        finally:
            lines.end()
            await database.close()
    print(f"space {space}: {_said(told, dry_run=dry_run)}")
    return 0


def _said(told: "Restored", *, dry_run: bool) -> str:
    made = ", ".join(f"{count:,} {table}" for table, count in told.made.items()) or "nothing"
    mended = f", search of {told.mended:,} tasks" if told.mended else ""
    return (
        f"{told.events:,} events replayed, {told.same:,} rows were as the log has them; "
        f"{'would be restored' if dry_run else 'restored'}: {made}{mended}."
    )
