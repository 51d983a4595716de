"""What the calendar commands share: their options, and a home to work in."""

import argparse
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from todo_mcp.cli.home import home
from todo_mcp.clock import utc_now
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.work import Work


@asynccontextmanager
async def working(
    settings: Settings, tool: str, *, dry_run: bool = False
) -> "AsyncGenerator[Work]":
    """Work of the user of the settings, in their space."""
    async with home(settings) as made:
        from todo_mcp.service.work import Work  # noqa: PLC0415 (imports SQL)

        actor = {"client": "todo-mcp"}
        yield Work(made.database, made.person, utc_now(), tool, actor, dry_run=dry_run)


def export_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--format", choices=["ics", "json"], default="ics", help="ics, or JSON lines")
    sub.add_argument("--status", choices=["any", "open", "done"], default="any")
    _list_option(sub, "only the tasks of this list")


def import_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("file", metavar="FILE.ics")
    sub.add_argument("--dry-run", action="store_true", help="only say what would be done")
    _list_option(sub, "put new tasks here, not where the file says; made where it is missing")


def feed_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("action", choices=["on", "off", "list"])
    sub.add_argument("number", nargs="?", type=int, metavar="FEED", help="off: only this one")
    _list_option(sub, "on: only the tasks of this list")


def _list_option(sub: argparse.ArgumentParser, about: str) -> None:
    sub.add_argument("--list", metavar="NAME", help=about)
