"""A task's due, start and deadline: set, moved and put into another zone."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from todo_mcp.domain.change import Change
from todo_mcp.domain.duration import parse_duration
from todo_mcp.domain.task import Task
from todo_mcp.domain.when import When, day_in, moment_in, parse_when
from todo_mcp.domain.zone import instant, wall, zone as zone_named
from todo_mcp.errors import LimitError, RuleError

ESTIMATE_SECONDS: Final = 1000 * 3600


def when_due(task: Task) -> When:
    """The due as a value of its own; the task must have one."""
    assert task.due_on is not None  # noqa: S101 (for the type checker)
    if task.due_at is None or task.zone is None:
        return day_in(task.zone or "UTC", task.due_on)
    return moment_in(task.zone, task.due_at)


def warn_of_deadline(change: Change, task: Task) -> None:
    """Say so where the due lies after the day that can never move."""
    if task.deadline_on is not None and task.due_on is not None and task.due_on > task.deadline_on:
        change.warn(task, f"its due is after its deadline, {task.deadline_on}, which stays.")


def read_due(task: Task, text: str, *, now: datetime, zone: str, argument: str = "due") -> Task:
    """The task due then. A date alone keeps the task's time; `all day` drops it."""
    return place_due(task, _read(text, task.due_time, task, now=now, zone=zone, argument=argument))


def read_start(task: Task, text: str, *, now: datetime, zone: str) -> Task:
    """The task hidden from the agenda until then."""
    when = _read(text, task.start_time, task, now=now, zone=zone, argument="start")
    return task.but(
        start_on=when.on, start_time=when.time, start_at=when.at, zone=_zone(task, when)
    )


def read_deadline(task: Task, text: str, *, now: datetime, zone: str) -> Task:
    """The date that rescheduling never moves.

    Raises:
        RuleError: not a date, or one with a time.
    """
    when = parse_when(text, now=now, zone=task.zone or zone, argument="deadline")
    if when.time is not None:
        raise RuleError(
            f"deadline: is a date without a time. Use {when.on}, and due for the time of day."
        )
    return task.but(deadline_on=when.on)


def _read(
    text: str, kept: time | None, task: Task, *, now: datetime, zone: str, argument: str
) -> When:
    here = task.zone or zone
    when = parse_when(text, now=now, zone=here, argument=argument)
    if when.fixed and when.at is not None:
        return moment_in(here, when.at)
    if when.time is None and kept is not None and not when.all_day:
        return timed(when.on, kept, here)
    return when


def timed(on: date, clock: time, zone: str) -> When:
    return When(zone, on, clock, instant(datetime.combine(on, clock), zone))


def _zone(task: Task, when: When) -> str | None:
    """A task gets a zone with its first time, and keeps it."""
    return task.zone if when.time is None else when.zone


def place_due(task: Task, when: When) -> Task:
    return task.but(due_on=when.on, due_time=when.time, due_at=when.at, zone=_zone(task, when))


def clear_due(task: Task) -> Task:
    return task.but(due_on=None, due_time=None, due_at=None)


def clear_start(task: Task) -> Task:
    return task.but(start_on=None, start_time=None, start_at=None)


def read_zone(task: Task, name: str) -> Task:
    """The task in another zone: what the clock on the wall says stays.

    Raises:
        RuleError: no such zone.
    """
    key = zone_named(name).key
    changes: dict[str, Any] = {"zone": key}
    for field in ("due", "start"):
        on, clock = getattr(task, f"{field}_on"), getattr(task, f"{field}_time")
        if on is not None and clock is not None:
            changes[f"{field}_at"] = instant(datetime.combine(on, clock), key)
    return task.but(**changes)


def move_start(task: Task, before: Task) -> Task:
    """The start moved along with the due, by the same step on the wall."""
    if task.start_on is None or before.due_on is None or task.due_on is None:
        return task
    step = _wall_due(task) - _wall_due(before)
    if task.start_time is None or task.zone is None:
        return task.but(start_on=task.start_on + timedelta(days=step.days))
    local = datetime.combine(task.start_on, task.start_time) + step
    return task.but(
        start_on=local.date(), start_time=local.time(), start_at=instant(local, task.zone)
    )


def _wall_due(task: Task) -> datetime:
    """The due on the wall; whole days count from midnight, so that only days differ between them."""
    assert task.due_on is not None  # noqa: S101 (for the type checker)
    return datetime.combine(task.due_on, task.due_time or time())


def read_estimate(text: str) -> int:
    """Seconds of work.

    Raises:
        RuleError: not a duration, or one of days, which are no measure of work.
        LimitError: none, or above 1,000 hours.
    """
    span = parse_duration(text, argument="estimate")
    if span.days:
        raise RuleError("estimate: give hours or minutes of work, e.g. 45m, 2h or 16h.")
    if not 0 < span.seconds <= ESTIMATE_SECONDS:
        raise LimitError("estimate: between 1m and 1000h.")
    return span.seconds


def today_in(now: datetime, zone: str) -> date:
    return wall(now, zone).date()
