"""The next occurrence of a series, made after one was closed."""

from datetime import datetime, timedelta

from todo_mcp.domain.alarms import copy_reminders, restore_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import move_start, timed
from todo_mcp.domain.recurrence import next_open
from todo_mcp.domain.repeating import at_date, occurs, recurrence_of
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import LIVE, Status, Task

CLOSED: frozenset[Status] = frozenset({Status.DONE, Status.SKIPPED})


def roll_over(change: Change, number: int) -> None:
    """Make the occurrence that follows the closed one; nothing where the series went on or ended.

    Decides on what is there now: is this occurrence still closed, and is there no later one?
    """
    task = change.state.tasks.get(number)
    if task is None or task.series_id is None or task.status not in CLOSED:
        return
    series = change.state.series[task.series_id]
    if series.ended_at is not None or series.n != task.n:
        return
    recurrence = recurrence_of(series)
    following = next_open(
        recurrence,
        occurs(task, recurrence),
        series.passed,
        now=change.now,
        zone=change.state.user.zone,
        done=task.completed_at,
    )
    change.see(task)
    if following is None:
        change.put(series.but(ended_at=change.now), "ended")
        return
    local, passed = following
    n = series.n + 1
    change.put(series.but(n=n, passed=passed))
    template = at_date(_next(task, change.now, n), recurrence, local)
    made = _revive(change, series, template) or _make(change, task, template)
    change.touch(made.id)


def _next(task: Task, now: datetime, n: int) -> Task:
    """What carries on to later occurrences."""
    return task.but(
        version=1,
        n=n,
        status=Status.OPEN,
        deadline_on=None,
        blocked_by=(),
        created_at=now,
        updated_at=now,
        completed_at=None,
        deleted_at=None,
    )


def _make(change: Change, old: Task, template: Task) -> Task:
    new = move_start(template.but(id=change.take("task")), _as_due(old, template))
    change.add(new)
    copy_reminders(change, old, new)
    step = timedelta(
        days=((new.due_on or new.created_at.date()) - (old.occurs_on or old.created_at.date())).days
    )
    _copy_below(change, old, new, step)
    return new


def _as_due(old: Task, template: Task) -> Task:
    """The old occurrence's due, which its start counts from; whole days if the new one is."""
    return old if template.due_time is not None else old.but(due_time=None)


def _copy_below(change: Change, old: Task, new: Task, step: timedelta) -> None:
    """Subtasks, open again and moved by the same step; copies carry no series."""
    for child in change.state.children(old.id):
        if child.deleted_at is not None or child.status is Status.CANCELLED:
            continue
        copied = _moved(child, step).but(
            id=change.take("task"),
            version=1,
            parent_id=new.id,
            status=Status.OPEN,
            series_id=None,
            n=None,
            occurs_on=None,
            occurs_at=None,
            blocked_by=(),
            created_at=change.now,
            updated_at=change.now,
            completed_at=None,
        )
        change.add(copied)
        copy_reminders(change, child, copied)
        _copy_below(change, child, copied, step)


def _moved(task: Task, step: timedelta) -> Task:
    changes: dict[str, object] = {}
    for field in ("due", "start"):
        on, clock = getattr(task, f"{field}_on"), getattr(task, f"{field}_time")
        if on is None:
            continue
        changes[f"{field}_on"] = on + step
        if clock is not None and task.zone is not None:
            changes[f"{field}_at"] = timed(on + step, clock, task.zone).at
    return task.but(**changes)


def _revive(change: Change, series: Series, template: Task) -> Task | None:
    """The occurrence of this number that was taken back, out of the trash again."""
    found = next(
        (
            t
            for t in change.state.tasks.values()
            if t.series_id == series.id and t.n == template.n and t.id != template.id
        ),
        None,
    )
    if found is None or found.deleted_at is None or found.status not in LIVE:
        return None
    at = found.deleted_at
    dated = found.but(
        due_on=template.due_on,
        due_time=template.due_time,
        due_at=template.due_at,
        zone=template.zone,
        occurs_on=template.occurs_on,
        occurs_at=template.occurs_at,
    )
    for item in [dated, *change.state.subtree([found.id])]:
        if item.id == found.id or item.deleted_at == at:
            # Created anew: whoever asks whether it was worked on compares this with its last change.
            back = change.put(item.but(deleted_at=None, created_at=change.now), "restored")
            restore_reminders(change, back)
    return dated
