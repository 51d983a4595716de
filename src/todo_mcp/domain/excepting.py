"""Dates that a series leaves out."""

from datetime import date
from itertools import islice

from todo_mcp.domain.change import Change
from todo_mcp.domain.recurrence import (
    MAX_EXCEPTIONS,
    Recurrence,
    caught_up,
    occurrences,
    upcoming,
)
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.series import Series
from todo_mcp.domain.when import parse_when
from todo_mcp.errors import LimitError, RuleError, quoted

NEAR = 3


def leave_out(
    change: Change, series: Series, recurrence: Recurrence, open_at: Local, texts: list[str]
) -> Recurrence:
    """The recurrence without these dates.

    Raises:
        RuleError: one is no occurrence from the open one on; names the nearest ones.
        LimitError: more than a series may leave out.
    """
    known = {day_of(local) for local in recurrence.exceptions}
    days = {text: _day(change, recurrence, text, "exceptions_add") for text in _few(texts, known)}
    there = _dates_among(recurrence, series, open_at, set(days.values()))
    for text, day in days.items():
        if day not in there:
            near = _near(recurrence, series, open_at, day)
            told = dict.fromkeys(str(day_of(local)) for local in [open_at, *near])
            raise RuleError(
                f"exceptions_add: {_named(text, day)} is no occurrence from now on. "
                f"Near ones: {', '.join(told)}."
            )
    added = [day for day in dict.fromkeys(days.values()) if day not in known]
    kept = recurrence.model_copy(update={"exceptions": (*recurrence.exceptions, *added)})
    return Recurrence.model_validate(kept.model_dump())


def _few(texts: list[str], known: set[date]) -> list[str]:
    """Refuses more before their dates are looked for, which takes its time."""
    if len(texts) + len(known) > MAX_EXCEPTIONS:
        raise LimitError(
            f"exceptions_add: a series leaves out at most {MAX_EXCEPTIONS:,} dates; with these it "
            f"would be {len(texts) + len(known):,}."
        )
    return texts


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
                f"exceptions_remove: {_named(text, day)} is not left out. Left out are: {told}."
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


def _named(text: str, day: date) -> str:
    return quoted(text) if text.strip() == str(day) else f"{quoted(text)} ({day})"


def _near(recurrence: Recurrence, series: Series, open_at: Local, day: date) -> list[Local]:
    """The first occurrences from the day on; where COUNT or UNTIL left none, the first that there are."""
    after, passed = open_at, series.passed
    if recurrence.anchor == "schedule":
        after, passed = caught_up(recurrence, after, passed, day)
    dates = occurrences(recurrence, after, passed)
    ahead = list(islice((at for at, _ in dates if day_of(at) >= day), NEAR))
    return ahead or upcoming(recurrence, open_at, NEAR, series.passed)


def _dates_among(
    recurrence: Recurrence, series: Series, open_at: Local, days: set[date]
) -> set[date]:
    """Which of the days the rule comes to from the open occurrence on; COUNT counts from there."""
    found = days & {day_of(open_at)}
    after, passed = open_at, series.passed
    if days and recurrence.anchor == "schedule":
        after, passed = caught_up(recurrence, after, passed, min(days))
    last = max(days, default=date.min)
    for local, _ in occurrences(recurrence, after, passed):
        if day_of(local) > last:
            break
        found |= days & {day_of(local)}
    return found
