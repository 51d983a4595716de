"""Dates and instants in a search: from words to half-open bounds."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from todo_mcp.domain.period import Period, days, parse_period
from todo_mcp.domain.query_lexer import Filter
from todo_mcp.domain.query_nodes import Operator, TimeFilter, TimeName, written
from todo_mcp.errors import RuleError, quoted

_LOOK_BACK: Final = ("created", "updated", "completed")


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
        return _bounds(field, shown, zone, None, _midnight(today, zone))
    each = [
        _period(word, field, now=now, zone=zone, week_start=week_start, argument=argument)
        for word in words
    ]
    start, end = _span(found.operator, each[0], each[-1])
    if start and end and end <= start:
        raise RuleError(
            f"{argument}: {field}:{quoted(shown)} ends before it begins. Put the earlier one first."
        )
    return _bounds(field, shown, zone, start, end)


def _period(
    words: str, field: TimeName, *, now: datetime, zone: str, week_start: int, argument: str
) -> Period:
    return parse_period(
        words,
        now=now,
        zone=zone,
        week_start=week_start,
        past=field in _LOOK_BACK,
        argument=f"{argument}, {field}",
    )


def _midnight(on: date, zone: str) -> datetime:
    return days(zone, on, on).start


def _span(operator: Operator, low: Period, high: Period) -> tuple[datetime | None, datetime | None]:
    match operator:
        case "<":
            return None, low.start
        case "<=":
            return None, low.end
        case ">":
            return low.end, None
        case ">=":
            return low.start, None
        case "=" | "..":
            return low.start, high.end


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
