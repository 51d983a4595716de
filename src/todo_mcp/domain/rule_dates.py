"""What can be asked of a rule alone: its first date, whether it ever happens, what it leaves out."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Final

from todo_mcp.domain.rule_shape import Freq, Local, Rule
from todo_mcp.domain.span import MONTHS, WEEKDAYS
from todo_mcp.domain.stepper import HORIZON_YEARS, days, days_of_span
from todo_mcp.errors import RuleError

_EVERY_MONTH_HAS: Final = 28
_EVERY_MONTH_HAS_OF_A_WEEKDAY: Final = 4
_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Every date and weekday comes round within the horizon from here.
_ANY_START: Final = date(2000, 1, 1)


def first(rule: Rule, start: Local) -> Local | None:
    """The rule's first date from `start` on, `start` included; intervals count from `start`."""
    low = start.toordinal()
    day = next(days(rule, low, low), None)
    return None if day is None else date_of(rule, day, clock_of(start))


def first_from(rule: Rule, due: Local) -> Local | None:
    """The rule's first date from `due` on, whatever its interval, which counts from that date on.

    Every other Tuesday begins on the next Tuesday, not perhaps in the week after it.
    """
    return first(rule.model_copy(update={"interval": 1}), due)


def check_possible(rule: Rule, argument: str = "recurrence") -> None:
    """Refuse a rule without a single date, whenever it may begin.

    Raises:
        RuleError: it never happens.
    """
    endless = rule.model_copy(update={"until": None})
    if first_from(endless, _ANY_START) is None:
        raise RuleError(
            f"{argument}: {rule} never happens within {HORIZON_YEARS} years. "
            "Check its months, days and weekdays against each other."
        )


def date_of(rule: Rule, day: int, clock: time | None) -> Local | None:
    """The date of a day's number, at that time of day; None when it is past the rule's UNTIL."""
    on = date.fromordinal(day)
    local = on if clock is None else datetime.combine(on, clock)
    if isinstance(rule.until, datetime) and isinstance(local, datetime):
        return local if local <= rule.until else None
    return local if rule.until is None or on <= day_of(rule.until) else None


def day_of(local: Local) -> date:
    return local.date() if isinstance(local, datetime) else local


def clock_of(local: Local) -> time | None:
    return local.time() if isinstance(local, datetime) else None


def months_left_out(rule: Rule, start: Local | None = None) -> str | None:
    """A warning for rules such as the 31st, which months without one leave out; else None."""
    if rule.freq not in {Freq.MONTHLY, Freq.YEARLY}:
        return None
    if rule.by_set_pos:
        return _short_of_positions(rule)
    if rule.by_day and rule.by_month_day:
        return None
    if rule.by_day:
        return _short_of_weekdays(rule)
    numbers = rule.by_month_day or ((start.day,) if start else ())
    return _short_of_days(max(map(abs, numbers), default=0), _visited(rule, start))


def _visited(rule: Rule, start: Local | None) -> list[int]:
    """The months of the year that the rule comes to, as far as that is known."""
    if start is None:
        visited = set(range(1, 13))
    elif rule.freq is Freq.YEARLY and not rule.by_month:
        visited = {start.month}
    elif rule.freq is Freq.YEARLY:
        visited = set(rule.by_month)
    else:
        visited = {(start.month - 1 + step * rule.interval) % 12 + 1 for step in range(12)}
    return sorted(visited & set(rule.by_month)) if rule.by_month else sorted(visited)


def _short_of_days(number: int, visited: list[int]) -> str | None:
    if number <= _EVERY_MONTH_HAS:
        return None
    short = [MONTHS[month - 1] for month in visited if _LONGEST[month - 1] < number]
    advice = "'last day of the month' takes every month"
    if short:
        has = "has" if len(short) == 1 else "have"
        return f"{joined(short)} {has} no day {number} and will be left out; {advice}"
    if any(_SHORTEST[month - 1] < number for month in visited):
        return f"February has a day {number} in leap years only; 'last day of february' takes every one"
    return None


def _short_of_weekdays(rule: Rule) -> str | None:
    limit = 52 if rule.by_whole_year else _EVERY_MONTH_HAS_OF_A_WEEKDAY
    rare = [f"{abs(n)} {WEEKDAYS[day]}s" for n, day in rule.by_day if n and abs(n) > limit]
    if not rare:
        return None
    period = "years" if rule.by_whole_year else "months"
    return f"{period} with fewer than {joined(rare)} will be left out; 'last' takes every one"


def _short_of_positions(rule: Rule) -> str | None:
    within = days_of_span(rule, 1)
    months = rule.by_month or tuple(range(1, 13))
    if all(within(*shape) for month in months for shape in _shapes(month)):
        return None
    return "some months have no such day and will be left out"


def _shapes(month: int) -> Iterator[tuple[int, int]]:
    for length in {_SHORTEST[month - 1], _LONGEST[month - 1]}:
        yield from ((first_weekday, length) for first_weekday in range(7))


def joined(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
