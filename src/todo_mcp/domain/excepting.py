"""Dates that a series leaves out."""

from datetime import date, datetime, timedelta

from todo_mcp.domain.change import Change
from todo_mcp.domain.recurrence import Recurrence, occurrences, upcoming
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.series import Series
from todo_mcp.domain.when import parse_when
from todo_mcp.errors import RuleError, quoted

NEAR = 3


def leave_out(
    change: Change, series: Series, recurrence: Recurrence, open_at: Local, texts: list[str]
) -> Recurrence:
    """The recurrence without these dates.

    Raises:
        RuleError: one is no occurrence from the open one on; names the nearest ones.
    """
    for text in texts:
        day = _day(change, recurrence, text, "exceptions_add")
        if day != day_of(open_at) and not _is_date(recurrence, open_at, series, day):
            near = upcoming(recurrence, _before(day, recurrence), NEAR, series.passed)
            told = ", ".join(str(day_of(local)) for local in [open_at, *near][: NEAR + 1])
            raise RuleError(
                f"exceptions_add: {quoted(text)} ({day}) is no occurrence from now on. Near ones: {told}."
            )
        if day not in {day_of(known) for known in recurrence.exceptions}:
            recurrence = recurrence.model_copy(update={"exceptions": (*recurrence.exceptions, day)})
    return Recurrence.model_validate(recurrence.model_dump())


def take_in(change: Change, recurrence: Recurrence, texts: list[str]) -> Recurrence:
    """The recurrence with these dates again.

    Raises:
        RuleError: one was not left out.
    """
    kept = list(recurrence.exceptions)
    for text in texts:
        day = _day(change, recurrence, text, "exceptions_remove")
        found = [known for known in kept if day_of(known) == day]
        if not found:
            told = ", ".join(str(day_of(known)) for known in kept) or "none"
            raise RuleError(
                f"exceptions_remove: {quoted(text)} ({day}) is not left out. Left out are: {told}."
            )
        kept = [known for known in kept if known not in found]
    return recurrence.model_copy(update={"exceptions": tuple(kept)})


def next_kept(recurrence: Recurrence, series: Series, open_at: Local) -> tuple[Local, int] | None:
    """The open occurrence's date, or where that is left out now, the first one after it."""
    if day_of(open_at) not in {day_of(known) for known in recurrence.exceptions}:
        return open_at, series.passed
    return next(occurrences(recurrence, open_at, series.passed), None)


def _day(change: Change, recurrence: Recurrence, text: str, argument: str) -> date:
    zone = recurrence.zone or change.state.user.zone
    return parse_when(text, now=change.now, zone=zone, argument=argument).on


def _before(day: date, recurrence: Recurrence) -> Local:
    clock = recurrence.time
    return day if clock is None else datetime.combine(day - timedelta(days=1), clock)


def _is_date(recurrence: Recurrence, open_at: Local, series: Series, day: date) -> bool:
    """Whether the rule comes to this day; the counted end of the series is taken from the open one."""
    for local, _ in occurrences(recurrence, open_at, series.passed):
        if day_of(local) >= day:
            return day_of(local) == day
    return False
