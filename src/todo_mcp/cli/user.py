"""`todo-mcp user`: a user's own settings, shown and changed."""

import argparse
from collections.abc import Mapping
from typing import cast

from todo_mcp.cli.home import home
from todo_mcp.clock import utc_now
from todo_mcp.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "changes",
        nargs="*",
        metavar="NAME=VALUE",
        help="quiet_hours=22:00-07:00, default_reminders=-30m,-1d, channels=phone,mail (or all), "
        "day_start=09:00, zone=Europe/Vienna",
    )


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Change what is named, then show all."""
    from todo_mcp.service import preferences  # noqa: PLC0415 (imports SQL)
    from todo_mcp.service.work import Work  # noqa: PLC0415

    async with home(settings) as made:
        work = Work(made.database, made.person, utc_now(), "user", {"client": "cli"})
        if changes := cast("list[str]", given.get("changes")):
            await preferences.change(work, changes)
        for name, value in (await preferences.preferences(work)).items():
            print(f"{name}={value}")
    return 0
