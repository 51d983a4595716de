"""`todo-mcp sinks`: who reads the event log, and the end of one that is gone for good."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from todo_mcp.cli.home import database_url
from todo_mcp.errors import NotFoundError, RuleError, quoted
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.store.database import Database
    from todo_mcp.store.sinks import Sink

ACTIONS = ("list", "drop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="as list tells them")


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Dropped is only what was named and what nobody uses.

    Raises:
        RuleError: none was named to drop; or one is in use, and none of them was dropped.
        NotFoundError: there is none of that name.
    """
    from todo_mcp.store import sinks  # noqa: PLC0415 (imports SQL)
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)

    action, named = cast("str", given["action"]), cast("list[str]", given["names"])
    if (action == "drop") is not bool(named):
        raise RuleError("names: name the sinks to drop as `todo-mcp sinks list` tells them.")
    async with database_url(settings) as url:
        database = Database(url)
        try:
            found = {sink.name: sink for sink in await sinks.found(database)}
            if action == "list":
                return _list(found)
            return await _drop(database, settings, found, named)
        finally:
            await database.close()


def _list(found: "Mapping[str, Sink]") -> int:
    for sink in found.values():
        lag = sink.lag
        waits = (
            f"{lag.count} wait, the oldest for {lag.seconds:.0f} s" if lag.count else "none waits"
        )
        read = "is read" if sink.is_read else "nobody reads it"
        print(f"{sink.name}  {read}  {waits}  moved {sink.moved_at:%Y-%m-%d %H:%M:%S}Z")
    return 0


async def _drop(
    database: "Database", settings: Settings, found: "Mapping[str, Sink]", named: list[str]
) -> int:
    from todo_mcp.store import sinks  # noqa: PLC0415 (imports SQL)

    for name in named:
        if name not in found:
            raise NotFoundError(
                f"names: there is no sink {quoted(name)}. `todo-mcp sinks list` tells those there are."
            )
        if name in _used(settings) or found[name].is_read:
            raise _in_use(name)
    for name in named:
        if not await sinks.drop(database, name):
            raise _in_use(name)
        print(f"{name}: dropped; should it read again, it begins where the log does")
    return 0


def _used(settings: Settings) -> frozenset[str]:
    """By the bus of these settings, whether or not it is at work now."""
    if settings.bus == "local":
        return frozenset({settings.bus})
    from todo_mcp.worker.counting import SINK  # noqa: PLC0415 (only under dapr)

    return frozenset({settings.bus, SINK})


def _in_use(name: str) -> RuleError:
    return RuleError(
        f"names: {quoted(name)} is in use. Drop only what is gone for good: stop what reads it, and name "
        "the bus in use by TODO_MCP_BUS."
    )
