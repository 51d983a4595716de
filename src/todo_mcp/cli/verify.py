"""`todo-mcp verify`: replay the event log and compare with the tables."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from todo_mcp.cli.home import database_url
from todo_mcp.cli.spaces import chosen
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.comparing import Difference

LINES: Final = 1_000


class Lines:
    """What was found, a line each, as far as anybody would read."""

    def __init__(self) -> None:
        self._told = 0

    def tell(self, found: "Difference") -> None:
        self._told += 1
        if self._told <= LINES:
            print(f"space {found.space}: {found.name}: {found.told}")

    def end(self) -> None:
        if self._told > LINES:
            print(f"… and {self._told - LINES:,} more.")


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """One line for each thing that differs; 1 where there is any."""
    from todo_mcp.service.verifying import verify  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)

    lines = Lines()
    async with database_url(settings) as url:
        database = Database(url)
        try:
            space = await chosen(database, settings) if settings.space else None
            tally = await verify(database, space, lines.tell)
        finally:
            lines.end()
            await database.close()
    told = (
        f"{tally.events:,} events of {tally.spaces:,} spaces replayed, {tally.rows:,} rows compared"
    )
    print(f"{told}: {f'{tally.differences:,} differences' if tally.differences else 'all equal'}.")
    return 1 if tally.differences else 0
