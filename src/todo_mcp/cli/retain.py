"""`todo-mcp retain`: snapshots in place of the events that are older than some days."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from todo_mcp.cli.home import database_url
from todo_mcp.clock import utc_now
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.retaining import Cut


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Tells what went, also where not all could.

    Raises:
        TodoError: nothing may go, or a sink held some of it back.
    """
    from todo_mcp.service.retaining import Cut, HeldBackError, retain  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)

    days, total = cast("int", given["days"]), Cut()
    async with database_url(settings) as url:
        database = Database(url)
        steps = retain(database, days, settings.bus, now=utc_now())
        try:
            async with aclosing(steps):
                async for done in steps:
                    total += done
        except HeldBackError:
            print(_said(days, total))
            raise
        finally:
            await database.close()
    print(_said(days, total))
    return 0


def _said(days: int, total: "Cut") -> str:
    return (
        f"older than {days} days: {total.snapshots:,} snapshots in place of events, "
        f"{total.events:,} events and {total.operations:,} operations deleted"
    )
