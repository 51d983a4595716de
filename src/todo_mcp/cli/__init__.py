"""The command line: the composition root, which builds the parts and starts the roles."""

import argparse
import asyncio
import sys
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final, cast

from todo_mcp import __version__, settings, telemetry
from todo_mcp.cli import calendars
from todo_mcp.errors import TodoError, UnavailableError

STDIO: Final = "stdio"
SERVICES: Final = frozenset({"serve", "worker", "relay"})
COMMANDS: Final = {
    "serve": "streamable HTTP server and relay; --with-worker for a one-process deployment",
    "worker": "handlers and timers: recurring tasks go on, reminders fire",
    "relay": "the relay alone, for servers started with --no-relay",
    "migrate": "bring the database to this version's schema",
    "topics": "`topics ensure` makes the topics in Kafka that are missing, and compares the others",
    "rebuild": "make the statistics in the Dapr state store anew from the event log",
    "doctor": "check database, roles, schema, clock and event lag, and say what to do",
    "dead-letters": "what handlers gave up: list, show, replay or drop it",
    "verify": "replay the event log and compare with the tables, of one --space or of all",
    "restore": "make the tables of one --space anew from its events; --dry-run tells what it would do",
    "retain": "keep the last --days of the event log whole, of older ones a snapshot of each thing",
    "sinks": "who reads the event log: list them, or drop one that is gone for good",
    "agenda": "a month of what is due and what will come again",
    "preview": "which dates a recurrence has, with --due and --anchor as add_task takes them",
    "export": "write the tasks to standard output, as iCalendar or JSON lines",
    "import": "take in the to-dos of an iCalendar file, again and again without doubles",
    "feed": "let calendars subscribe to the tasks: on, off, list",
    "stop": "end the embedded PostgreSQL now, e.g. to copy its folder",
    "channels": "where reminders are brought to: add, confirm, test, rotate, remove, list",
    "user": "a user's own settings: quiet hours, default reminders, channels",
    "settings": "list all settings with their values",
}
OWN_ARGUMENTS: Final = frozenset({"channels", "user", "dead-letters", "sinks"})
MODULES: Final = {"import": "importing", "dead-letters": "dead_letters"}  # as Python may say it
ABOUT: Final = """\
A todo list for AI agents: an MCP server on PostgreSQL.

Without a command it serves one local user over stdio, which is what MCP hosts start: its data is
kept in an embedded PostgreSQL in your user data folder, nothing else has to be installed."""

SETTINGS: Final = "Each setting of `todo-mcp --help` is an option here too."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits 1 with one line on stderr where it cannot."""
    # The zones of the package, not those of the machine, which may be years old.
    zoneinfo.reset_tzpath(())
    chosen = vars(_parser().parse_args(arguments))
    command = chosen.pop("command") or STDIO
    try:
        found = _settings(chosen)
        telemetry.configure(level=found.log_level)
        # A module a command: a stdio server must not wait for what only others need.
        run = import_module(f"todo_mcp.cli.{MODULES.get(command, command)}").run
        with asyncio.Runner(loop_factory=_loop(command)) as runner:
            code = runner.run(run(found, chosen))
    except UnavailableError as error:
        sys.exit(f"todo-mcp: {error.in_person}")
    except TodoError as error:
        sys.exit(f"todo-mcp: {error}")
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _settings(chosen: Mapping[str, object]) -> settings.Settings:
    """What is a secret elsewhere is read there first, whatever setting it is."""
    kept = settings.references(chosen)
    if not kept:
        return settings.load(chosen)
    rest = {name: value for name, value in chosen.items() if name not in kept}
    first = settings.load(rest | settings.defaults(kept))
    telemetry.configure(level=first.log_level)
    read = import_module("todo_mcp.cli.secrets").read
    return settings.load(rest | asyncio.run(read(first, kept)), secret=kept)


def _loop(command: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop of uvloop where many clients are served; importing it would delay a single one."""
    if command not in SERVICES or sys.platform == "win32":
        return None
    return cast("Callable[[], asyncio.AbstractEventLoop]", import_module("uvloop").new_event_loop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "todo-mcp",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an option of a command could be the beginning of one of ours
    )
    parser.usage = "todo-mcp [OPTIONS] [COMMAND ...]"
    parser.add_argument("--version", action="version", version=f"todo-mcp {__version__}")
    settings.add_options(parser)
    commands = parser.add_subparsers(
        dest="command", title="commands", metavar="COMMAND", prog="todo-mcp"
    )
    for name, about in COMMANDS.items():
        sub = commands.add_parser(name, help=about, description=about, epilog=SETTINGS)
        settings.add_options(sub, shown=False)
        if name in OWN_ARGUMENTS:
            import_module(f"todo_mcp.cli.{MODULES.get(name, name)}").add_arguments(sub)
        if name == "serve":
            sub.add_argument(
                "--with-worker", action="store_true", help="run handlers and timers in this process"
            )
            sub.add_argument(
                "--no-relay", action="store_true", help="leave publishing to `todo-mcp relay`"
            )
        if name in OPTIONS:
            OPTIONS[name](sub)
    return parser


def _agenda(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--month", metavar="YYYY-MM", help="another month than this one")


def _preview(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("recurrence", help="'every other tuesday at 18:00', or an RRULE")
    sub.add_argument("--due", metavar="WHEN", help="the first date, if not the rule's next")
    sub.add_argument("--anchor", choices=["schedule", "completion"], help="count from completion")
    sub.add_argument("--months", type=int, default=3, metavar="N", help="1 to 12 (default 3)")


def _restore(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--dry-run", action="store_true", help="tell what it would do, write nothing")


def _retain(sub: argparse.ArgumentParser) -> None:
    about = "how many days stay as they are, at least 30: undo needs them"
    sub.add_argument("--days", type=int, required=True, metavar="N", help=about)


def _topics(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("action", choices=["ensure"])
    for flag, value, meaning in (
        ("partitions", 12, "of todo.events and its dead letters"),
        ("retention-days", 7, "how long events are kept"),
        ("dead-retention-days", 30, "how long dead letters are kept"),
        ("copies", -1, "of each partition; -1 is the brokers' own default"),
    ):
        about = f"{meaning} (default {value})"
        sub.add_argument(f"--{flag}", type=int, default=value, metavar="N", help=about)


OPTIONS: Final[dict[str, Callable[[argparse.ArgumentParser], None]]] = {
    "topics": _topics,
    "restore": _restore,
    "retain": _retain,
    "export": calendars.export_options,
    "import": calendars.import_options,
    "feed": calendars.feed_options,
    "agenda": _agenda,
    "preview": _preview,
}
