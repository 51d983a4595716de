"""`todo-mcp dead-letters`: what handlers have given up, looked at, replayed and dropped."""

import argparse
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json, to_json

from todo_mcp.cli.home import database_url
from todo_mcp.cli.roles import sidecar
from todo_mcp.errors import NotFoundError, RuleError, quoted
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.messaging.letters import Letter, Letters

ACTIONS = ("list", "show", "replay", "drop")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("ids", nargs="*", metavar="ID", help="as list names them")
    parser.add_argument("--all", action="store_true", help="replay or drop all there are")


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """1 where one that was to be replayed stays.

    Raises:
        RuleError: neither ids nor --all, or both.
        NotFoundError: none of that id.
    """
    action, named = cast("str", given["action"]), cast("list[str]", given["ids"])
    every = bool(given["all"])
    if action in ("list", "show") and every:
        raise RuleError(f"--all: goes with replay and drop, not with {action}.")
    if action != "list" and every is bool(named):
        raise RuleError(f"ids: name the letters to {action} as `list` shows them, or --all.")
    async with _places(settings) as places:
        found = {letter.id: (letter, place) for place in places for letter in await place.read()}
        chosen = [found[name] for name in (found if every or not named else _known(found, named))]
        if action == "list":
            return _list(letter for letter, _ in chosen)
        if action == "show":
            return _show(letter for letter, _ in chosen)
        return await (_replay if action == "replay" else _drop)(chosen)


@asynccontextmanager
async def _places(settings: Settings) -> "AsyncGenerator[list[Letters]]":
    """The table, and under dapr the topic too."""
    from todo_mcp.store.database import Database  # noqa: PLC0415 (imports SQL)
    from todo_mcp.worker.dead_table import TableLetters  # noqa: PLC0415 (imports SQL)
    from todo_mcp.worker.handlers import handlers  # noqa: PLC0415 (imports SQL)
    from todo_mcp.worker.run import local_bus  # noqa: PLC0415 (imports SQL)

    async with database_url(settings) as url:
        database = Database(url)
        own = handlers(database)
        try:
            if settings.bus == "local":
                yield [TableLetters(database, own, local_bus(database).publish)]
                return
            from todo_mcp.messaging.dapr import DaprBus  # noqa: PLC0415 (only under dapr)
            from todo_mcp.messaging.dead_topic import TopicLetters  # noqa: PLC0415 (only under dapr)
            from todo_mcp.messaging.kafka import connection  # noqa: PLC0415 (only under dapr)

            beside = sidecar(settings)
            try:
                topic = TopicLetters(connection(settings))
                yield [TableLetters(database, own, DaprBus(beside).publish), topic]
            finally:
                await beside.close()
        finally:
            await database.close()


def _known(found: Mapping[str, object], named: Iterable[str]) -> list[str]:
    """Each once, in the order in which they are to be replayed."""
    wanted = set(named)
    for name in sorted(wanted - found.keys()):
        raise NotFoundError(
            f"ids: there is no dead letter {quoted(name)}; it may be replayed or dropped already. "
            "`todo-mcp dead-letters list` shows those there are."
        )
    return [name for name in found if name in wanted]


def _list(letters: "Iterable[Letter]") -> int:
    every = list(letters)
    for one in every:
        told = f"{one.type or 'no event of ours'} {one.subject or ''}".strip()
        print(f"{one.id}  {one.at:%Y-%m-%d %H:%M:%S}Z  {told}  {one.reason}")
    print(f"{len(every)} dead letter{'' if len(every) == 1 else 's'}")
    return 0


def _show(letters: "Iterable[Letter]") -> int:
    """With all that users wrote: it is what has to be looked at."""
    for one in letters:
        print(f"{one.id}: {one.reason}")
        try:
            print(to_json(from_json(one.body), indent=2).decode())
        except ValueError:
            print(one.body.decode(errors="backslashreplace"))
    return 0


async def _replay(chosen: "list[tuple[Letter, Letters]]") -> int:
    """One after the other, as their order counts."""
    stay = 0
    for letter, place in chosen:
        reason = await place.replay(letter)
        stay += reason is not None
        print(f"{letter.id}: {'replayed' if reason is None else f'stays, {reason}'}")
    return 1 if stay else 0


async def _drop(chosen: "list[tuple[Letter, Letters]]") -> int:
    for letter, place in chosen:
        await place.drop(letter)
        print(f"{letter.id}: dropped")
    return 0
