"""One operation taken back: each row gets the values back that the operation's events say it had."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.events import Event
from todo_mcp.domain.past import Past, Story, columns_changed, images, with_its_like, word_for
from todo_mcp.domain.putting_back import put_back
from todo_mcp.domain.rearming import Rearming, same_wish
from todo_mcp.domain.reminder import Fate, Notification, Reminder
from todo_mcp.domain.returning import take_back_later, trash, trash_below
from todo_mcp.domain.rollover import resume
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import LIVE, Task
from todo_mcp.errors import ConflictError, RuleError
from todo_mcp.ids import short


@dataclass(slots=True)
class Inverse:
    """Takes `past` back as `change` has the rows by now.

    A value that is not what the operation left is somebody's later change: it stays, and with it the
    whole operation, unless `force`.
    """

    change: Change
    story: Story
    past: Past
    force: bool
    start: dict[int, Task] = field(default_factory=dict[int, Task], init=False)
    _events: dict[str, list[Event]] = field(default_factory=dict[str, list[Event]], init=False)
    _first: dict[int, Event] = field(default_factory=dict[int, Event], init=False)
    _reminders: dict[int, Event] = field(default_factory=dict[int, Event], init=False)
    _read: dict[UUID, tuple[Row, Row]] = field(
        default_factory=dict[UUID, tuple[Row, Row]], init=False
    )

    def __post_init__(self) -> None:
        self.start = dict(self.change.state.tasks)
        for event in self.past.events:
            self._events.setdefault(event.kind, []).append(event)
            if event.kind == "task":
                self._first[event.subject_id] = event
            elif event.kind == "reminder":
                self._reminders.setdefault(event.subject_id, event)

    def run(self) -> None:
        """Put every row of the operation back.

        Raises:
            TodoError: something of it cannot be taken back.
        """
        arming = Rearming(self.change, self)
        for event in self._of("series"):
            self._series(event)
        for event in self._of("reminder"):
            arming.take_back(event)
        for event in self._of("task"):
            self._task(event)
        for event in reversed(self._of("task")):  # parents first: they take along what is below
            if event.before is None:
                self._unmake(event)
        self._take_along()
        for event in self._of("notification"):
            self._notification(event)
        self._end_idle_series()
        self._follow_series()
        self._leave_trashed_parents()
        arming.settle(self._involved())
        self._raise_versions()

    def _of(self, kind: str) -> list[Event]:
        """The events of a kind, newest first."""
        return self._events.get(kind, [])

    def _involved(self) -> list[int]:
        """The tasks of the operation, in the order it wrote them."""
        found = [event.task_id for event in reversed(self.past.events)]
        return list(dict.fromkeys(number for number in found if number is not None))

    def _pairs(self) -> Iterator[tuple[Task, Task]]:
        """The tasks of the operation that are there: as the change leaves them so far, and before it."""
        for number in self._involved():
            task, before = self.change.state.tasks.get(number), self.start.get(number)
            if task is not None and before is not None:
                yield task, before

    def then(self, number: int) -> Task | None:
        """The task before the operation, where that wrote it."""
        first = self._first.get(number)
        return None if first is None or first.before is None else self._images(Task, first)[0]

    def _images(self, model: type[Row], event: Event) -> tuple[Any, Any]:
        if event.id not in self._read:
            self._read[event.id] = images(model, event)
        return self._read[event.id]

    def made(self, number: int) -> bool:
        """Whether the operation made the task."""
        first = self._first.get(number)
        return first is not None and first.before is None

    def refuse(self, event: Event, columns: tuple[str, ...]) -> ConflictError:
        """Who has changed this since."""
        later = self.story.later(event, frozenset(columns) or None)
        thing = short("task", event.task_id) if event.task_id else "the series"
        who = f", by {later.name}" if later and later.name else ""
        which = f" ({short('operation', later.op)})" if later and later.op else ""
        # A version is raised without a column by what belongs to a task.
        what = word_for(event.kind, columns[0]) if columns else "subtasks or reminders"
        return ConflictError(
            f"op: {what} of {thing} changed since {self.past.text}"
            f"{who}{which}. Undo that first, or use force to override it."
        )

    def wanted(self, row: Row, event: Event) -> dict[str, Any]:
        """The old values of what the event changed, where they are not there already.

        Raises:
            ConflictError: somebody has changed one since.
        """
        old, after = self._images(type(row), event)
        wanted: dict[str, Any] = {}
        for column in columns_changed(old, after):
            columns = with_its_like(row, column)
            was, left, now = ([getattr(r, c) for c in columns] for r in (old, after, row))
            if now == was:
                continue
            if now != left and not self.force:
                raise self.refuse(event, columns)
            wanted |= dict(zip(columns, was, strict=True))
        return wanted

    def _series(self, event: Event) -> None:
        row = self.change.state.series.get(event.subject_id)
        if row is None:
            return
        if event.before is None:
            if row.n != (event.after or {}).get("n") and not self.force:
                raise self.refuse(event, ("n",))
            if row.ended_at is None:
                self.change.put(row.but(ended_at=self.change.now), "ended")
        elif wanted := self.wanted(row, event):
            self.change.put(row.but(**wanted))

    def _task(self, event: Event) -> None:
        row = self.change.state.tasks.get(event.subject_id)
        name = short("task", event.subject_id)
        if row is None:
            raise ConflictError(f"op: {name} was deleted for good since; it does not come back.")
        self.change.insist(row.id)
        caused = event.op != self.past.id and row.deleted_at is None
        if caused and not self.force and self._worked_on(row, event):
            raise ConflictError(
                f"op: {name}, the next occurrence, was worked on since. Work on that one, or "
                "delete it first."
            )
        if event.before is not None and (wanted := self.wanted(row, event)):
            put_back(self.change, row, wanted, self._images(Task, event)[0])

    def _worked_on(self, row: Task, event: Event) -> bool:
        """Whether the occurrence is another than the worker left it; a change undone is none."""
        state = self.change.state
        before, after = self._images(Task, event)
        if event.before is not None and not columns_changed(before, after):
            return False  # the task above it, whose version was raised
        if columns_changed(after, row):
            return True
        if any(t.id not in self._first and t.deleted_at is None for t in state.children(row.id)):
            return True
        return any(not self._as_set(item) for item in state.of_task(row.id))

    def _as_set(self, row: Reminder) -> bool:
        """Whether the reminder is as the operation left it, or was removed since it was added."""
        event = self._reminders.get(row.id)
        if event is None:
            return row.state is Fate.REMOVED
        return same_wish(images(Reminder, event)[1], row)

    def _unmake(self, event: Event) -> None:
        """What the operation made goes to the trash, unless another person has worked on it."""
        row = self.change.state.tasks[event.subject_id]
        if row.deleted_at is not None:
            return
        by = self.story.later(event)
        if by is not None and by.user != self.change.state.user.id and not self.force:
            raise self.refuse(event, tuple(sorted(by.columns)))
        added = [t for t in self.change.state.subtree([row.id]) if not self.made(t.id)]
        self._tell_of_added(row, sum(t.deleted_at is None for t in added))
        trash(self.change, row)

    def _take_along(self) -> None:
        """What is in the trash again is followed by what was added below it since."""
        for task, before in self._pairs():
            if task.deleted_at is not None and before.deleted_at is None:
                self._tell_of_added(task, trash_below(self.change, task))

    def _tell_of_added(self, row: Task, count: int) -> None:
        if count:
            what = "1 subtask" if count == 1 else f"{count} subtasks"
            self.change.warn(row, f"{what} added later went with it.")

    def _notification(self, event: Event) -> None:
        row = self.change.state.notifications.get(event.subject_id)
        if row is not None and event.before is not None and (wanted := self.wanted(row, event)):
            self.change.put(row.but(**wanted), "restored")

    def _end_idle_series(self) -> None:
        """A series ends with nothing left to go on from: the open occurrence left it.

        One that is resumed with a closed occurrence goes on from that at once: the event of its closing
        may have been handled while the series had ended.
        """
        for task, before in self._pairs():
            moved = task.series_id != before.series_id
            closed = task.status not in LIVE and task.deleted_at is None
            if moved and before.live:
                self._end(before.series_id)
            if closed and moved:
                self._end(task.series_id)
            elif closed and self._resumed(task.series_id):
                self._go_on(task)

    def _go_on(self, task: Task) -> None:
        if any(other.live for other in self.change.state.occurrences(task.series_id or 0)):
            return
        resume(self.change, task.id, self.story.closings)

    def _resumed(self, number: int | None) -> bool:
        before = self.change.old.get(("series", number or 0))
        return isinstance(before, Series) and before.ended_at is not None

    def _end(self, number: int | None) -> None:
        row = self.change.state.series.get(number or 0)
        if row is not None and row.ended_at is None:
            self.change.put(row.but(ended_at=self.change.now), "ended")

    def _follow_series(self) -> None:
        """A series has one open occurrence: what came after one that is open again goes."""
        for task, before in self._pairs():
            was_it_before = before.live and before.series_id == task.series_id
            if task.series_id is None or not task.live or was_it_before:
                continue
            series = self.change.state.series[task.series_id]
            if not before.live:
                take_back_later(self.change, task, series, argument="op", force=self.force)
            open_ones = {t.id for t in self.change.state.occurrences(series.id) if t.live}
            if others := open_ones - {task.id}:
                raise RuleError(
                    f"op: the series has the open occurrence {short('task', max(others))}; "
                    "complete or delete that one first."
                )

    def _leave_trashed_parents(self) -> None:
        tasks = self.change.state.tasks
        for number in self._involved():
            task = tasks.get(number)
            if task is None or task.parent_id is None:
                continue
            parent = tasks.get(task.parent_id)
            if parent is None or (parent.deleted_at and not task.deleted_at):
                self.change.put(task.but(parent_id=None))
                self.change.warn(task, "its parent is gone; it is now a task of its own.")

    def _raise_versions(self) -> None:
        """Of tasks whose reminders or subtasks changed."""
        state = self.change.state
        for event in self._of("reminder"):
            key = ("reminders", event.subject_id)
            task = state.tasks.get(event.task_id or 0)
            if task is not None and key in self.change.new:
                self.change.bump(task)
        for task, before in self._pairs():
            if task.parent_id is None:
                continue
            parent = state.tasks.get(task.parent_id)
            if parent and (task.deleted_at is None) is not (before.deleted_at is None):
                self.change.bump(parent)

    def tell(self) -> None:
        """Put into the answer what changed, whole trees by what they hang from."""
        tasks, rows = self.change.state.tasks, self.change.new.items()
        changed = {r.task_id for _, r in rows if isinstance(r, Reminder | Notification)}
        for number in self._involved():
            before = self.start.get(number)
            if number in tasks and before is not None and differing(before, tasks[number]):
                changed.add(number)
        for number in self._involved():
            if number in changed and number in tasks and tasks[number].parent_id not in changed:
                self.change.touch(number)
