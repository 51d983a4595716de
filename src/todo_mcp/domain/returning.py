"""Taking back: reopening what was closed, restoring what was in the trash."""

from datetime import datetime
from typing import Any

from todo_mcp.domain.alarms import cancel_reminders, restore_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.names import inbox
from todo_mcp.domain.recurrence import Recurrence
from todo_mcp.domain.repeating import occurs, recurrence_of
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import MAX_COUNT
from todo_mcp.domain.series import Series
from todo_mcp.domain.stepper import how_many
from todo_mcp.domain.task import LIVE, Status, Task
from todo_mcp.errors import ConflictError, RuleError
from todo_mcp.ids import short


def reopen(change: Change, task: Task) -> None:
    """Open again; an untouched next occurrence is taken back, as a series has one open at most.

    Raises:
        ConflictError: the next occurrence was worked on.
    """
    if task.status is Status.OPEN:
        return
    if task.series_id is not None and not task.live:
        take_back_later(change, task, change.state.series[task.series_id])
    opened = change.put(task.but(status=Status.OPEN, completed_at=None), "reopened")
    restore_reminders(change, opened)


def take_back_later(
    change: Change, task: Task, series: Series, *, argument: str = "ids", force: bool = False
) -> None:
    """Put the occurrence after this one into the trash, and the series back to this one.

    Raises:
        ConflictError: it was worked on, and not to be taken back by `force` all the same.
    """
    later = [t for t in change.state.occurrences(series.id) if is_after(t, task)]
    for other in later:
        if not force and (not other.live or not untouched(change, other)):
            raise ConflictError(
                f"{argument}: the series has gone on: {short('task', other.id)} is its next occurrence and was worked on. "
                "Work on that one, or delete it first."
            )
        trash(change, other)
    if series.n != task.n:
        passed = passed_at(series, task)
        change.put(change.latest(series).but(n=task.n, passed=passed))
    else:
        change.see(series)


def passed_at(series: Series, task: Task) -> int:
    """How many of the rule's dates had passed with this occurrence (COUNT)."""
    recurrence: Recurrence = recurrence_of(series)
    if recurrence.anchor == "completion":
        return max(1, series.passed - (series.n - (task.n or series.n)))
    start = recurrence.start.toordinal()
    last = day_of(occurs(task, recurrence)).toordinal()
    return how_many(recurrence.parsed, start, start, last + 1, MAX_COUNT)


def is_after(task: Task, other: Task) -> bool:
    return task.n is not None and other.n is not None and task.n > other.n and not task.deleted_at


def untouched(change: Change, task: Task) -> bool:
    """As the handler made or revived it: nobody has changed the task or anything below it."""
    below = [item for item in change.state.subtree([task.id]) if item.deleted_at is None]
    return all(fresh(item) for item in [task, *below])


def fresh(task: Task) -> bool:
    """Made or revived, and not changed since. What belongs to it raises its version too."""
    return task.version == 1 or task.updated_at == task.created_at


def trash(change: Change, task: Task) -> int:
    """The task and all below it to the trash; how many lay below."""
    gone = change.put(task.but(deleted_at=change.now), "deleted")
    cancel_reminders(change, gone)
    below = trash_below(change, gone)
    parent = change.state.tasks.get(task.parent_id) if task.parent_id else None
    if parent is not None:
        change.bump(parent)
    return below


def trash_below(change: Change, task: Task) -> int:
    """What lies below a task in the trash goes there, as of the same time: it comes back with it."""
    below = [item for item in change.state.subtree([task.id]) if item.deleted_at is None]
    for item in below:
        cancel_reminders(change, change.put(item.but(deleted_at=task.deleted_at), "deleted"))
    return len(below)


def restore(change: Change, task: Task) -> None:
    """Out of the trash, with what went there together with it; a series that ended with that goes on.

    Raises:
        RuleError: not in the trash, or the series has another open occurrence.
    """
    at = task.deleted_at
    if at is None:
        return
    if other := _beside(change, task):
        raise RuleError(f"ids: its series has the open occurrence {other}; work on that one.")
    if task.list_id not in change.state.lists:
        task = task.but(list_id=inbox(change.state).id)
        change.warn(task, "its list is gone; it is in the inbox.")
    parent = change.state.tasks.get(task.parent_id) if task.parent_id else None
    if parent is not None and parent.deleted_at is not None:
        task = task.but(parent_id=None)
        change.warn(task, "its parent is in the trash; it is now a task of its own.")
    for item in [task, *_coming_along(change, task)]:
        back = change.put(item.but(deleted_at=None), "restored")
        if back.live:
            restore_reminders(change, back)
            _go_on(change, back, at)
    if parent is not None and task.parent_id is not None:
        change.bump(parent)


def _coming_along(change: Change, task: Task) -> list[Task]:
    """What went to the trash with it, without those whose series have gone on elsewhere."""
    along: list[Task] = []
    left = set[int]()
    for item in change.state.subtree([task.id]):
        if item.deleted_at != task.deleted_at:
            continue
        if other := _beside(change, item):
            change.warn(item, f"stays in the trash: its series has the open occurrence {other}.")
        if other or item.parent_id in left:
            left.add(item.id)
        else:
            along.append(item)
    return along


def _beside(change: Change, task: Task) -> str | None:
    """The id of its series' open occurrence, of which there is one at most, where it would be another."""
    if task.series_id is None or task.status not in LIVE:
        return None
    every = change.state.occurrences(task.series_id)
    return next((short("task", other.id) for other in every if other.live), None)


def _go_on(change: Change, task: Task, trashed_at: datetime) -> None:
    """The series goes on from this occurrence, also where it had gone back behind it."""
    if task.series_id is None or task.n is None:
        return
    series = change.state.series[task.series_id]
    changes: dict[str, Any] = {}
    if series.n < task.n:
        changes |= {"n": task.n, "passed": passed_at(series, task)}
    if series.ended_at == trashed_at:  # it was undone that there is such a series
        changes["ended_at"] = None
    if changes:
        change.put(series.but(**changes), "resumed" if "ended_at" in changes else "updated")
    else:
        change.see(series)
