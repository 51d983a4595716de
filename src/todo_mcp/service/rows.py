"""Tasks as rows of a list, and as everything there is to say about them."""

from collections.abc import Sequence
from typing import Any

from todo_mcp.domain.recurrence import Recurrence
from todo_mcp.domain.reminder import Fate
from todo_mcp.domain.repeating import recurrence_of
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import Names, brief
from todo_mcp.service.work import Work
from todo_mcp.store.details import Details, details


async def rows(work: Work, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """The rows of these tasks, in their order."""
    if not tasks:
        return []
    found = await details(work.database, work.person.space, tasks)
    return [row(task, found, work.person.zone) for task in tasks]


def row(task: Task, found: Details, zone: str) -> dict[str, Any]:
    done, every = found.subtasks.get(task.id, (0, 0))
    waiting = [item for item in found.reminders.get(task.id, ()) if item.state is Fate.PENDING]
    has = ["notes"] if task.notes else []
    if found.comments.get(task.id):
        has.append("comments")
    return brief(
        task,
        Names(found.lists, found.fellows, zone),
        subtasks=f"{done}/{every}" if every else None,
        recurrence=rhythm(task, found),
        reminders=len(waiting),
        has=has,
    )


def rhythm(task: Task, found: Details) -> str | None:
    """The sentence of the task's recurrence, while its series goes on."""
    recurrence = recurrence_in(task, found)
    return recurrence.sentence if recurrence else None


def recurrence_in(task: Task, found: Details) -> Recurrence | None:
    series = found.series.get(task.series_id or 0)
    return None if series is None or series.ended_at is not None else recurrence_of(series)
