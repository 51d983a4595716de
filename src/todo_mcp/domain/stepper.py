"""The dates of a rule, in order, found in bounded time from any day on.

Days are `date.toordinal()` numbers: arithmetic on them is what keeps every rule cheap. The rule's
COUNT and UNTIL are not looked at here; they are questions about a series.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import MAXYEAR, date
from typing import Final

from todo_mcp.domain.rule_shape import Freq, Place, Rule

HORIZON_YEARS: Final = 60
"""A rule without a date in so many years has none. 29 February on a given weekday needs 40."""

HORIZON_DAYS: Final = HORIZON_YEARS * 366
LAST_YEAR: Final = MAXYEAR - 1
"""So that every wall time has an instant in every zone."""

LAST_DAY: Final = date(LAST_YEAR, 12, 31).toordinal()

Span = tuple[int, int]
"""A month or a year: the number of its first day, and its length in days."""

Block = tuple[int, tuple[int, ...]]
"""A month or a year: the number of its first day, and the rule's days in it, counted from 0."""


def days(rule: Rule, start: int, low: int) -> Iterator[int]:
    """The rule's days from `low` on, when it began at `start`. `start` itself need not be one.

    Ends with LAST_YEAR, or when HORIZON_YEARS pass without a day.
    """
    low = max(low, start)
    if rule.freq is Freq.DAILY:
        return _daily(rule, start, low)
    if rule.freq is Freq.WEEKLY:
        return _weekly(rule, start, low)
    blocks = _blocks(rule, date.fromordinal(start), date.fromordinal(low))
    return (first + on for first, offsets in blocks for on in offsets if first + on >= low)


def how_many(rule: Rule, start: int, low: int, high: int, limit: int) -> int:
    """How many of the rule's days lie from `low` to before `high`; counting stops at `limit`."""
    low = max(low, start)
    if low >= high:
        return 0
    if rule.by_month or (rule.freq is Freq.DAILY and rule.by_day):
        return _counted(days(rule, start, low), high, limit)
    if rule.freq is Freq.DAILY:
        first = _aligned(low, start, rule.interval)
        return min(limit, max(0, (high - 1 - first) // rule.interval + 1))
    if rule.freq is Freq.WEEKLY:
        return min(limit, _days_of_weeks(rule, start, high) - _days_of_weeks(rule, start, low))
    return _counted(days(rule, start, low), high, limit)


def _counted(ascending: Iterator[int], high: int, limit: int) -> int:
    number = 0
    for day in ascending:
        if day >= high or number >= limit:
            break
        number += 1
    return number


def _days_of_weeks(rule: Rule, start: int, high: int) -> int:
    """From the week of `start` to before `high`, as if the whole first week counted."""
    first_week, offsets = _week(rule, start)
    weeks, rest = divmod(high - first_week, 7 * rule.interval)
    return weeks * len(offsets) + sum(offset < rest for offset in offsets)


def weekday(day: int) -> int:
    """0 is Monday."""
    return (day - 1) % 7


def _daily(rule: Rule, start: int, low: int) -> Iterator[int]:
    step = rule.interval
    day = _aligned(low, start, step)
    end = day + HORIZON_DAYS
    month_end = day
    wanted = {on for _, on in rule.by_day} or set(range(7))
    while day <= min(end, LAST_DAY):
        if day >= month_end:
            month, month_end = _next_month(day, rule.by_month)
            if month > day:
                day = _aligned(month, start, step)
                continue
        if weekday(day) in wanted:
            yield day
            end = day + step + HORIZON_DAYS
        day += step


def _weekly(rule: Rule, start: int, low: int) -> Iterator[int]:
    step = 7 * rule.interval
    first_week, offsets = _week(rule, start)
    week = _aligned(low - 6, first_week, step)
    end = week + HORIZON_DAYS
    month = month_end = week
    while week <= min(end, LAST_DAY):
        if week >= month_end or week < month:
            month, month_end = _next_month(max(week, 1), rule.by_month)
        if month > week + 6:
            week = _aligned(month - 6, first_week, step)
            continue
        for day in (week + offset for offset in offsets):
            within = month <= day < month_end or _next_month(max(day, 1), rule.by_month)[0] == day
            if low <= day <= LAST_DAY and within:
                yield day
                end = week + step + HORIZON_DAYS
        week += step


def _week(rule: Rule, start: int) -> tuple[int, list[int]]:
    """The week of `start`, and the rule's days in a week."""
    wanted = {on for _, on in rule.by_day} or {weekday(start)}
    offsets = sorted((on - rule.week_start) % 7 for on in wanted)
    return start - (weekday(start) - rule.week_start) % 7, offsets


def _aligned(low: int, start: int, step: int) -> int:
    """The first of start, start + step, … that is not below `low`."""
    return max(start, low + (start - low) % step)


def _next_month(day: int, months: tuple[int, ...]) -> Span:
    """Where the first month among `months` (none: all) begins and ends that is not over by `day`.

    If it is the month of `day`, it begins with `day`.
    """
    if not months:
        return day, LAST_DAY + 1
    at = date.fromordinal(day)
    later = [month for month in months if month >= at.month]
    year = at.year if later else at.year + 1
    if year > LAST_YEAR:
        return LAST_DAY + 1, LAST_DAY + 1
    first, length = _month(year, (later or months)[0])
    return max(first, day), first + length


def _blocks(rule: Rule, start: date, low: date) -> Iterator[Block]:
    offsets = days_of_span(rule, start.day)
    known: dict[Span, tuple[int, ...]] = {}
    end: int | None = None
    for first, length in _spans(rule, start, low):
        if end is None:
            end = first + HORIZON_DAYS
        if first > end:
            return
        shape = (weekday(first), length)
        if shape not in known:
            known[shape] = offsets(*shape)
        if known[shape]:
            yield first, known[shape]
            end = None


def _spans(rule: Rule, start: date, low: date) -> Iterator[Span]:
    if rule.freq is Freq.MONTHLY:
        return _months(rule, start, low)
    if rule.by_day and rule.by_whole_year:
        return _years(rule, start, low)
    return _months_of_years(rule, start, low)


def _months(rule: Rule, start: date, low: date) -> Iterator[Span]:
    begin = 12 * start.year + start.month - 1
    visited = {(begin + step * rule.interval) % 12 + 1 for step in range(12)}
    if rule.by_month and visited.isdisjoint(rule.by_month):
        return
    number = _aligned(12 * low.year + low.month - 1, begin, rule.interval)
    for month in range(number, 12 * (LAST_YEAR + 1), rule.interval):
        if not rule.by_month or month % 12 + 1 in rule.by_month:
            yield _month(month // 12, month % 12 + 1)


def _months_of_years(rule: Rule, start: date, low: date) -> Iterator[Span]:
    months = rule.by_month or (start.month,)
    for year in range(_aligned(low.year, start.year, rule.interval), LAST_YEAR + 1, rule.interval):
        for month in months:
            if (year, month) >= (low.year, low.month):
                yield _month(year, month)


def _month(year: int, month: int) -> Span:
    return date(year, month, 1).toordinal(), monthrange(year, month)[1]


def _years(rule: Rule, start: date, low: date) -> Iterator[Span]:
    for year in range(_aligned(low.year, start.year, rule.interval), LAST_YEAR + 1, rule.interval):
        yield date(year, 1, 1).toordinal(), 365 + isleap(year)


def days_of_span(rule: Rule, start_day: int) -> Callable[[int, int], tuple[int, ...]]:
    """Which days of a span, from 0, given the weekday of its first day and its length."""

    def offsets(first_weekday: int, length: int) -> tuple[int, ...]:
        chosen = {start_day - 1} if rule.plain_days else set(range(length))
        if rule.by_month_day:
            chosen &= {_from_either_end(n, length) for n in rule.by_month_day}
        if rule.by_day:
            chosen &= {day for p in rule.by_day for day in _places(p, first_weekday, length)}
        return _picked(sorted(day for day in chosen if day < length), rule.by_set_pos)

    return offsets


def _from_either_end(number: int, length: int) -> int:
    return number - 1 if number > 0 else length + number


def _places(place: Place, first_weekday: int, length: int) -> range:
    number, on = place
    all_of_them = range((on - first_weekday) % 7, length, 7)
    if number is None:
        return all_of_them
    index = _from_either_end(number, len(all_of_them))
    return all_of_them[index : index + 1] if index >= 0 else range(0)


def _picked(days_found: list[int], positions: tuple[int, ...]) -> tuple[int, ...]:
    if not positions:
        return tuple(days_found)
    indexes = {_from_either_end(n, len(days_found)) for n in positions}
    return tuple(day for index, day in enumerate(days_found) if index in indexes)
