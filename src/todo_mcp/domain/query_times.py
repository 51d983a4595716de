"""Dates and instants in a search: from words to half-open bounds."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from todo_mcp.domain.period import parse_period
from todo_mcp.domain.query_lexer import Filter, Operator
from todo_mcp.domain.query_nodes import TimeFilter, TimeName, written
from todo_mcp.errors import RuleError, quoted

_LOOK_BACK: Final = ("created", "updated", "completed")
_CALENDAR: Final = {"week": "this week", "month": "this month"}


@dataclass(frozen=True)
class _Stretch:
    """From an instant up to another; the dates are those of whole days, else None."""

    from_at: datetime
    before_at: datetime
    from_on: date | None
    before_on: date | None


def time_filter(
    field: TimeName, found: Filter, *, now: datetime, zone: str, week_start: int, argument: str
) -> TimeFilter:
    """The bounds that a date filter sets.

    A task without a time of day is due when its day is over and starts when its day begins, so
    `due:<17:00` leaves out what is due on that day as a whole.

    Raises:
        RuleError: not a date or phrase, or a range that ends before it begins.
    """
    words = [found.value.text] if found.upper is None else [found.value.text, found.upper.text]
    plain = words[0].strip().lower()
    shown = written(found.operator, found.value.text, found.upper and found.upper.text)
    if found.operator == "=" and plain in ("none", "any"):
        return TimeFilter(field, shown, present=plain == "any")
    if found.operator == "=" and plain == "overdue" and field == "deadline":
        today = now.astimezone(ZoneInfo(zone)).date()
        return _bounds(field, shown, zone, None, _day(today, zone).from_at)
    each = [
        _stretch(word, field, now=now, zone=zone, week_start=week_start, argument=argument)
        for word in words
    ]
    start, end = _span(found.operator, each[0], each[-1])
    if start and end and end <= start:
        raise RuleError(
            f"{argument}: {field}:{quoted(shown)} ends before it begins. Put the earlier one first."
        )
    return _bounds(field, shown, zone, start, end)


def _stretch(
    words: str, field: TimeName, *, now: datetime, zone: str, week_start: int, argument: str
) -> _Stretch:
    period = parse_period(
        _CALENDAR.get(words.strip().lower(), words),
        now=now,
        zone=zone,
        week_start=week_start,
        past=field in _LOOK_BACK,
        argument=f"{argument}, {field}:",
    )
    raise NotImplementedError(period)


def _day(on: date, zone: str) -> _Stretch:
    following = on + timedelta(days=1)
    return _Stretch(_midnight(on, zone), _midnight(following, zone), on, following)


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(zone)).astimezone(UTC)


def _span(
    operator: Operator, low: _Stretch, high: _Stretch
) -> tuple[datetime | None, datetime | None]:
    match operator:
        case "<":
            return None, low.from_at
        case "<=":
            return None, low.before_at
        case ">":
            return low.before_at, None
        case ">=":
            return low.from_at, None
        case "=" | "..":
            return low.from_at, high.before_at


def _bounds(
    field: TimeName, shown: str, zone: str, start: datetime | None, end: datetime | None
) -> TimeFilter:
    edge = _first_start if field == "start" else _first_due
    return TimeFilter(
        field,
        shown,
        from_on=start and edge(start, zone),
        before_on=end and edge(end, zone),
        from_at=start,
        before_at=end,
    )


def _first_due(at: datetime, zone: str) -> date:
    """The first date whose day is not over at the instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def _first_start(at: datetime, zone: str) -> date:
    """The first date whose day begins at the instant or later."""
    local = at.astimezone(ZoneInfo(zone))
    return local.date() if _midnight(local.date(), zone) == at else local.date() + timedelta(days=1)
