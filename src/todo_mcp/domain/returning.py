"""Taking back: reopening what was closed, restoring what was in the trash."""

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
    later = [
        t for t in change.state.tasks.values() if t.series_id == series.id and is_after(t, task)
    ]
    for other in later:
        if not force and (not other.live or not untouched(change, other)):
            raise ConflictError(
                f"{argument}: the series has gone on: t{other.id} is its next occurrence and was worked on. "
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
    """Out of the trash, with what went there together with it.

    Raises:
        RuleError: not in the trash, or the series has another open occurrence.
    """
    if task.deleted_at is None:
        return
    if task.status in LIVE and task.series_id is not None:
        _alone(change, task)
        _count(change, task, change.state.series[task.series_id])
    at = task.deleted_at
    if task.list_id not in change.state.lists:
        task = task.but(list_id=inbox(change.state).id)
        change.warn(task, "its list is gone; it is in the inbox.")
    parent = change.state.tasks.get(task.parent_id) if task.parent_id else None
    if parent is not None and parent.deleted_at is not None:
        task = task.but(parent_id=None)
        change.warn(task, "its parent is in the trash; it is now a task of its own.")
    below = [item for item in change.state.subtree([task.id]) if item.deleted_at == at]
    for item in [task, *below]:
        back = change.put(item.but(deleted_at=None), "restored")
        if back.live:
            restore_reminders(change, back)
    if parent is not None and task.parent_id is not None:
        change.bump(parent)


def _count(change: Change, task: Task, series: Series) -> None:
    """The series goes on from this occurrence, also where it had gone back behind it."""
    if task.n is not None and series.n < task.n:
        change.put(series.but(n=task.n, passed=passed_at(series, task)))
    else:
        change.see(series)


def _alone(change: Change, task: Task) -> None:
    for other in change.state.tasks.values():
        if other.series_id == task.series_id and other.id != task.id and other.live:
            raise RuleError(
                f"ids: its series has the open occurrence t{other.id}; work on that one."
            )
