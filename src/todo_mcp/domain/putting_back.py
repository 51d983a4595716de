"""A task with old values again, as far as the world around it still has room for them."""

from datetime import datetime
from typing import Any

from todo_mcp.domain import tree
from todo_mcp.domain.change import Change
from todo_mcp.domain.names import inbox
from todo_mcp.domain.task import Task
from todo_mcp.domain.zone import instant
from todo_mcp.errors import ConflictError, TodoError
from todo_mcp.ids import short


def put_back(change: Change, row: Task, wanted: dict[str, Any], old: Task) -> None:
    """`row` with the `wanted` values of `old`.

    Raises:
        ConflictError: the parent or a blocker of then lies below the task, or waits for it, now.
    """
    new = row.but(**{name: value for name, value in wanted.items() if name != "parent_id"})
    new = _timed(_in_list(change, _assigned(change, _zoned(new, row, old))), old)
    try:
        if "blocked_by" in wanted:
            new = _blocked(change, new)
        if "parent_id" in wanted:
            new = _below(change, new, wanted["parent_id"])
    except TodoError as error:
        raise ConflictError(f"op: {_name(row)} cannot go back to where it was: {error}") from error
    change.put(new)


def _name(task: Task) -> str:
    return short("task", task.id)


def _zoned(task: Task, row: Task, old: Task) -> Task:
    """A time that stays, or comes back, needs the zone that it is read in."""
    timed = task.due_time is not None or task.start_time is not None
    return task.but(zone=row.zone or old.zone) if timed and task.zone is None else task


def _timed(task: Task, old: Task) -> Task:
    """Instants as they were, or where the zone is another now, as the wall times want them."""
    changes: dict[str, Any] = {}
    for field in ("due", "start"):
        on, clock = getattr(task, f"{field}_on"), getattr(task, f"{field}_time")
        if on is None or clock is None or task.zone is None:
            continue
        then = (old.zone, getattr(old, f"{field}_on"), getattr(old, f"{field}_time"))
        if then == (task.zone, on, clock):
            changes[f"{field}_at"] = getattr(old, f"{field}_at")
        else:
            changes[f"{field}_at"] = instant(datetime.combine(on, clock), task.zone)
    return task.but(**changes)


def _in_list(change: Change, task: Task) -> Task:
    if task.list_id in change.state.lists:
        return task
    change.warn(task, "its list of then is gone; it is in the inbox.")
    return task.but(list_id=inbox(change.state).id)


def _assigned(change: Change, task: Task) -> Task:
    if task.assignee is None or task.assignee in change.state.fellows:
        return task
    change.warn(task, "its assignee of then has left; it has none.")
    return task.but(assignee=None)


def _blocked(change: Change, task: Task) -> Task:
    known = [change.state.tasks.get(number) for number in task.blocked_by]
    there = [short("task", t.id) for t in known if t is not None and t.deleted_at is None]
    if len(there) < len(task.blocked_by):
        change.warn(task, "what blocked it is gone in part.")
    return tree.wait_for(change, task, there)


def _below(change: Change, task: Task, number: int | None) -> Task:
    task = tree.leave(change, task)
    if number is None:
        return task
    parent = change.state.tasks.get(number)
    if parent is None:
        return task.but(parent_id=number)
    return tree.adopt(change, task, parent)
