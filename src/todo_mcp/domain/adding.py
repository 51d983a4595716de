"""Adding tasks: one with its subtasks, or many that refer to each other."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from todo_mcp import ids
from todo_mcp.domain.alarms import add_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import warn_of_deadline
from todo_mcp.domain.fields import set_fields
from todo_mcp.domain.names import inbox
from todo_mcp.domain.repeating import start_series
from todo_mcp.domain.task import Task, Twin
from todo_mcp.errors import RuleError, TodoError, quoted

Given = dict[str, Any]


def add_one(change: Change, given: Given, subtasks: list[str | Given]) -> Task:
    """A task with its reminders, recurrence and subtasks."""
    task = _add(change, given)
    change.touch(task.id)
    for number, item in enumerate(subtasks):
        child = {"title": item} if isinstance(item, str) else item
        with placed(f"subtasks[{number}]"):
            _add_below(change, task, child)
    twin = next((other for other in change.state.twins if _alike(task, other)), None)
    if twin is not None:
        what = ids.short("task", twin.id)
        change.warnings.append(f"An identical open task was added a moment ago: {what}.")
    return task


def _alike(task: Task, other: Twin) -> bool:
    """Whether it is the same once more: three plants are watered on three days, with one title."""
    return all(getattr(task, name) == value for name, value in other if name != "id")


def _add_below(change: Change, parent: Task, given: Given) -> None:
    below = _new(change, parent.list_id).but(parent_id=parent.id, zone=parent.zone)
    _complete(change, below, given)


def add_many(change: Change, tasks: list[Given]) -> None:
    """All of them or none; `ref` lets parent and blocked_by name a task of the same call.

    Raises:
        RuleError: a ref that is an id, is used twice or names nothing; refs in a circle.
    """
    refs = _refs(tasks)
    made: dict[int, Task] = {}
    for at in _order(tasks, refs):
        given = {
            **tasks[at],
            "parent": _resolve(tasks[at].get("parent"), refs, made),
            "blocked_by": [
                _resolve(name, refs, made) for name in tasks[at].get("blocked_by") or ()
            ],
        }
        given.pop("ref", None)
        with placed(f"tasks[{at}]"):
            made[at] = _add(change, given)
    for at in range(len(tasks)):
        change.touch(made[at].id)


@contextmanager
def placed(place: str) -> Generator[None]:
    """Errors name the place in the list beside the argument."""
    try:
        yield
    except TodoError as error:
        raise type(error)(f"{place}.{error}") from error


def _refs(tasks: list[Given]) -> dict[str, int]:
    refs: dict[str, int] = {}
    for at, given in enumerate(tasks):
        ref = given.get("ref")
        if ref is None:
            continue
        if ids.match(ref) is not None:
            raise RuleError(f"tasks[{at}].ref: {quoted(ref)} has the form of an id; use a word.")
        if ref in refs:
            raise RuleError(f"tasks[{at}].ref: {quoted(ref)} is used twice.")
        refs[ref] = at
    return refs


def _order(tasks: list[Given], refs: dict[str, int]) -> list[int]:
    """Those named by others first."""
    done: list[int] = []
    under_way: set[int] = set()

    def visit(at: int) -> None:
        if at in done:
            return
        if at in under_way:
            raise RuleError(f"tasks[{at}]: parent and blocked_by lead round in a circle.")
        under_way.add(at)
        names = [tasks[at].get("parent"), *(tasks[at].get("blocked_by") or ())]
        for name in names:
            if name in refs:
                visit(refs[name])
        done.append(at)

    for at in range(len(tasks)):
        visit(at)
    return done


def _resolve(name: str | None, refs: dict[str, int], made: dict[int, Task]) -> str | None:
    if name is None or name not in refs:
        return name
    return ids.short("task", made[refs[name]].id)


def _add(change: Change, given: Given) -> Task:
    return _complete(change, _new(change, inbox(change.state).id), given)


def _new(change: Change, list_id: int) -> Task:
    return Task(
        id=change.take("task"),
        title=".",
        list_id=list_id,
        created_at=change.now,
        updated_at=change.now,
    )


def _complete(change: Change, task: Task, given: Given) -> Task:
    """Set the fields, then what needs the task: recurrence (it may move the due), reminders."""
    task = set_fields(change, task, given)
    if given.get("recurrence") is not None:
        task = start_series(change, task, given["recurrence"], given.get("anchor"))
    elif given.get("anchor") is not None:
        raise RuleError("anchor: goes with a recurrence; give one, or leave anchor out.")
    change.add(task)
    warn_of_deadline(change, task)
    texts = given.get("reminders")
    if texts is None and task.due_on is not None:
        texts = list(change.state.user.default_reminders)
    add_reminders(change, task, texts or ())
    return task
