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


def days(rule: Rule, start: int, low: int) -> Iterator[int]:
    """The rule's days from `low` on, when it began at `start`. `start` itself need not be one.

    Ends with LAST_YEAR, or when HORIZON_YEARS pass without a day.
    """
    low = max(low, start)
    if rule.freq is Freq.DAILY:
        return _daily(rule, start, low)
    if rule.freq is Freq.WEEKLY:
        return _weekly(rule, start, low)
    return _in_spans(_spans(rule, date.fromordinal(start), date.fromordinal(low)), rule, start, low)


def weekday(day: int) -> int:
    """0 is Monday."""
    return (day - 1) % 7


def _daily(rule: Rule, start: int, low: int) -> Iterator[int]:
    step = rule.interval
    day = _aligned(low, start, step)
    end = day + HORIZON_DAYS
    wanted = {on for _, on in rule.by_day} or set(range(7))
    while day <= min(end, LAST_DAY):
        ahead = _next_month(day, rule.by_month)
        if ahead > day:
            day = _aligned(ahead, start, step)
            continue
        if weekday(day) in wanted:
            yield day
            end = day + step + HORIZON_DAYS
        day += step


def _weekly(rule: Rule, start: int, low: int) -> Iterator[int]:
    step = 7 * rule.interval
    first_week = start - (weekday(start) - rule.week_start) % 7
    wanted = {on for _, on in rule.by_day} or {weekday(start)}
    offsets = sorted((on - rule.week_start) % 7 for on in wanted)
    week = _aligned(low - 6, first_week, step)
    end = week + HORIZON_DAYS
    while week <= min(end, LAST_DAY):
        ahead = _next_month(max(week, 1), rule.by_month)
        if ahead > week + 6:
            week = _aligned(ahead - 6, first_week, step)
            continue
        for day in (week + offset for offset in offsets):
            if low <= day <= LAST_DAY and _next_month(day, rule.by_month) == day:
                yield day
                end = week + step + HORIZON_DAYS
        week += step


def _aligned(low: int, start: int, step: int) -> int:
    """The first of start, start + step, … that is not below `low`."""
    return max(start, low + (start - low) % step)


def _next_month(day: int, months: tuple[int, ...]) -> int:
    """`day` when its month is among `months` (none: all), else the first day of the next that is."""
    if not months:
        return day
    at = date.fromordinal(day)
    if at.month in months:
        return day
    later = [month for month in months if month > at.month]
    year = at.year if later else at.year + 1
    return date(year, (later or months)[0], 1).toordinal() if year <= LAST_YEAR else LAST_DAY + 1


def _in_spans(spans: Iterator[Span], rule: Rule, start: int, low: int) -> Iterator[int]:
    offsets = _offsets(rule, date.fromordinal(start).day)
    known: dict[Span, tuple[int, ...]] = {}
    end = LAST_DAY
    bounded = False
    for first, length in spans:
        if not bounded:
            bounded, end = True, first + HORIZON_DAYS
        if first > end:
            return
        shape = (weekday(first), length)
        if shape not in known:
            known[shape] = offsets(*shape)
        for offset in known[shape]:
            if first + offset >= low:
                yield first + offset
                bounded = False


def _spans(rule: Rule, start: date, low: date) -> Iterator[Span]:
    if rule.freq is Freq.MONTHLY:
        return _months(rule, start, low)
    if rule.by_day and rule.by_whole_year:
        return _years(rule, start, low)
    return _months_of_years(rule, start, low)


def _months(rule: Rule, start: date, low: date) -> Iterator[Span]:
    begin = 12 * start.year + start.month - 1
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


def _offsets(rule: Rule, start_day: int) -> Callable[[int, int], tuple[int, ...]]:
    """Which days of a span, from 0, given the weekday of its first day and its length."""

    def offsets(first_weekday: int, length: int) -> tuple[int, ...]:
        sets: list[set[int]] = []
        if rule.by_month_day:
            sets.append({_from_either_end(n, length) for n in rule.by_month_day})
        if rule.by_day:
            sets.append({day for p in rule.by_day for day in _places(p, first_weekday, length)})
        chosen = sorted(set.intersection(*sets) if sets else {start_day - 1})
        within = [offset for offset in chosen if 0 <= offset < length]
        return _picked(within, rule.by_set_pos)

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
