"""Setting fields of tasks."""

from dataclasses import dataclass, field
from typing import Any

from todo_mcp.domain import alarms, dates
from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.fields import change_tags, clear_fields, set_fields
from todo_mcp.domain.task import Task
from todo_mcp.errors import ConflictError, RuleError


@dataclass(frozen=True, slots=True)
class Edit:
    """What update_tasks asks of each task."""

    given: dict[str, Any]
    clear: list[str] = field(default_factory=list[str])
    tags_add: list[str] = field(default_factory=list[str])
    tags_remove: list[str] = field(default_factory=list[str])
    reminders: list[str] | None = None

    @property
    def places(self) -> bool:
        """Whether the task may come to another list, with all that lies below it."""
        return bool(self.given.get("list") or self.given.get("parent") or "list" in self.clear)


def edit(change: Change, number: int, wish: Edit) -> None:
    """One task with the wished fields; what follows from its due moves along.

    Raises:
        TodoError: a value that cannot be, or a task in the trash.
    """
    task = change.state.task(number)
    if task.deleted_at is not None:
        raise RuleError(f"ids: t{number} is in the trash. Restore it first (complete_tasks).")
    new = clear_fields(change, task, wish.clear, wish.given | {"reminders": wish.reminders})
    new = set_fields(change, new, wish.given)
    if wish.tags_add or wish.tags_remove:
        new = change_tags(new, wish.tags_add, wish.tags_remove)
    if "start" not in wish.given and "start" not in wish.clear:
        new = dates.move_start(new, task)
    _finish(change, task, new, wish)
    change.touch(number)


def _finish(change: Change, before: Task, task: Task, wish: Edit) -> None:
    if differing(before, task):
        task = change.put(task)
    else:
        change.see(before)
    if wish.places:
        _move_below(change, task)
    seen = len(change.new)
    if (task.due_on, task.due_at, task.zone) != (before.due_on, before.due_at, before.zone):
        alarms.move_reminders(change, task)
    if (task.due_on, task.deadline_on) != (before.due_on, before.deadline_on):
        dates.warn_of_deadline(change, task)
    if wish.reminders is not None:
        alarms.replace_reminders(change, task, wish.reminders)
    if "reminders" in wish.clear:
        alarms.remove_reminders(change, alarms.own(change, task))
    if len(change.new) > seen:
        change.bump(task)


def _move_below(change: Change, task: Task) -> None:
    """Subtasks are in the list of the task above them."""
    for child in change.state.subtree([task.id]):
        if child.list_id != task.list_id:
            change.put(child.but(list_id=task.list_id))


def check_version(task: Task, version: int | None, changed: list[str], by: str | None) -> None:
    """Refuse a write that was decided on an older version.

    Raises:
        ConflictError: the task has changed since; names the fields and who did it.
    """
    if version is None or task.version == version:
        return
    what = f"; {' and '.join(changed)} changed since" if changed else ""
    who = f", by {by}" if changed and by else ""
    raise ConflictError(
        f"version: t{task.id} is at version {task.version}, you sent {version}{what}{who}. "
        "Read it again (get_tasks) and decide."
    )
