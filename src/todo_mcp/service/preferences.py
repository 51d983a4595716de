"""A user's settings, as they are written at a terminal."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

from todo_mcp.domain.clock_words import read_time
from todo_mcp.domain.remind import parse_reminder
from todo_mcp.domain.reminder import REMINDER_LIMIT
from todo_mcp.domain.zone import zone as zone_named
from todo_mcp.errors import RuleError, quoted
from todo_mcp.service.work import Work
from todo_mcp.store import channels as store

_QUIET: Final = re.compile(r"(?P<begin>[0-9:]+)\s*[-–]\s*(?P<end>[0-9:]+)")
_NONE: Final = frozenset({"", "none", "off"})


async def preferences(work: Work) -> dict[str, str]:
    """The settings in words, each as it could be set."""
    row = await store.settings(work.database, work.person.user)
    quiet = (
        "none"
        if row["quiet_from"] is None
        else f"{_clock(row['quiet_from'])}-{_clock(row['quiet_until'])}"
    )
    chosen = row["channels"]
    return {
        "zone": row["zone"],
        "day_start": _clock(row["day_start"]),
        "quiet_hours": quiet,
        "default_reminders": ",".join(row["default_reminders"]) or "none",
        "channels": "all" if chosen is None else ",".join(chosen) or "none",
    }


async def change(work: Work, given: Sequence[str]) -> None:
    """Set some, all or none of them.

    Raises:
        RuleError: one is no setting, or its value does not fit; says what would.
    """
    changes: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in _READ:
            raise RuleError(
                f"{quoted(name)}: no setting; write NAME=VALUE with one of {', '.join(_READ)}."
            )
        changes |= _READ[name](value.strip(), work.now)
    if changes.get("channels"):
        await _known(work, changes["channels"])
    await store.change_settings(work.database, work.person.user, changes)


async def _known(work: Work, names: list[str]) -> None:
    rows = await store.listed(work.database, work.person.user)
    known = [row["name"] for row in rows if row["confirmed"]]
    for name in names:
        if name not in known:
            told = (
                f"confirmed are {', '.join(map(quoted, known))}" if known else "none is confirmed"
            )
            raise RuleError(f"channels: {quoted(name)} is no confirmed channel; {told}.")


def _zone(text: str, _: datetime) -> dict[str, Any]:
    return {"zone": zone_named(text, argument="zone").key}


def _day_start(text: str, _: datetime) -> dict[str, Any]:
    return {"day_start": _time(text, "day_start")}


def _quiet_hours(text: str, _: datetime) -> dict[str, Any]:
    if text.lower() in _NONE:
        return {"quiet_from": None, "quiet_until": None}
    found = _QUIET.fullmatch(text)
    if found is None:
        raise RuleError(f"quiet_hours: {quoted(text)} does not fit. Use e.g. 22:00-07:00, or none.")
    begin, end = _time(found["begin"], "quiet_hours"), _time(found["end"], "quiet_hours")
    if begin == end:
        raise RuleError("quiet_hours: begin and end are the same. Use e.g. 22:00-07:00, or none.")
    return {"quiet_from": begin, "quiet_until": end}


def _default_reminders(text: str, now: datetime) -> dict[str, Any]:
    texts = [] if text.lower() in _NONE else [part.strip() for part in text.split(",")]
    specs = [
        parse_reminder(part, now=now, zone="UTC", argument="default_reminders") for part in texts
    ]
    if any(not spec.relative for spec in specs):
        raise RuleError(
            "default_reminders: must count back from the due, e.g. -30m or '-1d 09:00'."
        )
    if len(specs) > REMINDER_LIMIT:
        raise RuleError(f"default_reminders: at most {REMINDER_LIMIT}.")
    return {"default_reminders": list(dict.fromkeys(map(str, specs)))}


def _channels(text: str, _: datetime) -> dict[str, Any]:
    if text.lower() == "all":
        return {"channels": None}
    names = [] if text.lower() in _NONE else [part.strip() for part in text.split(",")]
    return {"channels": list(dict.fromkeys(names))}


_READ: Final[Mapping[str, Callable[[str, datetime], dict[str, Any]]]] = {
    "zone": _zone,
    "day_start": _day_start,
    "quiet_hours": _quiet_hours,
    "default_reminders": _default_reminders,
    "channels": _channels,
}


def _time(text: str, argument: str) -> time:
    found = read_time(text)
    if found is None:
        raise RuleError(f"{argument}: {quoted(text)} is no time of day. Use e.g. 07:30.")
    return found


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
