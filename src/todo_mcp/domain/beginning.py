"""How a series begins: what was asked for, a due perhaps, and now, become its first date."""

from datetime import date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict

from todo_mcp.domain.recurrence import Recurrence, following, occurrences
from todo_mcp.domain.rule_dates import clock_of, day_of, first_from, months_left_out
from todo_mcp.domain.rule_draft import COMPLETION_TAKES
from todo_mcp.domain.rule_phrase import Parsed
from todo_mcp.domain.rule_shape import Anchor, Local, Rule
from todo_mcp.domain.zone import instant, wall
from todo_mcp.errors import RuleError


class Beginning(BaseModel):
    """`passed` of the rule's dates have passed with `first`, as `next_open` wants to know."""

    model_config = ConfigDict(frozen=True)

    recurrence: Recurrence
    first: Local
    passed: int = 1
    warnings: tuple[str, ...] = ()


def begin(
    parsed: Parsed,
    *,
    due: Local | None,
    now: datetime,
    zone: str,
    anchor: Anchor | None = None,
    keep: time | None = None,
    argument: str = "recurrence",
) -> Beginning:
    """Without a due the first date is the rule's next: today or later, its instant ahead if timed.

    `due` is a date or a wall time in `zone`; off the rule it moves to the rule's first date from
    it, with a warning. The time of day is that of the words, else of the due, else `keep`.

    Raises:
        RuleError: it contradicts itself, ends before it begins or never happens.
    """
    anchor = _anchor(parsed, anchor, argument)
    rule, start = parsed.rule, _start(parsed, due, argument)
    clock = parsed.time or (clock_of(due) if due else None) or keep
    found = _next(rule, clock, now, zone) if start is None else first_from(rule, _at(start, clock))
    if found is None:
        raise RuleError(f"{argument}: {_why_none(rule, start or wall(now, zone).date())}")
    recurrence = Recurrence(
        rule=str(rule),
        zone=None if clock is None else zone,
        start=found,
        anchor=anchor,
        exceptions=_exceptions(parsed, clock, argument),
        extra=_extra(parsed, found, anchor, argument),
    )
    kept = next(occurrences(recurrence, None, 0), None)
    if kept is None:
        raise RuleError(f"{argument}: every date of {rule} is left out.")
    warnings = _warnings(recurrence, due, kept[0])
    return Beginning(recurrence=recurrence, first=kept[0], passed=kept[1], warnings=warnings)


def _exceptions(parsed: Parsed, clock: time | None, argument: str) -> tuple[Local, ...]:
    if clock is None and any(isinstance(day, datetime) for day in parsed.exceptions):
        raise RuleError(f"{argument}: EXDATE has a time, and the dates have none; give dates.")
    return parsed.exceptions


def _extra(parsed: Parsed, first: Local, anchor: Anchor, argument: str) -> tuple[Local, ...]:
    """Dates get the time of day of the series; those before it begins are none of it."""
    if parsed.extra and anchor == "completion":
        raise RuleError(f"{argument}: RDATE does not go with anchor completion; leave one out.")
    clock = clock_of(first)
    if clock is None and any(isinstance(day, datetime) for day in parsed.extra):
        raise RuleError(f"{argument}: RDATE has a time, and the dates have none; give dates.")
    extra = (day if isinstance(day, datetime) else _at(day, clock) for day in parsed.extra)
    return tuple(day for day in extra if day > first)


def _anchor(parsed: Parsed, anchor: Anchor | None, argument: str) -> Anchor:
    chosen = parsed.anchor or anchor or "schedule"
    if anchor not in {None, chosen}:
        raise RuleError(
            f"{argument}: the words count from completion and anchor says {anchor}; give one."
        )
    if chosen == "completion" and not parsed.rule.plain:
        raise RuleError(f"{argument}: {parsed.rule} has days of its own, and {COMPLETION_TAKES}.")
    return chosen


def _start(parsed: Parsed, due: Local | None, argument: str) -> date | None:
    start = parsed.start or (day_of(due) if due else None)
    if due and start != day_of(due):
        raise RuleError(
            f"{argument}: the words start on {start} and due says {day_of(due)}; give one."
        )
    return start


def _next(rule: Rule, clock: time | None, now: datetime, zone: str) -> Local | None:
    today = wall(now, zone).date()
    found = first_from(rule, _at(today, clock))
    if isinstance(found, datetime) and instant(found, zone) <= now:
        return first_from(rule, _at(today + timedelta(days=1), clock))
    return found


def _at(day: date, clock: time | None) -> Local:
    return day if clock is None else datetime.combine(day, clock)


def _why_none(rule: Rule, start: date) -> str:
    endless = rule.model_copy(update={"until": None})
    would_be = first_from(endless, start)
    if would_be is None:
        return f"{rule} never happens from {start} on. Check its months, days and weekdays."
    return f"it ends before it begins: until {rule.until}, and the first date would be {would_be}."


def _warnings(recurrence: Recurrence, due: Local | None, found: Local) -> tuple[str, ...]:
    rule, warnings = recurrence.parsed, list[str]()
    if due is not None and day_of(due) != day_of(found):
        warnings.append(f"{day_of(due)} is off the rule; the first date is {day_of(found)}")
    clock = clock_of(due) if due else None
    if clock is not None and clock != recurrence.time:
        warnings.append(f"the time is {recurrence.time:%H:%M}, as the recurrence says")
    left_out = months_left_out(rule, found)
    if left_out and recurrence.anchor == "schedule":
        warnings.append(left_out)
    if rule.count != 1 and following(recurrence, found, passed=1) is None:
        warnings.append("the rule has this one date only")
    return tuple(warnings)
