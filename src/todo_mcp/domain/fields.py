"""The task fields of the surface: from the caller's words to a changed task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from todo_mcp.domain import dates, tree
from todo_mcp.domain.change import Change
from todo_mcp.domain.names import find_list, find_person, inbox
from todo_mcp.domain.task import Priority, Task
from todo_mcp.domain.text import clean_notes, clean_tags, clean_title, same
from todo_mcp.errors import RuleError


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a field is set: the change it belongs to, and the user's zone."""

    change: Change

    @property
    def zone(self) -> str:
        return self.change.state.user.zone


def _title(_: Setting, task: Task, text: str) -> Task:
    return task.but(title=clean_title(text))


def _notes(_: Setting, task: Task, text: str) -> Task:
    return task.but(notes=clean_notes(text) or None)


def _list(at: Setting, task: Task, name: str) -> Task:
    return task.but(list_id=find_list(at.change.state, name).id)


def _parent(at: Setting, task: Task, text: str) -> Task:
    parent = tree.parent_of(at.change.state, text)
    if parent.id == task.parent_id:
        return task
    moved = tree.adopt(at.change, tree.leave(at.change, task), parent)
    return moved.but(list_id=parent.list_id)


def _zone(_: Setting, task: Task, name: str) -> Task:
    return dates.read_zone(task, name)


def _due(at: Setting, task: Task, text: str) -> Task:
    return dates.read_due(task, text, now=at.change.now, zone=at.zone)


def _start(at: Setting, task: Task, text: str) -> Task:
    return dates.read_start(task, text, now=at.change.now, zone=at.zone)


def _deadline(at: Setting, task: Task, text: str) -> Task:
    return dates.read_deadline(task, text, now=at.change.now, zone=at.zone)


def _priority(_: Setting, task: Task, word: str) -> Task:
    return task.but(priority=Priority[word.upper()])


def _tags(_: Setting, task: Task, tags: list[str]) -> Task:
    return task.but(tags=tuple(clean_tags(tags)))


def _estimate(_: Setting, task: Task, text: str) -> Task:
    return task.but(estimate_seconds=dates.read_estimate(text))


def _assignee(at: Setting, task: Task, name: str) -> Task:
    return task.but(assignee=find_person(at.change.state, name))


def _blocked_by(at: Setting, task: Task, texts: list[str]) -> Task:
    return tree.wait_for(at.change, task, texts)


# In the order they are applied: the parent brings its list, which `list` may then change; the zone
# is there before the times that are read in it.
SETTERS: Final[dict[str, Callable[[Setting, Task, Any], Task]]] = {
    "title": _title,
    "notes": _notes,
    "parent": _parent,
    "list": _list,
    "zone": _zone,
    "due": _due,
    "start": _start,
    "deadline": _deadline,
    "priority": _priority,
    "tags": _tags,
    "estimate": _estimate,
    "assignee": _assignee,
    "blocked_by": _blocked_by,
}
CLEARERS: Final[dict[str, Callable[[Setting, Task], Task]]] = {
    "notes": lambda _, task: task.but(notes=None),
    "parent": lambda at, task: tree.leave(at.change, task),
    "list": lambda at, task: task.but(list_id=inbox(at.change.state).id),
    "zone": lambda at, task: dates.read_zone(task, at.zone),
    "due": lambda _, task: dates.clear_due(task),
    "start": lambda _, task: dates.clear_start(task),
    "deadline": lambda _, task: task.but(deadline_on=None),
    "priority": lambda _, task: task.but(priority=Priority.NONE),
    "tags": lambda _, task: task.but(tags=()),
    "estimate": lambda _, task: task.but(estimate_seconds=None),
    "assignee": lambda _, task: task.but(assignee=None),
    "blocked_by": lambda _, task: task.but(blocked_by=()),
    "reminders": lambda _, task: task,  # rows of their own
}


def set_fields(change: Change, task: Task, given: dict[str, Any]) -> Task:
    """The task with the given fields set; what is not given stays.

    Raises:
        TodoError: a value that cannot be; its argument is named.
    """
    at = Setting(change)
    for name, setter in SETTERS.items():
        if given.get(name) is not None:
            task = setter(at, task, given[name])
    return task


def clear_fields(change: Change, task: Task, names: list[str], given: dict[str, Any]) -> Task:
    """The task with these fields empty.

    Raises:
        RuleError: a field both set and cleared.
    """
    at = Setting(change)
    for name in names:
        if given.get(name) is not None:
            raise RuleError(f"clear: {name} is set and cleared in one call; do one of both.")
        task = CLEARERS[name](at, task)
    return task


def change_tags(task: Task, add: list[str], remove: list[str]) -> Task:
    """Tags added and taken away, case aside."""
    gone = {same(tag) for tag in remove}
    kept = [tag for tag in task.tags if same(tag) not in gone]
    return task.but(tags=tuple(clean_tags([*kept, *add], "tags_add" if add else "tags")))
