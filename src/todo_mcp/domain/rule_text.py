"""A rule as a sentence that a person would say, and that reads back as the same rule."""

from datetime import datetime, time
from typing import Final

from todo_mcp.domain.rule_dates import joined
from todo_mcp.domain.rule_shape import Anchor, Freq, Local, Place, Rule
from todo_mcp.domain.rule_words import ORDINAL_WORDS, WEEKEND, WORKDAYS, nth
from todo_mcp.domain.span import MONTHS, WEEKDAYS

_UNITS: Final = {
    Freq.DAILY: "day",
    Freq.WEEKLY: "week",
    Freq.MONTHLY: "month",
    Freq.YEARLY: "year",
}
_EVERY_OTHER: Final = 2
_SPELLED: Final = 5
_CLASSES: Final[dict[tuple[Place, ...], str]] = {
    tuple((None, day) for day in WORKDAYS): "weekday",
    tuple((None, day) for day in WEEKEND): "weekend day",
}
_LAST_MONTHS: Final = (3, 6, 9, 12)
_FIRST_MONTHS: Final = (1, 4, 7, 10)
WEEKS_OF_EVERY_MONTH: Final = 4


def sentence(rule: Rule, time: time | None = None, anchor: Anchor = "schedule") -> str:
    """`every second Tuesday at 18:00`, `every last weekday of the quarter`."""
    after = " after completion" if anchor == "completion" else ""
    return _dates(rule) + after + _at(time) + _end(rule)


def _dates(rule: Rule) -> str:
    if rule.freq is Freq.WEEKLY:
        return _weeks(rule)
    if (quarterly := _quarterly(rule)) is not None:
        return quarterly
    if rule.by_set_pos and rule.by_month and rule.interval == 1:
        # Stored as months, as BYSETPOS goes with those, and said as what it is.
        return f"every year on the {_positions(rule)} of {_month_names(rule)}{_only(rule)}"
    return _every(rule) + _days(rule) + _months(rule) + _only(rule)


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.freq]
    return f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"


def _weeks(rule: Rule) -> str:
    names = [WEEKDAYS[day] for _, day in rule.by_day]
    months = _months(rule)
    starting = f", weeks starting on {WEEKDAYS[rule.week_start]}" if rule.week_start else ""
    if rule.interval == 1 and names:
        is_workdays = _CLASSES.get(rule.by_day) == "weekday"
        return f"every {'weekday' if is_workdays else joined(names)}{months}"
    if rule.interval == _EVERY_OTHER and len(names) == 1 and not months:
        return f"every second {names[0]}{starting}"
    return _every(rule) + (f" on {joined(names)}" if names else "") + months + starting


def _days(rule: Rule) -> str:
    if rule.freq is Freq.DAILY or rule.plain_days:
        return ""
    if rule.by_set_pos:
        return f" on the {_positions(rule)}"
    if not rule.by_month_day and rule.by_day[0][0] is None:
        return f" on every {joined(_place(place) for place in rule.by_day)}"
    if (on := _one_date(rule)) is not None:
        return f" on {on}"
    whole_year = " of the year" if rule.by_whole_year else ""
    return f" on the {_listed(rule)}{whole_year}"


def _one_date(rule: Rule) -> str | None:
    if rule.freq is Freq.YEARLY and len(rule.by_month) == len(rule.by_month_day) == 1:
        number = rule.by_month_day[0]
        return f"{number} {_month_names(rule)}" if number > 0 else None
    return None


def _positions(rule: Rule) -> str:
    picked = joined(_ordinal(n) for n in rule.by_set_pos)
    if rule.by_day in _CLASSES and not rule.by_month_day:
        return f"{picked} {_CLASSES[rule.by_day]}"
    return f"{picked} of {_with_article(rule)}"


def _listed(rule: Rule) -> str:
    if rule.by_month_day:
        return joined(_month_day(n) for n in rule.by_month_day)
    return _listed_places(rule)


def _listed_places(rule: Rule) -> str:
    return joined(_place(place) for place in rule.by_day)


def _with_article(rule: Rule) -> str:
    numbered = rule.by_month_day or rule.by_day[0][0] is not None
    return f"the {_listed(rule)}" if numbered else _listed(rule)


def _month_day(number: int) -> str:
    return nth(number) if number > 0 else f"{_ordinal(number)} day"


def _place(place: Place) -> str:
    number, day = place
    return WEEKDAYS[day] if number is None else f"{_ordinal(number)} {WEEKDAYS[day]}"


def _ordinal(number: int) -> str:
    spelled = ORDINAL_WORDS[abs(number) - 1] if abs(number) <= _SPELLED else nth(abs(number))
    if number > 0:
        return spelled
    return "last" if number == -1 else f"{spelled}-to-last"


def _months(rule: Rule) -> str:
    if not rule.by_month or _one_date(rule):
        return ""
    preposition = "of" if rule.freq is Freq.YEARLY and not rule.plain_days else "in"
    return f" {preposition} {_month_names(rule)}"


def _month_names(rule: Rule) -> str:
    return joined(MONTHS[month - 1] for month in rule.by_month)


def _only(rule: Rule) -> str:
    """Weekdays that limit other days instead of naming days themselves."""
    if not rule.by_day or not (rule.by_month_day or rule.freq is Freq.DAILY):
        return ""
    if rule.by_day[0][0] is None:
        return f", only on {joined(WEEKDAYS[day] + 's' for _, day in rule.by_day)}"
    return f", only on the {_listed_places(rule)}"


def _quarterly(rule: Rule) -> str | None:
    """One day of the first or the last month of each quarter."""
    if rule.freq is not Freq.MONTHLY or rule.interval != 1:
        return None
    day = _quarter_day(rule)
    if day is None or rule.by_month != (_FIRST_MONTHS if day[0] > 0 else _LAST_MONTHS):
        return None
    return f"every {_ordinal(day[0])} {day[1]} of the quarter"


def _quarter_day(rule: Rule) -> tuple[int, str] | None:
    """Which day of what, if it is one and lies within its month however that begins."""
    match rule.by_set_pos, rule.by_month_day, rule.by_day:
        case (), (number,), () if number in {1, -1}:
            return number, "day"
        case (), (), ((int(number), day),) if abs(number) <= WEEKS_OF_EVERY_MONTH:
            return number, WEEKDAYS[day]
        case (number,), (), places if places in _CLASSES:
            reach = WEEKS_OF_EVERY_MONTH * len(places)
            return (number, _CLASSES[places]) if abs(number) <= reach else None
        case _:
            return None


def _at(time: time | None) -> str:
    return "" if time is None else f" at {time.isoformat('auto' if time.second else 'minutes')}"


def _end(rule: Rule) -> str:
    if rule.count is not None:
        return f", {rule.count} time{'s' if rule.count > 1 else ''}"
    return "" if rule.until is None else f" until {_until(rule.until)}"


def _until(until: Local) -> str:
    if isinstance(until, datetime):
        return until.isoformat("T", "auto" if until.second else "minutes")
    return f"{until.day} {MONTHS[until.month - 1]} {until.year:04}"
