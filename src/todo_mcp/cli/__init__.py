"""The command line: the composition root, which builds the parts and starts the roles."""

import argparse
import asyncio
import sys
import zoneinfo
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, cast

from todo_mcp import __version__, settings, telemetry
from todo_mcp.errors import TodoError

STDIO: Final = "stdio"
SERVICES: Final = frozenset({"serve", "worker", "relay"})
COMMANDS: Final = {
    "serve": "streamable HTTP server and relay; --with-worker for a one-process deployment",
    "worker": "handlers and timers: recurring tasks go on, reminders fire",
    "relay": "the relay alone, for servers started with --no-relay",
    "migrate": "bring the database to this version's schema",
    "doctor": "check database, roles, schema, clock and event lag, and say what to do",
    "stop": "end the embedded PostgreSQL now, e.g. to copy its folder",
    "channels": "where reminders are brought to: add, confirm, test, rotate, remove, list",
    "user": "a user's own settings: quiet hours, default reminders, channels",
    "settings": "list all settings with their values",
}
OWN_ARGUMENTS: Final = frozenset({"channels", "user"})
ABOUT: Final = """\
A todo list for AI agents: an MCP server on PostgreSQL.

Without a command it serves one local user over stdio, which is what MCP hosts start: its data is
kept in an embedded PostgreSQL in your user data folder, nothing else has to be installed."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits 1 with one line on stderr where it cannot."""
    # The zones of the package, not those of the machine, which may be years old.
    zoneinfo.reset_tzpath(())
    chosen = vars(_parser().parse_args(arguments))
    command = chosen.pop("command") or STDIO
    try:
        found = settings.load(chosen)
        telemetry.configure(level=found.log_level)
        # A module a command: a stdio server must not wait for what only others need.
        run = import_module(f"todo_mcp.cli.{command}").run
        with asyncio.Runner(loop_factory=_loop(command)) as runner:
            code = runner.run(run(found, chosen))
    except TodoError as error:
        sys.exit(f"todo-mcp: {error}")
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _loop(command: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop of uvloop where many clients are served; importing it would delay a single one."""
    if command not in SERVICES or sys.platform == "win32":
        return None
    return cast("Callable[[], asyncio.AbstractEventLoop]", import_module("uvloop").new_event_loop)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "todo-mcp", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"todo-mcp {__version__}")
    settings.add_options(parser)
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    for name, about in COMMANDS.items():
        sub = commands.add_parser(name, help=about, description=about)
        settings.add_options(sub)
        if name in OWN_ARGUMENTS:
            import_module(f"todo_mcp.cli.{name}").add_arguments(sub)
        if name == "serve":
            sub.add_argument(
                "--with-worker", action="store_true", help="run handlers and timers in this process"
            )
            sub.add_argument(
                "--no-relay", action="store_true", help="leave publishing to `todo-mcp relay`"
            )
    return parser
