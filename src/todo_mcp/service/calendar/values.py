"""Values of iCalendar properties: text, dates in zones, lists."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import Final

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from todo_mcp.domain.dates import timed
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.when import When, day_in, moment_in
from todo_mcp.domain.zone import key_of, wall
from todo_mcp.errors import RuleError, quoted
from todo_mcp.service.calendar.splitting import Property

_VALUE: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?"
)
# Matches whatever comes, a last backslash too: else a long one would be tried from each of its characters.
_PART: Final = re.compile(r"((?:[^\\,]|\\.?)*+)(?:,|$)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_LEAP: Final = 59  # a leap second is read as the one before


def text(raw: str) -> str:
    """TEXT as it was meant (RFC 5545 section 3.3.11)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], raw)


def texts(found: Iterable[Property], most: int) -> list[str]:
    """The first values of a list of text, over all its lines."""
    parts = (part[1] for item in found for part in _PART.finditer(item.raw))
    return list(islice((word for part in parts if (word := text(part).strip())), most))


@lru_cache(maxsize=512)
def zone_named(tzid: str) -> str:
    """The IANA zone of a TZID, also in the spellings of Outlook and of libical.

    Raises:
        RuleError: none that is known; it is never taken for another.
    """
    known = WINDOWS_TO_OLSON.get(tzid, tzid)
    parts = known.strip("/").split("/")
    tails = ["/".join(parts[-length:]) for length in (len(parts), 3, 2) if length <= len(parts)]
    for name in dict.fromkeys(tails):
        if (key := key_of(name)) is not None:
            return key
    raise RuleError(f"TZID: {quoted(tzid)} is not a time zone I know")


def own_zone(text: str) -> str:
    """The zone of a task as an export of ours has it.

    Raises:
        RuleError: none that is known.
    """
    if (key := key_of(text)) is None:
        raise RuleError(f"X-TODO-MCP-ZONE: {quoted(text)} is not a time zone I know")
    return key


def when(found: Property, here: str, zone_of_utc: str | None = None) -> When:
    """A date or time; floating ones are meant in `here`, instants are shown on the wall there.

    Raises:
        RuleError: not a date, or in an unknown zone.
    """
    value, is_utc = _read(found, found.raw)
    if not isinstance(value, datetime):
        return day_in(here, value)
    try:
        if is_utc:
            return moment_in(zone_of_utc or here, value.replace(tzinfo=UTC))
        place = zone_named(found.params["TZID"]) if "TZID" in found.params else here
        return timed(value.date(), value.time(), place)
    except OverflowError:
        raise _no_date(found, found.raw) from None


def locals_in(found: Iterable[Property], place: str | None, here: str) -> list[Local]:
    """Dates of a series: plain ones where it is of whole days (`place` is None), else on its wall.

    Raises:
        RuleError: not dates.
    """
    days = list[Local]()
    for item in found:
        for part in item.raw.split(","):
            value, is_utc = _read(item, part)
            days.append(_local(item, value, place, here, is_utc=is_utc))
    return days


def _local(found: Property, value: Local, place: str | None, here: str, *, is_utc: bool) -> Local:
    if place is None:
        return value.date() if isinstance(value, datetime) else value
    if not isinstance(value, datetime):
        return value
    if is_utc:
        return wall(value.replace(tzinfo=UTC), place)
    written = zone_named(found.params["TZID"]) if "TZID" in found.params else here
    if written == place:
        return value
    at = timed(value.date(), value.time(), written).at
    assert at is not None  # noqa: S101 (for the type checker)
    return wall(at, place)


def instant_of(found: Property | None) -> datetime | None:
    """A UTC time such as CREATED; None where there is none to be read."""
    if found is None:
        return None
    try:
        moment = when(found, "UTC")
    except RuleError:
        return None
    return moment.at or datetime.combine(moment.on, datetime.min.time(), UTC)


def _read(found: Property, raw: str) -> tuple[Local, bool]:
    match = _VALUE.fullmatch(raw.strip())
    if match is None:
        raise _no_date(found, raw)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return day, False
        second = min(int(match[6]), _LEAP) if match[6] == "60" else int(match[6])
        return datetime(day.year, day.month, day.day, int(match[4]), int(match[5]), second), (  # noqa: DTZ001 (wall time)
            match[7] == "Z"
        )
    except ValueError:
        raise _no_date(found, raw) from None


def _no_date(found: Property, raw: str) -> RuleError:
    return RuleError(f"{found.name}: {quoted(raw)} is no date of iCalendar")
