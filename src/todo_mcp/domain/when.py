"""Instants and days as people write them, resolved once against `now` in a zone.

`friday 5pm`, `2026-11-27T17:00`, `in 45 minutes`, `end of month`, `the 12th`. What is ambiguous is
refused with its readings. Where words leave a choice: a weekday is the next one, never today;
`27 nov` and `the 27th` may be today; `next week`, `next month` and `next year` are their first days,
`end of week` the last day of the calendar week; `end of day` is the whole day, without a time;
`in 3 days` is a day, `in 72 hours` an instant; of a time that comes twice the first is meant. Times
of day in words are in `clock_words`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from todo_mcp.domain import span
from todo_mcp.domain.duration import Duration, shift
from todo_mcp.domain.reading import Here, Reading, read_words
from todo_mcp.domain.span import MONTHS, WEEKDAYS, Refusal
from todo_mcp.domain.zone import instant, wall, zone as zone_named
from todo_mcp.errors import RuleError, quoted

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class When:
    """A day, or a time of a day, in a zone. `at` is its instant in UTC, if it has a time."""

    zone: str
    on: date
    time: time | None
    at: datetime | None
    all_day: bool = False  # said so: a task that has a time loses it
    fixed: bool = False  # given with an offset: the task keeps its own zone

    def __str__(self) -> str:
        """A form that parses to the same: `2026-11-27`, `2026-11-27T17:00`.

        With an offset where the wall time alone does not say which instant is meant.
        """
        if self.time is None or self.at is None:
            return f"{self.on} all day" if self.all_day else f"{self.on}"
        if self.fixed or not self.by_wall:
            return self.at.astimezone(zone_named(self.zone)).isoformat()
        return short_iso(datetime.combine(self.on, self.time))

    @property
    def by_wall(self) -> bool:
        """Whether the wall time says which instant is meant: not the second pass of an hour."""
        return self.time is None or (
            instant(datetime.combine(self.on, self.time), self.zone) == self.at
        )


def short_iso(local: datetime | time) -> str:
    """ISO 8601, to the minute where it is a whole one."""
    return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")


def day_in(zone: str, on: date) -> When:
    """A whole day, as it is stored."""
    return When(zone, on, None, None)


def moment_in(zone: str, at: datetime) -> When:
    """An instant, as it is stored, on the wall of its zone."""
    local = wall(at, zone)
    return When(zone, local.date(), local.time(), at)


def parse_when(
    text: str, *, now: datetime, zone: str, argument: str = "due", week_start: int = 0
) -> When:
    """The day or time ahead that words mean (a full date may lie in the past).

    Raises:
        RuleError: unknown, ambiguous, impossible or backward words; an unknown zone.
    """
    reading = read_words(text, Here(now, zone, week_start=week_start), argument)
    if reading.days.back:
        raise RuleError(
            f"{argument}: {quoted(text)} looks back. "
            f"If that is meant, give the date: {_when(reading)}."
        )
    if reading.days.named:
        raise RuleError(
            f"{argument}: {quoted(text)} is {reading.days.named}, from {reading.days.first} to "
            f"{reading.days.last}. Give one day, e.g. {reading.days.last}."
        )
    if reading.part and reading.at and reading.at <= now:
        raise RuleError(
            f"{argument}: {quoted(text)} means {reading.clock:%H:%M}, which has passed. Give a time."
        )
    return _when(reading)


def parse_past_when(
    text: str, *, now: datetime, zone: str, argument: str = "since", week_start: int = 0
) -> When:
    """The day or time that words mean where one looks back.

    `friday` is the last one, `17:00` the last such time, `last week` its first day.

    Raises:
        RuleError: unknown, ambiguous or impossible words; an unknown zone.
    """
    return _when(read_words(text, Here(now, zone, past=True, week_start=week_start), argument))


def moved(when: When, by: Duration, argument: str) -> When:
    """The when a duration on or back: days on the wall, seconds on the instant.

    Raises:
        RuleError: hours from a day without a time, or out of the calendar's years.
    """
    if when.at is None and by.seconds:
        raise RuleError(
            f"{argument}: {by} counts hours, and {when.on} has no time. Use days, or give a time."
        )
    try:
        span.plus_days(when.on, by.days + by.seconds // _DAY)
    except Refusal as refusal:
        raise RuleError(f"{argument}: {by} from {when.on} {refusal}") from None
    if when.at is None:
        return day_in(when.zone, span.plus_days(when.on, by.days))
    return moment_in(when.zone, shift(when.at, by, when.zone))


def _when(reading: Reading) -> When:
    return When(reading.zone, reading.on, reading.clock, reading.at, reading.all_day, reading.fixed)


def due_text(when: When, *, now: datetime, zone: str) -> str:
    """What a person would say back: `Fri 27 Nov 2026, 17:00, in 4 days`.

    A time in another zone than the reader's is named with it; a whole day has no zone.
    """
    told = f"{WEEKDAYS[when.on.weekday()][:3]} {when.on.day} {MONTHS[when.on.month - 1][:3]} {when.on.year}"
    if when.time is None:
        return f"{told}, {_distance((when.on - wall(now, zone).date()).days)}"
    elsewhere = "" if when.zone == zone else f" {when.zone}"
    days = (when.on - wall(now, when.zone).date()).days
    return f"{told}, {when.time:%H:%M}{elsewhere}, {_distance(days)}"


def _distance(days: int) -> str:
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    return near or (f"in {days} days" if days > 0 else f"{-days} days ago")
