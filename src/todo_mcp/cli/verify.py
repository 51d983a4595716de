"""`todo-mcp verify`: replay the event log and compare with the tables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from todo_mcp.cli.home import database_url
from todo_mcp.cli.spaces import chosen
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.verifying import Difference

LINES: Final = 1_000


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """One line for each thing that differs; 1 where there is any."""
    from todo_mcp.service.verifying import verify  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)

    printed = 0

    def tell(found: "Difference") -> None:
        nonlocal printed
        printed += 1
        if printed <= LINES:
            print(f"space {found.space}: {found.name}: {found.told}")

    async with database_url(settings) as url:
        database = Database(url)
        try:
            space = await chosen(database, settings) if settings.space else None
            tally = await verify(database, space, tell)
        finally:
            await database.close()
    if printed > LINES:
        print(f"… and {printed - LINES:,} more.")
    told = (
        f"{tally.events:,} events of {tally.spaces:,} spaces replayed, {tally.rows:,} rows compared"
    )
    print(f"{told}: {f'{tally.differences:,} differences' if tally.differences else 'all equal'}.")
    return 1 if tally.differences else 0
