"""Reminders taken back with their operation, and brought in line with what their tasks are now."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from todo_mcp.domain.alarms import current, fire_at, remove_reminders, warn_missed
from todo_mcp.domain.change import Change
from todo_mcp.domain.events import Event
from todo_mcp.domain.past import images
from todo_mcp.domain.remind import parse_spec
from todo_mcp.domain.reminder import Fate, Reminder
from todo_mcp.domain.task import Task
from todo_mcp.errors import ConflictError


class Refusing(Protocol):
    """What knows whether later changes are overridden, and who made them."""

    @property
    def force(self) -> bool: ...

    @property
    def start(self) -> dict[int, Task]: ...

    def then(self, number: int) -> Task | None: ...

    def made(self, number: int) -> bool: ...

    def refuse(self, event: Event, columns: tuple[str, ...]) -> ConflictError: ...


@dataclass(slots=True)
class Rearming:
    change: Change
    past: Refusing
    start: dict[int, Reminder] = field(default_factory=dict[int, Reminder])
    taken: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self.start = dict(self.change.state.reminders)

    def take_back(self, event: Event) -> None:
        """The reminder as it was before the event.

        Whether it waits, fired, or is cancelled with its task follows from what is now; only its time
        and whether it is removed can be changed by somebody since.

        Raises:
            ConflictError: that was changed since.
        """
        row = self.change.state.reminders.get(event.subject_id)
        if row is None:
            return
        if event.before is None and self.past.made(row.task_id):
            return  # cancelled with its task, to come back with it
        self.taken.add(row.id)
        if event.before is None:
            remove_reminders(self.change, [row])
            return
        if changes := self._changes(event, row):
            self.change.put(row.but(**changes), "restored")

    def _changes(self, event: Event, row: Reminder) -> dict[str, object]:
        old, after = images(Reminder, event)
        if old.fire_at not in {after.fire_at, row.fire_at}:
            if row.fire_at != after.fire_at and not self.past.force:
                raise self.past.refuse(event, ("fire_at",))
            return {"fire_at": old.fire_at, "state": old.state}
        if old.state not in {after.state, row.state}:
            if _gone(row) is not _gone(after) and not self.past.force:
                raise self.past.refuse(event, ("state",))
            return {"state": old.state}
        return {}

    def settle(self, tasks: list[int]) -> None:
        """What waits for open tasks, at times that count from their dues; nothing for closed ones."""
        for number in tasks:
            task, before = self.change.state.tasks.get(number), self.past.start.get(number)
            if task is None or before is None:
                continue
            for row in current(self.change, task):
                if row.id in self.taken or task.live is not before.live or _moved(before, task):
                    self._settle(before, task, row)

    def _settle(self, before: Task, task: Task, row: Reminder) -> None:
        at = self._time(before, task, row)
        if at is None:
            remove_reminders(self.change, [row])
            self.change.warn(task, "a reminder counted back from a due that is gone: removed.")
            return
        state = self._state(task, row, at)
        if (at, state) != (row.fire_at, row.state):
            self.change.put(row.but(fire_at=at, state=state), "moved")
        if state is Fate.MISSED and self.start[row.id].state is not Fate.MISSED:
            warn_missed(self.change, task, at)

    def _time(self, before: Task, task: Task, row: Reminder) -> datetime | None:
        """When it is to fire; None where it counts from a due that the task has not."""
        spec = parse_spec(row.spec)
        then = (self.past.then(task.id) or task) if row.id in self.taken else before
        if not spec.relative or not _moved(then, task):
            return row.fire_at
        return None if task.due_on is None else fire_at(self.change, task, spec)

    def _state(self, task: Task, row: Reminder, at: datetime) -> Fate:
        waits = row.state in (Fate.PENDING, Fate.CANCELLED) or at != row.fire_at
        if not waits:
            return row.state
        if not task.live:
            return Fate.CANCELLED
        if at > self.change.now:
            return Fate.PENDING
        fired = self.start[row.id].state is Fate.FIRED or row.state is Fate.FIRED
        return Fate.FIRED if fired else Fate.MISSED


def same_wish(row: Reminder, other: Reminder) -> bool:
    """Whether nobody has moved, snoozed or removed it; whether it has fired is no matter."""
    return (row.fire_at, _gone(row)) == (other.fire_at, _gone(other))


def _gone(row: Reminder) -> bool:
    return row.state is Fate.REMOVED


def _moved(before: Task, task: Task) -> bool:
    return (before.due_on, before.due_at, before.zone) != (task.due_on, task.due_at, task.zone)
