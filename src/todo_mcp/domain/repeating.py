"""Making tasks repeat: the first date of a series, another rhythm, the end of it."""

from datetime import date, datetime, time
from typing import Any, Final

from todo_mcp.domain.alarms import move_reminders
from todo_mcp.domain.beginning import Beginning, begin
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import (
    clear_due,
    move_start,
    place_due,
    read_due,
    read_zone,
    timed,
    warn_of_deadline,
)
from todo_mcp.domain.excepting import leave_out, next_kept, take_in
from todo_mcp.domain.recurrence import (
    Occurrence,
    Recurrence,
    next_open,
    occurrences,
    upcoming,
)
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_draft import COMPLETION_TAKES
from todo_mcp.domain.rule_phrase import parse_recurrence
from todo_mcp.domain.rule_shape import Anchor, Local
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import stamp
from todo_mcp.domain.when import day_in
from todo_mcp.domain.zone import instant
from todo_mcp.errors import RuleError

SHOWN: Final = 5


def start_series(change: Change, task: Task, text: str, anchor: Anchor | None) -> Task:
    """The task as the first occurrence of a new series.

    Raises:
        RuleError: the rule cannot be, or never comes.
    """
    begun = _begin(change, task, text, anchor)
    series = Series(
        id=change.take("series"),
        recurrence=begun.recurrence.model_dump(mode="json"),
        passed=begun.passed,
    )
    change.add(series)
    return at_date(task.but(series_id=series.id, n=1), begun.recurrence, begun.first)


def _begin(
    change: Change, task: Task, text: str, anchor: Anchor | None, keep: time | None = None
) -> Beginning:
    zone = task.zone or change.state.user.zone
    parsed = parse_recurrence(
        text,
        now=change.now,
        zone=zone,
        due=task.due_on,
        week_start=change.state.user.week_start,
    )
    due = None if task.due_on is None else _local(task.due_on, task.due_time)
    begun = begin(parsed, due=due, now=change.now, zone=zone, anchor=anchor, keep=keep)
    for warning in begun.warnings:
        change.warn(task, f"recurrence: {warning}.")
    return begun


def _local(on: date, clock: time | None) -> Local:
    return on if clock is None else datetime.combine(on, clock)


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


def date_after(
    change: Change, task: Task, recurrence: Recurrence, passed: int, done: datetime | None
) -> Occurrence | None:
    """What follows this occurrence when it is closed then: the date announced is the one made."""
    here = occurs(task, recurrence)
    return next_open(
        recurrence, here, passed, now=change.now, zone=change.state.user.zone, done=done
    )


def set_rhythm(change: Change, task: Task, given: dict[str, Any]) -> Task:
    """Another rhythm from now on; the open occurrence moves to its first date and keeps its time."""
    moved, text, anchor = task, given.get("recurrence"), given.get("anchor")
    if given.get("zone"):
        moved = read_zone(moved, given["zone"])
    if given.get("due"):
        moved = read_due(moved, given["due"], now=change.now, zone=change.state.user.zone)
    if task.series_id is None:
        if text is None:
            raise RuleError("recurrence: missing; this task does not repeat yet.")
        return start_series(change, moved, text, anchor)
    series = change.state.series[task.series_id]
    old = recurrence_of(series)
    if text is None and not given.get("due"):
        return _retuned(change, moved, series, anchor)
    if not given.get("due"):
        moved = clear_due(moved)
    rule = text or _remaining(old, series.passed)
    begun = _begin(change, moved, rule, anchor or (None if text else old.anchor), task.due_time)
    recurrence, first, passed = _still_leaving_out(old, begun, () if text else old.extra)
    change.put(
        series.but(recurrence=recurrence.model_dump(mode="json"), passed=passed, ended_at=None)
    )
    return at_date(moved, recurrence, first)


def _retuned(change: Change, task: Task, series: Series, anchor: Anchor | None) -> Task:
    """Another zone or anchor alone: its dates stay the rule's, counted and left out as before."""
    old = recurrence_of(series)
    chosen = anchor or old.anchor
    if chosen == "completion" and (old.extra or not old.parsed.plain):
        raise RuleError(f"anchor: {old.rule} has days of its own, and {COMPLETION_TAKES}.")
    zone = task.zone if old.timed else None
    new = Recurrence.model_validate(old.model_dump() | {"zone": zone, "anchor": chosen})
    change.put(series.but(recurrence=new.model_dump(mode="json"), ended_at=None))
    standing = at_date(task, new, occurs(task, old))
    return task.but(occurs_on=standing.occurs_on, occurs_at=standing.occurs_at)


def _remaining(old: Recurrence, passed: int) -> str:
    """The rule from here on: of its COUNT what is left, this occurrence included."""
    rule = old.parsed
    if rule.count is None:
        return old.rule
    return str(rule.model_copy(update={"count": max(1, rule.count - passed + 1)}))


def _still_leaving_out(
    old: Recurrence, begun: Beginning, extra: tuple[Local, ...]
) -> tuple[Recurrence, Local, int]:
    """What was left out stays left out where the new rhythm would come to it again."""
    new, first = begun.recurrence, begun.first
    days = [*new.exceptions, *old.exceptions]
    ahead = sorted({day_of(day) for day in days if day_of(day) >= day_of(first)})
    extra = tuple(day for day in extra if isinstance(day, datetime) is new.timed and day > first)
    values = {"exceptions": tuple(ahead), "extra": extra or new.extra}
    recurrence = Recurrence.model_validate(new.model_dump() | values)
    if day_of(first) not in ahead:
        return recurrence, first, begun.passed
    following = next(occurrences(recurrence, first, begun.passed), None)
    return (new, first, begun.passed) if following is None else (recurrence, *following)


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
    task = move_start(_repeated(change, task, given), before)
    change.put(task)
    change.touch(task.id)
    if (task.due_on, task.due_at) != (before.due_on, before.due_at):
        move_reminders(change, task)
        warn_of_deadline(change, task)
    if task.series_id is not None:
        change.extra |= told(task, change.state.series[task.series_id])


def _repeated(change: Change, task: Task, given: dict[str, Any]) -> Task:
    if given.get("stop"):
        if other := next((name for name in given if name != "stop" and given[name]), None):
            raise RuleError(f"{other}: does not go with stop, which ends the repeating; give one.")
        return stop_series(change, task)
    if any(given.get(name) for name in ("recurrence", "anchor", "zone", "due")):
        task = set_rhythm(change, task, given)
    added: list[str] = given.get("exceptions_add", [])
    removed: list[str] = given.get("exceptions_remove", [])
    if task.series_id is None or not (added or removed):
        if task.series_id is None:
            raise RuleError("recurrence: missing; this task does not repeat yet.")
        return task
    series = change.state.series[task.series_id]
    recurrence = recurrence_of(series)
    recurrence = take_in(change, recurrence, removed)
    recurrence = leave_out(change, series, recurrence, occurs(task, recurrence), added)
    kept = next_kept(recurrence, series, occurs(task, recurrence))
    if kept is None:
        raise RuleError("exceptions_add: nothing would be left of the series; use stop instead.")
    local, passed = kept
    change.put(series.but(recurrence=recurrence.model_dump(mode="json"), passed=passed))
    return task if local == occurs(task, recurrence) else at_date(task, recurrence, local)


def told(task: Task, series: Series) -> dict[str, Any]:
    """Rule, sentence and the next five dates, the open occurrence's first."""
    recurrence = recurrence_of(series)
    here = occurs(task, recurrence)
    dates = [here, *upcoming(recurrence, here, SHOWN - 1, series.passed)]
    return {
        "rule": recurrence.rule,
        "text": recurrence.sentence,
        "next": [local_text(recurrence, local) for local in dates],
    }


def local_text(recurrence: Recurrence, local: Local) -> str:
    if isinstance(local, datetime) and recurrence.zone is not None:
        return stamp(instant(local, recurrence.zone), recurrence.zone)
    return (local.date() if isinstance(local, datetime) else local).isoformat()
