"""Which space an operator means."""

from typing import TYPE_CHECKING

from todo_mcp.errors import NotFoundError, quoted
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.store.database import Database


async def chosen(database: "Database", settings: Settings) -> int:
    """The space of `--space`, by number or by name.

    Raises:
        NotFoundError: none was named, or there is none of the kind.
    """
    from todo_mcp.store.spaces import numbered  # noqa: PLC0415 (imports SQL)

    named = settings.space
    if not named:
        raise NotFoundError("space: missing. Name one by its number or name: --space 3.")
    number = await numbered(database, named)
    if number is None:
        raise NotFoundError(f"space: there is no {quoted(named)}, or several have that name.")
    return number
