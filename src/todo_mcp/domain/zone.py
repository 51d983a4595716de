"""Time zones by IANA name, and the way between wall time and instants."""

import difflib
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from todo_mcp.errors import RuleError, quoted

# In the folder of the tz database, but the machine's own setting or a placeholder instead of a place.
_NOT_PLACES: Final = {"localtime", "factory", "posixrules"}

# What people call a zone. Never taken (PST is an hour off in summer), only suggested.
_ABBREVIATIONS: Final = {
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "mdt": "America/Denver",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "edt": "America/New_York",
    "bst": "Europe/London",
    "cest": "Europe/Berlin",
    "eest": "Europe/Athens",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "nst": "America/St_Johns",
}
_LONGEST: Final = 64


@lru_cache(maxsize=256)
def zone(name: str, argument: str = "zone") -> ZoneInfo:
    """The zone of that IANA name, whatever its case; `.key` is the name as IANA writes it.

    Raises:
        RuleError: no such zone in the tz database.
    """
    key = key_of(name)
    if key is None:
        raise RuleError(f"{argument}: {quoted(name)} is not a time zone I know. {_advice(name)}")
    return ZoneInfo(key)


def key_of(name: str) -> str | None:
    """The name as IANA writes it; None where there is no such zone."""
    return _names().get(name.strip().lower()) if len(name) <= _LONGEST else None


def instant(local: datetime, zone: str) -> datetime:
    """The instant (UTC) of a wall time.

    In a gap the clock is moved on by the gap (02:30 is 03:30); of a time that comes twice it is the
    first.
    """
    return local.replace(tzinfo=_known(zone), fold=0).astimezone(UTC)


def wall(at: datetime, zone: str) -> datetime:
    """What the clock on the wall shows at an instant: naive, first and second pass alike."""
    return at.astimezone(_known(zone)).replace(tzinfo=None, fold=0)


def around_gap(local: datetime, zone: str) -> tuple[datetime, datetime]:
    """The wall times a skipped one stands for, by the offset after the change and by the one before."""
    place = _known(zone)
    early, late = (
        wall(local.replace(tzinfo=place, fold=fold).astimezone(UTC), zone) for fold in (1, 0)
    )
    return early, late


def _known(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return zone(name)


@cache
def _names() -> dict[str, str]:
    # The set comes in no order; of namesakes the shortest is to win, so it comes last.
    names = sorted(available_timezones(), key=lambda name: (-len(name), name))
    return {name.lower(): name for name in names if name.lower() not in _NOT_PLACES}


@cache
def _places() -> dict[str, str]:
    """Zones by the last part of their names, the way people call them: `new york`."""
    cities = {key.rpartition("/")[2].replace("_", " "): name for key, name in _names().items()}
    return cities | _ABBREVIATIONS


def _advice(name: str) -> str:
    near = _near(name.strip().lower()) if len(name) <= _LONGEST else []
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return "Use an IANA name such as Europe/Vienna, America/New_York or UTC."


def _near(name: str) -> list[str]:
    place = _places().get(name.rpartition("/")[2].replace("_", " "))
    if place:
        return [place]
    full = [_names()[key] for key in difflib.get_close_matches(name, _names(), 2, 0.85)]
    city = [_places()[key] for key in difflib.get_close_matches(name, _places(), 2, 0.75)]
    return list(dict.fromkeys(full + city))[:3]
