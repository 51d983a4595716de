"""Making tasks repeat: the first date of a series, another rhythm, the end of it."""

from datetime import date, datetime, time
from typing import Any, Final

from todo_mcp.domain.alarms import move_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import move_start, place_due, read_due, read_zone, timed
from todo_mcp.domain.recurrence import Recurrence, upcoming
from todo_mcp.domain.rule_dates import first_from
from todo_mcp.domain.rule_phrase import Parsed, parse_recurrence
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.rule_text import sentence
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import stamp
from todo_mcp.domain.when import day_in
from todo_mcp.domain.zone import instant, wall
from todo_mcp.errors import RuleError

SHOWN: Final = 5


def start_series(change: Change, task: Task, text: str, anchor: str | None) -> Task:
    """The task as the first occurrence of a new series.

    Raises:
        RuleError: the rule cannot be, or never comes.
    """
    recurrence, parsed = _recurrence(change, task, text, anchor)
    series = Series(
        id=change.take("series"), recurrence=recurrence.model_dump(mode="json"), passed=1
    )
    change.add(series)
    _warn(change, task, recurrence, parsed)
    return _occurrence(task.but(series_id=series.id, n=1), recurrence)


def _recurrence(
    change: Change, task: Task, text: str, anchor: str | None
) -> tuple[Recurrence, Parsed]:
    zone = task.zone or change.state.user.zone
    parsed = parse_recurrence(
        text,
        now=change.now,
        zone=zone,
        due=task.due_on,
        week_start=change.state.user.week_start,
    )
    chosen = anchor or parsed.anchor
    if chosen == "completion" and not parsed.rule.plain:
        raise RuleError(
            "anchor: completion takes a plain interval such as 'every week' or 'every 3 days'; "
            "leave the weekdays and dates out, or use anchor schedule."
        )
    clock = parsed.time if parsed.time is not None else task.due_time
    first = _first(change, task, parsed, clock, zone)
    if first is None:
        raise RuleError("recurrence: this rule has no date from now on. Check its end.")
    made = Recurrence(
        rule=str(parsed.rule),
        zone=zone if clock is not None else None,
        start=first,
        anchor="completion" if chosen == "completion" else "schedule",
    )
    return made, parsed


def _first(
    change: Change, task: Task, parsed: Parsed, clock: time | None, zone: str
) -> Local | None:
    """The rule's first date from the due, or from now where there is none."""
    today = wall(change.now, zone).date()
    start = _local(task.due_on or parsed.start or today, clock)
    first = first_from(parsed.rule, start)
    if task.due_on is None and isinstance(first, datetime) and instant(first, zone) <= change.now:
        later = datetime.combine(date.fromordinal(today.toordinal() + 1), first.time())
        first = first_from(parsed.rule, later)
    return first


def _local(on: date, clock: time | None) -> Local:
    return on if clock is None else datetime.combine(on, clock)


def _warn(change: Change, task: Task, recurrence: Recurrence, parsed: Parsed) -> None:
    change.warnings.extend(parsed.warnings)
    first = recurrence.start
    day = first.date() if isinstance(first, datetime) else first
    if task.due_on is not None and day != task.due_on:
        change.warnings.append(
            f"The due {task.due_on} is no date of the rule; the first one is {day}."
        )


def _occurrence(task: Task, recurrence: Recurrence) -> Task:
    """The task standing for the series' first date, and due then."""
    return at_date(task, recurrence, recurrence.start)


def at_date(task: Task, recurrence: Recurrence, local: Local) -> Task:
    """The task standing for a date of the series, and due then."""
    if not isinstance(local, datetime) or recurrence.zone is None:
        day = local.date() if isinstance(local, datetime) else local
        task = place_due(task, day_in(task.zone or "UTC", day))
        return task.but(occurs_on=day, occurs_at=None)
    when = timed(local.date(), local.time(), recurrence.zone)
    task = place_due(task.but(zone=recurrence.zone), when)
    return task.but(occurs_on=when.on, occurs_at=when.at)


def recurrence_of(series: Series) -> Recurrence:
    return Recurrence.model_validate(series.recurrence)


def occurs(task: Task, recurrence: Recurrence) -> Local:
    """The rule's own date that the task stands for, however its due was moved."""
    assert task.occurs_on is not None  # noqa: S101 (the schema holds it)
    return _local(task.occurs_on, recurrence.time)


def set_rhythm(change: Change, task: Task, given: dict[str, Any]) -> Task:
    """Another rhythm from now on; the open occurrence moves to its first date and keeps its time."""
    moved = task
    if given.get("zone"):
        moved = read_zone(moved, given["zone"])
    if given.get("due"):
        moved = read_due(moved, given["due"], now=change.now, zone=change.state.user.zone)
    elif moved.series_id is not None and moved.due_on is not None:
        # A changed rhythm counts from today, not from a date of the old one.
        today = wall(change.now, moved.zone or change.state.user.zone).date()
        moved = moved.but(due_on=max(today, moved.due_on)) if moved.due_on < today else moved
    text = given.get("recurrence")
    if task.series_id is None:
        if text is None:
            raise RuleError("recurrence: missing; this task does not repeat yet.")
        return start_series(change, moved, text, given.get("anchor"))
    series = change.state.series[task.series_id]
    old = recurrence_of(series)
    recurrence, parsed = _recurrence(
        change, moved, text or old.rule, given.get("anchor") or (None if text else old.anchor)
    )
    _warn(change, moved, recurrence, parsed)
    change.put(series.but(recurrence=recurrence.model_dump(mode="json"), passed=1, ended_at=None))
    return _occurrence(moved, recurrence)


def stop_series(change: Change, task: Task) -> Task:
    """The task, no longer repeating."""
    if task.series_id is None:
        return task
    series = change.state.series[task.series_id]
    if series.ended_at is None:
        change.put(series.but(ended_at=change.now), "ended")
    return task.but(series_id=None, n=None, occurs_on=None, occurs_at=None)


def repeat(change: Change, task: Task, given: dict[str, Any]) -> None:
    """set_recurrence: decide the task's new rhythm and tell rule, sentence and next dates.

    Raises:
        RuleError: the task is closed or in the trash, or nothing was asked.
    """
    if not task.live:
        raise RuleError(
            f"id: t{task.id} is {task.status if task.deleted_at is None else 'in the trash'}. "
            "Give the open occurrence, or reopen this one (complete_tasks)."
        )
    before = task
    if given.get("stop"):
        task = stop_series(change, task)
    else:
        task = set_rhythm(change, task, given)
        task = move_start(task, before)
    change.put(task)
    change.touch(task.id)
    if (task.due_on, task.due_at) != (before.due_on, before.due_at):
        move_reminders(change, task)
    if task.series_id is not None:
        change.extra |= told(task, change.state.series[task.series_id])


def told(task: Task, series: Series) -> dict[str, Any]:
    """Rule, sentence and the next five dates, the open occurrence's first."""
    recurrence = recurrence_of(series)
    here = occurs(task, recurrence)
    dates = [here, *upcoming(recurrence, here, SHOWN - 1, series.passed)]
    rule = recurrence.parsed
    return {
        "rule": recurrence.rule,
        "text": sentence(rule, recurrence.time),
        "next": [local_text(recurrence, local) for local in dates],
    }


def local_text(recurrence: Recurrence, local: Local) -> str:
    if isinstance(local, datetime) and recurrence.zone is not None:
        return stamp(instant(local, recurrence.zone), recurrence.zone)
    return (local.date() if isinstance(local, datetime) else local).isoformat()
