"""Moving dues: of a task, of one occurrence, or of a series from one occurrence on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from todo_mcp.domain import dates
from todo_mcp.domain.alarms import move_reminders
from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.duration import Duration, parse_duration
from todo_mcp.domain.recurrence import Recurrence
from todo_mcp.domain.repeating import at_date, date_after, local_text, occurs, recurrence_of
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Local, Rule
from todo_mcp.domain.rule_shift import shifted
from todo_mcp.domain.task import Task
from todo_mcp.domain.when import When, moved
from todo_mcp.errors import RuleError


@dataclass(frozen=True, slots=True)
class Step:
    """Where to: a *when*, or a distance; one of them."""

    to: str | None = None
    by: Duration | None = None
    onwards: bool = False

    @property
    def argument(self) -> str:
        return "by" if self.to is None else "to"


def read_step(to: str | None, by: str | None, scope: str) -> Step:
    """What the caller asks for.

    Raises:
        RuleError: both or neither, or `by` is no duration or an empty one.
    """
    if (to is None) is (by is None):
        what = "give one of to and by, not both" if to is not None else "missing; give to or by"
        raise RuleError(f"to: {what}, e.g. to 'friday 5pm' or by '+1d'.")
    length = None if by is None else parse_duration(by, argument="by", signed=True)
    if length == Duration():
        raise RuleError("by: moves nothing. Give a distance such as +1d or -2h.")
    return Step(to, length, scope == "this_and_future")


def reschedule(change: Change, number: int, step: Step) -> None:
    """One task's due moved, with start and relative reminders; its deadline stays.

    Raises:
        TodoError: the task is closed or in the trash, or cannot be moved that way.
    """
    before = change.state.task(number)
    if before.deleted_at is not None:
        raise RuleError(f"ids: t{number} is in the trash. Restore it first (complete_tasks).")
    if not before.live:
        raise RuleError(f"ids: t{number} is {before.status}. Reopen it first (complete_tasks).")
    task = _placed(change, before, step)
    if step.onwards and before.series_id is not None:
        task = _onwards(change, before, task, step)
    _write(change, before, dates.move_start(task, before))
    change.touch(number)


def _placed(change: Change, task: Task, step: Step) -> Task:
    if step.to is not None:
        zone = change.state.user.zone
        return dates.read_due(task, step.to, now=change.now, zone=zone, argument="to")
    if task.due_on is None:
        raise RuleError(f"by: t{task.id} has no due to move. Give to.")
    assert step.by is not None  # noqa: S101 (one of the two is there)
    return dates.place_due(task, moved(dates.when_due(task), step.by, "by"))


def _onwards(change: Change, before: Task, task: Task, step: Step) -> Task:
    """The series moved along: by what `to` is away from the rule's own date, or by `by`."""
    series = change.state.series[before.series_id or 0]
    if series.ended_at is not None:
        return task
    old = recurrence_of(series)
    here = occurs(before, old)
    there = _there(before, task, here, step)
    zone = task.zone if isinstance(there, datetime) else None
    rule = shifted(old.parsed, here, there, step.argument)
    recurrence, passed = _from_here(old, series.passed, _Shift(rule, here, there, zone))
    if recurrence == old:
        return task
    change.put(series.but(recurrence=recurrence.model_dump(mode="json"), passed=passed))
    standing = at_date(task, recurrence, there)
    return standing if step.to is not None else _as(task, standing)


def _there(before: Task, task: Task, here: Local, step: Step) -> Local:
    """The wall time of the series that the occurrence will stand for."""
    if step.to is not None or here == _local(before):
        return _local(task)
    assert step.by is not None  # noqa: S101 (one of the two is there)
    if not isinstance(here, datetime):
        return moved(When("UTC", here, None, None), step.by, "by").on
    when = moved(dates.timed(here.date(), here.time(), before.zone or "UTC"), step.by, "by")
    assert when.time is not None  # noqa: S101 (for the type checker)
    return datetime.combine(when.on, when.time)


def _local(task: Task) -> Local:
    assert task.due_on is not None  # noqa: S101 (it was placed)
    if task.due_time is None:
        return task.due_on
    return datetime.combine(task.due_on, task.due_time)


def _as(task: Task, standing: Task) -> Task:
    """The due of the one, the rule's date of the other."""
    return task.but(occurs_on=standing.occurs_on, occurs_at=standing.occurs_at)


@dataclass(frozen=True, slots=True)
class _Shift:
    """The rule as it will be, and one date of it before and after."""

    rule: Rule
    here: Local
    there: Local
    zone: str | None


def _from_here(old: Recurrence, passed: int, shift: _Shift) -> tuple[Recurrence, int]:
    """The recurrence from this occurrence on, and how many of its dates have passed with it.

    It starts anew here, so that what was closed before can never be taken for one of its dates.
    """
    rule, here, there = shift.rule, shift.here, shift.there
    start = there
    if here in old.extra:  # not one of the rule's dates: it goes on from where it is
        start = _moved(old.start, here, there)
    else:
        if rule.count is not None:
            rule = rule.model_copy(update={"count": max(1, rule.count - passed + 1)})
        passed = 1
    ahead = [day for day in old.exceptions if day_of(day) >= day_of(here)]
    made = Recurrence(
        rule=str(rule),
        zone=shift.zone,
        start=start,
        anchor=old.anchor,
        exceptions=tuple(_moved_exception(day, here, there) for day in ahead),
        extra=tuple(_moved(day, here, there) for day in old.extra if day >= here),
    )
    return made, passed


def _moved(local: Local, here: Local, there: Local) -> Local:
    day = day_of(local) + (day_of(there) - day_of(here))
    return datetime.combine(day, there.time()) if isinstance(there, datetime) else day


def _moved_exception(local: Local, here: Local, there: Local) -> Local:
    if isinstance(local, datetime):
        return _moved(local, here, there)
    return local + timedelta(days=(day_of(there) - day_of(here)).days)


def _write(change: Change, before: Task, task: Task) -> None:
    if differing(before, task):
        task = change.put(task)
    else:
        change.see(before)
    rows = len(change.new)
    if _due(task) != _due(before):
        move_reminders(change, task)
        dates.warn_of_deadline(change, task)
    if len(change.new) > rows:
        change.bump(task)
    _announce(change, task)


def _due(task: Task) -> tuple[object, ...]:
    return task.due_on, task.due_at, task.zone


def _announce(change: Change, task: Task) -> None:
    """The date after this occurrence, closed in time: it shows how the series goes on."""
    series = change.state.series.get(task.series_id or 0)
    if series is None or series.ended_at is not None:
        return
    change.see(series)
    recurrence = recurrence_of(series)
    found = date_after(change, task, recurrence, series.passed, task.due_at)
    if found is not None:
        change.following[task.id] = local_text(recurrence, found[0])
