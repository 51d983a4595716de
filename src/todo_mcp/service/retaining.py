"""Keeping the log as long as it is needed, and of what is older one event a thing."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Final

from todo_mcp.domain.past import KEPT
from todo_mcp.errors import RuleError
from todo_mcp.store.database import Database
from todo_mcp.store.retention import THINGS, Cut, shears

__all__ = ["LEAST_DAYS", "Cut", "HeldBackError", "retain"]

LEAST_DAYS: Final = KEPT.days  # undo goes back so far
MOST_DAYS: Final = 36_500


class HeldBackError(RuleError):
    """A sink has not read what was to go; what all have read is gone."""


async def retain(
    database: Database, days: int, sink: str, *, now: datetime, things: int = THINGS
) -> AsyncGenerator[Cut]:
    """Cut the log behind `days`, in steps that each are kept; answers after each what it did.

    Stopped after any of them, everything that reads the log finds what it found before, and a repetition
    goes on. Nothing goes that the bus of the name `sink`, or any other sink, has not read.

    Raises:
        RuleError: fewer days than undo needs; or the bus has read nothing yet.
        HeldBackError: in the end, where a sink is further behind than that.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise RuleError(
            f"days: {days} is not possible; undo goes back {LEAST_DAYS} days. Use {LEAST_DAYS} to "
            f"{MOST_DAYS:,}."
        )
    async with shears(database, now - timedelta(days=days)) as cutting:
        cursors = await cutting.cursors()
        if sink not in cursors:
            raise RuleError(
                f"bus: {sink} has read nothing of the log yet, so nothing of it may go. Start what "
                "publishes (serve, relay or worker), or name the bus in use by TODO_MCP_BUS."
            )
        behind, to = next(iter(cursors.items()))
        held = await cutting.held(to)
        for part in (cutting.blank(), cutting.events(to, things), cutting.forget()):
            async for done in part:
                yield done
    if held:
        raise HeldBackError(
            f"{behind}: this sink has not read all that is older than {days} days, so the rest was "
            "kept. Let it catch up (`todo-mcp sinks list` tells the lag), or drop it where it is gone for "
            f"good (`todo-mcp sinks drop {behind}`); then repeat."
        )
