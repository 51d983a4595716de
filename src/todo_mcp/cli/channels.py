"""`todo-mcp channels`: where a user is told of reminders, added and confirmed outside of any chat."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Final

from todo_mcp.cli.home import home
from todo_mcp.clock import utc_now
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.domain.message import Message, Target
    from todo_mcp.service.channels import Channels

ACTIONS: Final = {
    "add": ("name", "value"),
    "confirm": ("name", "value"),
    "test": ("name",),
    "rotate": ("name",),
    "remove": ("name",),
    "list": (),
    "key": (),
    "rekey": (),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=ACTIONS, help="what to do; rekey seals all with the newest key"
    )
    parser.add_argument("name", nargs="?", help="what the channel is called")
    parser.add_argument(
        "value", nargs="?", help="add: its URL, - to read it from stdin; confirm: the code"
    )
    parser.add_argument(
        "--finish", action="store_true", help="rotate: forget the old secret of the webhook"
    )


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """One action; says what to do next."""
    action = str(given["action"])
    named = {key: value for key in ("name", "value") if (value := given.get(key)) is not None}
    if named.keys() != set(ACTIONS[action]):
        wanted = " ".join({"name": "NAME", "value": "URL|CODE"}[key] for key in ACTIONS[action])
        raise RuleError(f"channels {action}: takes {wanted or 'nothing more'}.")
    from todo_mcp.service.sealing import new_key  # noqa: PLC0415 (only where used)

    if action == "key":
        print(new_key())
        return 0
    async with AsyncExitStack() as stack:
        channels = await _channels(settings, stack)
        print(await _act(channels, action, named, finish=bool(given.get("finish"))))
    return 0


async def _channels(settings: Settings, stack: AsyncExitStack) -> "Channels":
    from todo_mcp.service.channels import Channels  # noqa: PLC0415 (only where used)
    from todo_mcp.service.sealing import Sealer  # noqa: PLC0415
    from todo_mcp.worker.senders import reach, senders  # noqa: PLC0415

    sealer, rules = Sealer(settings.sealing_keys), reach(settings)
    known = await stack.enter_async_context(senders(settings))
    made = await stack.enter_async_context(home(settings))

    async def send(kind: str, target: "Target", message: "Message", now: datetime) -> None:
        await known[kind](target, message, now)

    return Channels(made.database, made.person.user, sealer, rules, send)


async def _act(
    channels: "Channels", action: str, named: Mapping[str, object], *, finish: bool
) -> str:
    name, value = str(named.get("name")), str(named.get("value"))
    match action:
        case "add":
            told = await _add(channels, name, value)
        case "confirm":
            await channels.confirm(name, value)
            told = "confirmed: reminders that fire from now on go there"
        case "test":
            await channels.test(name, utc_now())
            told = "sent"
        case "rotate":
            secret = await channels.rotate(name, finish=finish)
            told = f"the secret is {secret}" + (
                "" if finish else "; the last one is valid beside it"
            )
        case "remove":
            await channels.remove(name)
            told = "removed"
        case "rekey":
            told = await _rekey(channels)
        case _:
            told = _table(await channels.listed())
    return told


async def _rekey(channels: "Channels") -> str:
    from todo_mcp.service.channels import rekey  # noqa: PLC0415 (only where used)

    done, closed = await rekey(channels.database, channels.sealer)
    return f"{done} sealed with the newest key" + (f", {closed} opened by none" if closed else "")


async def _add(channels: "Channels", name: str, value: str) -> str:
    # A URL may hold a password, which others would see among the processes.
    url = (await asyncio.to_thread(sys.stdin.readline)).strip() if value == "-" else value
    secret = await channels.add(name, url, utc_now())
    told = "" if secret is None else f"the secret to verify its webhooks with is {secret}\n"
    return f"{told}a code was sent to it: todo-mcp channels confirm '{name}' CODE"


def _table(rows: "list[Mapping[str, object]]") -> str:
    if not rows:
        return "no channels: todo-mcp channels add NAME URL"
    return "\n".join(
        f"{row['name']}  {row['kind']}  "
        f"{'confirmed' if row['confirmed'] else 'waits for its code'}  "
        f"waiting {row['waiting']}, sent {row['sent']}, failed {row['failed']}"
        f"{', rests after failures' if row['resting'] else ''}"
        f"{', last error: ' + str(row['error']) if row['error'] else ''}"
        for row in rows
    )
