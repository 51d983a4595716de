"""The next occurrence of a series, made after one was closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from todo_mcp.domain.alarms import cancel_reminders, carry_reminders
from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import move_start, timed
from todo_mcp.domain.reminder import Fate, Reminder
from todo_mcp.domain.repeating import at_date, date_after, recurrence_of
from todo_mcp.domain.task import Status, Task

CLOSED: frozenset[Status] = frozenset({Status.DONE, Status.SKIPPED})
_NONE: Final[Mapping[int, datetime]] = MappingProxyType({})


def roll_over(change: Change, number: int, closings: Mapping[int, datetime] = _NONE) -> None:
    """Make the occurrence that follows the closed one; nothing where the series went on or ended.

    `closings` say when what recurs below it was closed, where that is not when it was changed last.
    Decides on what is there now: is this occurrence still closed, and is there no later one?
    """
    task = change.state.tasks.get(number)
    if task is None or task.series_id is None or task.status not in CLOSED:
        return
    series = change.state.series[task.series_id]
    if series.ended_at is not None or series.n != task.n:
        return
    recurrence = recurrence_of(series)
    following = date_after(change, task, recurrence, series.passed, task.completed_at)
    change.see(task)
    if following is None:
        change.put(series.but(ended_at=change.now), "ended")
        return
    _children_first(change, number, closings)
    local, passed = following
    change.put(series.but(n=series.n + 1, passed=passed))
    template = at_date(task.but(n=series.n + 1), recurrence, local)
    if (there := _same_number(change, template)) is None or there.deleted_at is not None:
        change.touch(_Copying(change, task, template).make(there))


def resume(change: Change, number: int, closings: Mapping[int, datetime]) -> None:
    """What a series that had ended goes on with, as of the closings in it: what was announced is made.

    No reminder fires of times that have passed since.
    """
    with change.as_of(closings.get(number, change.now)):
        roll_over(change, number, closings)
    for row in [row for row in change.new.values() if isinstance(row, Reminder)]:
        if row.state is Fate.PENDING and row.fire_at <= change.now:
            change.put(row.but(state=Fate.MISSED), change.verbs[row.table, row.id])


def _children_first(change: Change, number: int, closings: Mapping[int, datetime]) -> None:
    """What recurs by itself below it and was closed goes on as of its own closing.

    Its event may come before this one or after it: what is copied must not depend on that.
    """
    for child in change.state.subtree([number]):
        if child.series_id is not None and child.status in CLOSED:
            with change.as_of(closings.get(child.id, child.updated_at)):
                roll_over(change, child.id, closings)


def _same_number(change: Change, template: Task) -> Task | None:
    """What was made under this number before, and taken back."""
    mates = change.state.occurrences(template.series_id or 0)
    return next((task for task in mates if task.n == template.n and task.id != template.id), None)


@dataclass(slots=True)
class _Copying:
    """Makes an occurrence like the old one, out of what was taken back as far as there is any.

    Where the parent has gone to the trash meanwhile, it is made there, to come back with it.
    """

    change: Change
    old: Task
    template: Task
    step: timedelta = field(init=False)

    def __post_init__(self) -> None:
        new, old = self.template, self.old
        day = new.due_on or new.created_at.date()
        self.step = timedelta(days=(day - (old.occurs_on or old.created_at.date())).days)

    def make(self, taken_back: Task | None) -> int:
        parent = self.change.state.tasks.get(self.old.parent_id or 0)
        template = self.template.but(deleted_at=parent and parent.deleted_at, deadline_on=None)
        new = move_start(template, _as_due(self.old, template))
        made = self._write(self.old, new, taken_back)
        if parent is not None:
            self.change.bump(parent)
        return made.id

    def _write(self, old: Task, new: Task, taken_back: Task | None) -> Task:
        """A fresh start for the copy. Revived, it counts as created now: nobody has worked on it."""
        new = new.but(
            status=Status.OPEN,
            blocked_by=(),
            created_at=self.change.now,
            updated_at=self.change.now,
            completed_at=None,
        )
        if taken_back is None:
            made = self.change.add(new.but(id=self.change.take("task"), version=1))
        else:
            same = new.but(id=taken_back.id, version=taken_back.version)
            made = self.change.put(same, "restored")
        carry_reminders(self.change, old, made)
        if not made.live:
            cancel_reminders(self.change, made)
        self._below(old, made, None if taken_back is None else taken_back.deleted_at)
        return made

    def _below(self, old: Task, new: Task, since: object) -> None:
        """Subtasks, open again and moved by the same step; copies carry no series."""
        spare = [t for t in self._children(new) if since is not None and t.deleted_at == since]
        for child in self._children(old):
            if child.deleted_at is not None or child.status is Status.CANCELLED:
                continue
            if not self._is_last(child):
                continue
            twin = next((item for item in spare if item.title == child.title), None)
            if twin is not None:
                spare.remove(twin)
            copied = _moved(child, self.step).but(
                parent_id=new.id,
                series_id=None,
                n=None,
                occurs_on=None,
                occurs_at=None,
                deadline_on=None,
                deleted_at=new.deleted_at,
            )
            self._write(child, copied, twin)

    def _children(self, task: Task) -> list[Task]:
        return sorted(self.change.state.children(task.id), key=lambda child: child.id)

    def _is_last(self, task: Task) -> bool:
        """Of a subtask that repeats by itself, only the last occurrence that was there is copied."""
        mates = self.change.state.children(task.parent_id or 0) if task.series_id else [task]
        there = [t for t in mates if t.series_id == task.series_id and self._was_there(t)]
        return task in there and not any((t.n or 0) > (task.n or 0) for t in there)

    def _was_there(self, task: Task) -> bool:
        """Before the closing: what followed from that very call came later."""
        return (task.n or 1) == 1 or task.created_at < self.change.now


def _as_due(old: Task, template: Task) -> Task:
    """The old occurrence's due, which its start counts from; whole days if the new one is."""
    return old if template.due_time is not None else old.but(due_time=None)


def _moved(task: Task, step: timedelta) -> Task:
    changes: dict[str, object] = {}
    for name in ("due", "start"):
        on, clock = getattr(task, f"{name}_on"), getattr(task, f"{name}_time")
        if on is None:
            continue
        changes[f"{name}_on"] = on + step
        if clock is not None and task.zone is not None:
            changes[f"{name}_at"] = timed(on + step, clock, task.zone).at
    return task.but(**changes)
