"""A *when* or *past when* as the stretch of time it covers, for filters such as `due:` and `created:`."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from todo_mcp.domain.clock_words import PARTS
from todo_mcp.domain.reading import Here, Reading, read_words
from todo_mcp.domain.zone import instant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, or a timed stretch within them.

    `first` and `last` are the days it touches, both included; `start` and `end` its instants (UTC),
    `end` not included. `timed` says that the days alone are too coarse.
    """

    zone: str
    first: date
    last: date
    start: datetime
    end: datetime
    timed: bool = False


def parse_period(
    text: str,
    *,
    now: datetime,
    zone: str,
    argument: str,
    week_start: int = 0,
    past: bool = False,
) -> Period:
    """The days or the moment that words cover: `week`, `last month`, `fri`, `2026-11`, `this morning`.

    A weekday, a time and a day of a month are the last ones where `past` is set, else the next.
    A time is as wide as it was written: a minute or a second.

    Raises:
        RuleError: unknown, ambiguous or impossible words; an unknown zone.
    """
    reading = read_words(text, Here(now, zone, past, week_start), argument)
    if reading.part:
        part = PARTS[reading.part]
        end = reading.on if part.ends > part.begins else reading.on + _DAY
        return _timed(
            reading,
            instant(datetime.combine(reading.on, part.begins), reading.zone),
            instant(datetime.combine(end, part.ends), reading.zone),
        )
    if reading.at and reading.clock:
        return _timed(reading, reading.at, reading.at + _width(reading.clock))
    return days(reading.zone, reading.days.first, reading.days.last)


def days(zone: str, first: date, last: date) -> Period:
    """Whole days of a zone, both ends included."""
    return Period(zone, first, last, _start_of(first, zone), _start_of(last + _DAY, zone))


def _start_of(on: date, zone: str) -> datetime:
    """Where midnight is skipped, the day starts with the first moment after it."""
    return instant(datetime.combine(on, time()), zone)


def _timed(reading: Reading, start: datetime, end: datetime) -> Period:
    return Period(reading.zone, reading.on, reading.on, start, end, timed=True)


def _width(clock: time) -> timedelta:
    if clock.microsecond:
        return timedelta(microseconds=1)
    return timedelta(seconds=1) if clock.second else timedelta(minutes=1)
