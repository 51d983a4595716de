"""A rule moved by some days, where every one of its dates can move by just as many."""

from datetime import date, datetime, time, timedelta
from typing import Final

from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Freq, Local, Place, Rule
from todo_mcp.errors import RuleError

# February's: beyond them a month may be too short for what was moved.
_SURE_DAYS: Final = 28
_SURE_WEEKS: Final = 4
_LONGEST: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class UnmovableError(Exception):
    """Some of the rule's dates would move by other steps than the rest."""


def shifted(rule: Rule, old: Local, new: Local, argument: str) -> Rule:
    """The rule whose dates are the rule's moved by the days from `old`, one of them, to `new`.

    UNTIL moves along, to the new time of day if it had one.

    Raises:
        RuleError: not every date of it can move by that; names set_recurrence.
    """
    step = (day_of(new) - day_of(old)).days
    clock = new.time() if isinstance(new, datetime) else None
    try:
        days = {} if step == 0 or rule.plain else _days(rule, day_of(old), step)
        if rule.plain_days:
            _check_start(rule, day_of(old), day_of(new))
        return Rule.model_validate(rule.model_dump() | days | {"until": _until(rule, step, clock)})
    except (UnmovableError, OverflowError):
        raise RuleError(
            f"{argument}: {rule} cannot be moved by {abs(step)} day{'s' if abs(step) > 1 else ''} "
            "and stay a rule. Give the rhythm wished for (set_recurrence), or move this one only "
            "(scope this)."
        ) from None


def _until(rule: Rule, step: int, clock: time | None) -> Local | None:
    if rule.until is None:
        return None
    day = day_of(rule.until) + timedelta(days=step)
    # An end on a day counts that day in, at whatever time.
    timed = isinstance(rule.until, datetime) and clock is not None
    return datetime.combine(day, clock) if timed and clock is not None else day


def _days(rule: Rule, old: date, step: int) -> dict[str, object]:
    if rule.freq in {Freq.DAILY, Freq.WEEKLY}:
        if rule.by_month:
            raise UnmovableError
        turned = tuple((None, (day + step) % 7) for _, day in rule.by_day)
        week_start = (rule.week_start + step) % 7 if rule.freq is Freq.WEEKLY else 0
        return {
            "by_day": tuple(sorted(turned, key=lambda place: place[1])),
            "week_start": week_start if rule.interval > 1 else 0,
        }
    if rule.by_set_pos or (rule.by_day and rule.by_month_day):
        raise UnmovableError
    if rule.by_month_day:
        return _month_days(rule, old, step)
    return {"by_day": tuple(_place(place, step) for place in rule.by_day)}


def _month_days(rule: Rule, old: date, step: int) -> dict[str, object]:
    if rule.freq is Freq.YEARLY and len(rule.by_month) == len(rule.by_month_day) == 1:
        new = old + timedelta(days=step)
        if rule.by_month_day[0] < 0 or _leap_day(old) or _leap_day(new):
            raise UnmovableError
        return {"by_month": (new.month,), "by_month_day": (new.day,)}
    moved = tuple(_month_day(rule, number, step) for number in rule.by_month_day)
    return {"by_month_day": moved}


def _month_day(rule: Rule, number: int, step: int) -> int:
    """Within the month, however short it is; the end of a month stays one counted from the end."""
    moved = number + step
    if number * moved <= 0 or max(abs(number), abs(moved)) > _sure(rule):
        raise UnmovableError
    return moved


def _place(place: Place, step: int) -> Place:
    """The second Tuesday a week later is the third; a day later it is no certain Wednesday."""
    number, day = place
    weeks, rest = divmod(step, 7)
    if number is None or rest:
        raise UnmovableError
    if number * (number + weeks) <= 0 or max(abs(number), abs(number + weeks)) > _SURE_WEEKS:
        raise UnmovableError
    return number + weeks, day


def _check_start(rule: Rule, old: date, new: date) -> None:
    """A rule without days of its own has those of its start."""
    if old == new or rule.freq in {Freq.DAILY, Freq.WEEKLY}:
        return
    if rule.freq is Freq.YEARLY and not rule.by_month:
        if _leap_day(old) or _leap_day(new):
            raise UnmovableError
    elif (old.year, old.month) != (new.year, new.month) or max(old.day, new.day) > _sure(rule):
        raise UnmovableError


def _sure(rule: Rule) -> int:
    """The days that every month of the rule has."""
    return min((_LONGEST[month - 1] for month in rule.by_month), default=_SURE_DAYS)


def _leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 29)
