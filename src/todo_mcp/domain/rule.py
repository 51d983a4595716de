"""Reads RFC 5545 rule text; whatever is not supported is refused with the reason."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from todo_mcp.domain.rule_shape import DAY_CODES, Freq, Local, Place, Rule
from todo_mcp.domain.zone import wall
from todo_mcp.errors import RuleError, quoted

__all__ = ["Freq", "Local", "Place", "Rule", "parse_rule", "reason_of"]

MAX_TEXT: Final = 200

_CLOCK_PARTS = frozenset({"BYSECOND", "BYMINUTE", "BYHOUR"})
_UNSUPPORTED = {
    "BYWEEKNO": "programs disagree about it; use BYMONTH, or BYDAY with a number (20MO)",
    "BYYEARDAY": "use BYMONTH with BYMONTHDAY",
    "BYEASTER": "it is no part of RFC 5545",
    "RSCALE": "only the Gregorian calendar is known",
    "SKIP": "use BYMONTHDAY=-1 for the last day of a month",
    "DTSTART": "the first date is the task's due",
    "DTEND": "the first date is the task's due",
    "TZID": "the zone is an argument of its own",
    "EXRULE": "leave single dates out with exceptions",
    "EXDATE": "it goes on a line of its own, EXDATE:20261224, or into exceptions",
    "RDATE": "it goes on a line of its own, RDATE:20261224",
}
_PARTS = "FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST"
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_PLACE = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


def parse_rule(text: str, argument: str = "recurrence", *, zone: str = "UTC") -> Rule:
    """RFC 5545 text, with or without `RRULE:`. An UNTIL in UTC becomes wall time in `zone`.

    Raises:
        RuleError: it is malformed, contradicts itself or goes beyond what is supported.
    """
    try:
        return _parsed(text, zone)
    except ValueError as error:
        raise RuleError(f"{argument}: {reason_of(error)}.") from error


def reason_of(error: ValueError) -> str:
    """What a rule objects to, out of pydantic's wrapping."""
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        return str(detail.get("ctx", {}).get("error") or detail["msg"])
    return str(error)


@lru_cache(maxsize=2048)
def _parsed(text: str, zone: str) -> Rule:
    if len(text) > MAX_TEXT:
        raise ValueError(f"a rule has at most {MAX_TEXT} characters, this one has {len(text)}")
    values: dict[str, Any] = {}
    for name, value in _split(text):
        if name == "FREQ":
            values["freq"] = _freq(value)
        elif name in _READERS:
            field, reader = _READERS[name]
            values[field] = reader(name, value)
        else:
            raise ValueError(_unknown(name))
    if "freq" not in values:
        raise ValueError("a rule needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    values["until"] = _in_zone(values.get("until"), zone)
    return Rule(**values)


def _split(text: str) -> Iterator[tuple[str, str]]:
    body = text.strip().upper().removeprefix("RRULE:").removesuffix(";")
    seen: set[str] = set()
    for part in body.split(";"):
        name, equals, value = (word.strip() for word in part.partition("="))
        outside = re.search(r"\b(DTSTART|DTEND|EXRULE|EXDATE|RDATE|RRULE)\b", part)
        if outside and outside[1] != name:
            raise ValueError(_unknown(outside[1]))
        if not equals or not value:
            raise ValueError(f"{quoted(part)} is no NAME=value; the parts are {_PARTS}")
        if name in seen:
            raise ValueError(f"{quoted(name)} is given twice; give it once, with a list if needed")
        seen.add(name)
        yield name, value


def _unknown(name: str) -> str:
    if name == "RRULE":
        return "give one rule only"
    if name in _CLOCK_PARTS:
        return f"{name} is not supported: the time of day is that of the due; put it there"
    if name in _UNSUPPORTED:
        return f"{name} is not supported: {_UNSUPPORTED[name]}"
    return f"{quoted(name)} is no part of a rule; the parts are {_PARTS}"


def _freq(value: str) -> Freq:
    if value in Freq.__members__:
        return Freq(value)
    if value in {"SECONDLY", "MINUTELY", "HOURLY"}:
        raise ValueError(
            f"FREQ={value} is not supported: a task recurs daily at most; "
            "use FREQ=DAILY, or one task for each time of day"
        )
    raise ValueError(f"FREQ={quoted(value)} is unknown; it is DAILY, WEEKLY, MONTHLY or YEARLY")


def _integer(name: str, value: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise ValueError(f"{name}={quoted(value)} is no whole number")
    return int(value)


def _integers(name: str, value: str) -> tuple[int, ...]:
    return tuple(_integer(name, part.strip()) for part in value.split(","))


def _places(name: str, value: str) -> tuple[Place, ...]:
    places: list[Place] = []
    for part in value.split(","):
        match = _PLACE.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{name}={quoted(part)} is no weekday; use e.g. MO, 2TU or -1FR")
        places.append((int(match[1]) if match[1] else None, DAY_CODES.index(match[2])))
    return tuple(places)


def _weekday(name: str, value: str) -> int:
    if value not in DAY_CODES:
        raise ValueError(f"{name}={quoted(value)} is no weekday; use one of {', '.join(DAY_CODES)}")
    return DAY_CODES.index(value)


def _until(name: str, value: str) -> tuple[Local, bool]:
    """The end, and whether it is in UTC."""
    match = _UNTIL.fullmatch(value)
    wrong = f"{name}={quoted(value)} is no date; use e.g. UNTIL=20261224 or 20261224T170000Z"
    if match is None:
        raise ValueError(wrong)
    try:
        day = date.fromisoformat(match[1])
        if match[2] is None:
            return day, False
        clock = time.fromisoformat(match[2])
    except ValueError:
        raise ValueError(wrong) from None
    return datetime.combine(day, clock), match[3] == "Z"


def _in_zone(until: tuple[Local, bool] | None, zone: str) -> Local | None:
    if until is None:
        return None
    value, is_utc = until
    if not is_utc or not isinstance(value, datetime):
        return value
    try:
        return wall(value.replace(tzinfo=UTC), zone)
    except OverflowError:
        raise ValueError("UNTIL lies outside the years 1 to 9999") from None


_READERS: Final = {
    "INTERVAL": ("interval", _integer),
    "COUNT": ("count", _integer),
    "UNTIL": ("until", _until),
    "BYMONTH": ("by_month", _integers),
    "BYMONTHDAY": ("by_month_day", _integers),
    "BYDAY": ("by_day", _places),
    "BYSETPOS": ("by_set_pos", _integers),
    "WKST": ("week_start", _weekday),
}
