"""Changing what a task's status is: complete, skip, cancel, start, reopen, end, restore."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from todo_mcp.domain import tree
from todo_mcp.domain.alarms import acknowledge, cancel_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import today_in
from todo_mcp.domain.repeating import date_after, local_text, recurrence_of
from todo_mcp.domain.returning import reopen, restore
from todo_mcp.domain.task import Status, Task
from todo_mcp.domain.when import parse_past_when
from todo_mcp.domain.zone import instant
from todo_mcp.errors import RuleError

VERBS: Final = {
    Status.DONE: "completed",
    Status.SKIPPED: "skipped",
    Status.CANCELLED: "cancelled",
    Status.STARTED: "started",
}
# What becomes of the subtasks. Those of a skipped occurrence are skipped with it and not cancelled,
# since what is cancelled does not come again with the next one.
BELOW: Final = {
    "complete": Status.DONE,
    "end_series": Status.DONE,
    "cancel": Status.CANCELLED,
    "skip": Status.SKIPPED,
}
ACTIONS_OF_SERIES: Final = "skip leaves this occurrence out, end_series ends the whole"


def apply(change: Change, number: int, action: str, at: datetime, *, with_subtasks: bool) -> None:
    """One action on one task.

    Raises:
        TodoError: the task is not there, or its status does not allow it.
    """
    task = change.state.task(number)
    if action == "restore":
        restore(change, task)
    elif task.deleted_at is not None:
        raise RuleError(f"ids: t{number} is in the trash. Use action restore first.")
    else:
        _ACTIONS[action](change, task, at)
    if action in BELOW:
        _below(change, number, action, at, with_subtasks=with_subtasks)
    change.touch(number)


def _below(change: Change, number: int, action: str, at: datetime, *, with_subtasks: bool) -> None:
    """Close what is open below, or say that it stays open."""
    status = BELOW[action]
    children = [child for child in change.state.subtree([number]) if child.live]
    if children and not with_subtasks and ("tasks", number) in change.new:
        stay = (
            "1 of its subtasks stays"
            if len(children) == 1
            else f"{len(children)} of its subtasks stay"
        )
        change.warn(change.state.tasks[number], f"{stay} open.")
    for child in children if with_subtasks else ():
        if status is Status.CANCELLED and _repeats(change, child):
            _end(change, child)  # as nothing would follow a cancelled occurrence
        close(change, child, status, at)


def moment_of(change: Change, text: str | None, action: str = "complete") -> datetime:
    """When it was done: now, or what the caller says. A day without a time is its noon.

    Raises:
        RuleError: ahead of now, or given for an action that closes nothing.
    """
    if text is None:
        return change.now
    if action not in BELOW:
        raise RuleError(f"at: has no meaning for {action}; leave it out.")
    zone = change.state.user.zone
    when = parse_past_when(text, now=change.now, zone=zone, argument="at")
    noon = datetime.combine(when.on, datetime.min.time()) + timedelta(hours=12)
    at = when.at or min(instant(noon, zone), change.now)
    if at > change.now or when.on > today_in(change.now, when.zone):
        raise RuleError(f"at: {when} lies ahead. Leave it out, or give a time that has passed.")
    return at


def _complete(change: Change, task: Task, at: datetime) -> None:
    if task.status in (Status.CANCELLED, Status.SKIPPED):
        raise RuleError(f"ids: t{task.id} is {task.status}. Reopen it first (action reopen).")
    if task.live:
        close(change, task, Status.DONE, at)


def _skip(change: Change, task: Task, at: datetime) -> None:
    if task.series_id is None:
        raise RuleError(f"ids: t{task.id} does not repeat; skip is for occurrences. Use cancel.")
    _still_open(task, Status.SKIPPED)
    if task.live:
        close(change, task, Status.SKIPPED, at)


def _cancel(change: Change, task: Task, at: datetime) -> None:
    if _repeats(change, task):
        raise RuleError(f"ids: t{task.id} repeats: {ACTIONS_OF_SERIES}.")
    _still_open(task, Status.CANCELLED)
    if task.live:
        close(change, task, Status.CANCELLED, at)


def _end_series(change: Change, task: Task, at: datetime) -> None:
    if task.series_id is None:
        raise RuleError(f"ids: t{task.id} does not repeat. Use complete or cancel.")
    if _repeats(change, task):
        _end(change, task)
    if task.live:
        close(change, task, Status.DONE, at)
    for other in change.state.occurrences(task.series_id):
        if other.live:
            change.warn(other, "this is the open occurrence of the series; it stays.")


def _end(change: Change, task: Task) -> None:
    series = change.state.series[task.series_id or 0]
    change.put(series.but(ended_at=change.now), "ended")


def _start(change: Change, task: Task, _: datetime) -> None:
    if not task.live:
        raise RuleError(f"ids: t{task.id} is {task.status}. Reopen it first (action reopen).")
    if task.status is Status.OPEN:
        change.put(task.but(status=Status.STARTED), "started")


def _reopen(change: Change, task: Task, _: datetime) -> None:
    reopen(change, task)


_ACTIONS: Final[dict[str, Callable[[Change, Task, datetime], None]]] = {
    "complete": _complete,
    "skip": _skip,
    "cancel": _cancel,
    "end_series": _end_series,
    "start": _start,
    "reopen": _reopen,
}


def _still_open(task: Task, wanted: Status) -> None:
    if not task.live and task.status is not wanted:
        raise RuleError(f"ids: t{task.id} is {task.status} already. Reopen it first.")


def _repeats(change: Change, task: Task) -> bool:
    return task.series_id is not None and change.state.series[task.series_id].ended_at is None


def close(change: Change, task: Task, status: Status, at: datetime) -> Task:
    """Close the task: its reminders are cancelled, and what waited for it is named when ready."""
    closed = change.put(task.but(status=status, completed_at=at), VERBS[status])
    cancel_reminders(change, closed)
    acknowledge(change, closed)
    _announce(change, closed)
    _unblock(change, closed)
    return closed


def _announce(change: Change, task: Task) -> None:
    """The date of the next occurrence, as the handler will make it."""
    if task.series_id is None or not _repeats(change, task):
        return
    series = change.state.series[task.series_id]
    change.see(series)
    if task.n != series.n:
        return
    recurrence = recurrence_of(series)
    following = date_after(change, task, recurrence, series.passed, task.completed_at)
    if following is None:
        change.warn(task, "this was the last occurrence of its series.")
    else:
        change.following[task.id] = local_text(recurrence, following[0])


def _unblock(change: Change, task: Task) -> None:
    """Name the tasks that waited for this one and for nothing else that is open."""
    for waiting in change.state.waiting_for(task.id):
        if waiting.live and tree.ready(change.state, waiting):
            named: list[str] = change.extra.get("unblocked", [])
            if (name := f"t{waiting.id}") not in named:
                change.extra["unblocked"] = [*named, name]
