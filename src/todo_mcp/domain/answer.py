"""What a write answers: the tasks in their new state, what changed, and what the user should know."""

from typing import Any, Final

from todo_mcp.domain import repeating
from todo_mcp.domain.alarms import own
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import when_due
from todo_mcp.domain.reminder import Fate, Reminder
from todo_mcp.domain.series import Series
from todo_mcp.domain.spare import IMAGINARY
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import due_of, fields_of, names_of, stamp
from todo_mcp.domain.when import due_text
from todo_mcp.ids import short

# A change of long text is shown by its beginning; get_tasks has the whole.
SHOWN: Final = 120


def answer_of(change: Change, op: int | None) -> dict[str, Any]:
    """`{op?, tasks, failures, warnings?}` and what else the tool tells; without `op` nothing was written."""
    answer: dict[str, Any] = {}
    if op is not None:
        answer["op"] = short("operation", op)
    answer["tasks"] = [_written(change, number) for number in change.touched]
    answer["failures"] = list(change.failures)
    if change.warnings:
        answer["warnings"] = list(dict.fromkeys(change.warnings))
    return answer | change.extra


def _written(change: Change, number: int) -> dict[str, Any]:
    key = ("tasks", number)
    task = change.state.tasks[number]
    told: dict[str, Any] = {}
    if number < IMAGINARY:
        told["id"] = short("task", number)
    told |= {"title": task.title, "version": task.version}
    if (due := due_of(task)) is not None:
        told["due"] = due
        told["due_text"] = due_text(when_due(task), now=change.now, zone=change.state.user.zone)
    told |= _begun(change, task)
    before = change.old.get(key, task)
    if isinstance(before, Task) and (changed := _changed(change, before, task)):
        told["changed"] = changed
    if (reminders := _reminders(change, task)) is not None:
        told["reminders"] = reminders
    if number in change.following:
        told["next_occurrence"] = change.following[number]
    if below := _below(change, number):
        told["subtasks"] = below
    return told


def _begun(change: Change, task: Task) -> dict[str, Any]:
    """What was understood of the words for a recurrence, where this call added the task with it."""
    series = change.new.get(("series", task.series_id or 0))
    if not isinstance(series, Series) or change.old[series.table, series.id] is not None:
        return {}
    if change.old.get((task.table, task.id)) is not None:
        return {}  # set_recurrence tells it beside the task
    told = repeating.told(task, series)
    return {"recurrence": told["text"], "rule": told["rule"], "next": told["next"]}


def _below(change: Change, number: int) -> list[str]:
    """The ids of subtasks that this call added with their task, in their order."""
    if number >= IMAGINARY or change.old.get(("tasks", number), change) is not None:
        return []
    added = (t for t in change.state.children(number) if change.old.get(("tasks", t.id), t) is None)
    return [short("task", task.id) for task in added if task.id not in change.touched]


def _rhythm(change: Change, series_id: int | None, *, before: bool) -> str | None:
    """How a task repeats, in a sentence; None where it does not."""
    if series_id is None:
        return None
    was = change.old.get(("series", series_id)) if before else None
    series = was if isinstance(was, Series) else change.state.series.get(series_id)
    if series is None or series.ended_at is not None:
        return None
    return repeating.recurrence_of(series).sentence


def _changed(change: Change, before: Task, after: Task) -> dict[str, list[Any]]:
    names = names_of(change.state)
    old, new = fields_of(before, names), fields_of(after, names)
    if before.series_id != after.series_id or ("series", after.series_id or 0) in change.new:
        old["recurrence"] = _rhythm(change, before.series_id, before=True)
        new["recurrence"] = _rhythm(change, after.series_id, before=False)
    return {name: [_cut(old[name]), _cut(new[name])] for name in old if old[name] != new[name]}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > SHOWN:
        return value[: SHOWN - 1] + "…"
    return value


def _reminders(change: Change, task: Task) -> list[str] | None:
    """When the user will be told; only where this call set, moved or removed something."""
    if not any(isinstance(r, Reminder) and r.task_id == task.id for r in change.new.values()):
        return None
    zone = task.zone or change.state.user.zone
    waiting = [row for row in own(change, task) if row.state is Fate.PENDING]
    if not waiting and not task.live:
        return None
    waiting.sort(key=lambda row: (row.fire_at, row.id))
    return [
        (f"{short('reminder', row.id)} " if row.id < IMAGINARY else "") + stamp(row.fire_at, zone)
        for row in waiting
    ]
