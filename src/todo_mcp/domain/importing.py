"""Taking drafts from a calendar file into a space: new tasks, changed ones, what they hang together by."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from todo_mcp.domain import closing, tree
from todo_mcp.domain.alarms import add_specs, move_reminders, replace_specs
from todo_mcp.domain.calendar import Draft, outward
from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.dates import clear_due, clear_start, place_due
from todo_mcp.domain.names import inbox
from todo_mcp.domain.recurrence import Recurrence
from todo_mcp.domain.remind import parse_spec
from todo_mcp.domain.repeating import at_date, occurs, recurrence_of, stop_series
from todo_mcp.domain.returning import reopen, restore
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.task import LIVE, Status, Task
from todo_mcp.domain.text import clean_notes, clean_tags, clean_title, same
from todo_mcp.errors import TodoError
from todo_mcp.ids import short

_UNTITLED: Final = "(no title)"


@dataclass(slots=True)
class Imported:
    """What came of a chunk: tasks by UID, and what could not be done, by line."""

    tasks: dict[str, int] = field(default_factory=dict[str, int])
    added: int = 0
    updated: int = 0
    same: int = 0
    lists: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Importing:
    """`known` are tasks of earlier chunks and imports, `names` how many rows a UID has."""

    change: Change
    known: dict[str, int]
    names: dict[str, int]
    done: Imported = field(default_factory=Imported)
    changed: set[int] = field(default_factory=set[int])

    def run(self, drafts: list[Draft]) -> None:
        """Each draft; one that cannot be taken is told and leaves the others alone."""
        for draft in drafts:
            n = self.names.get(draft.uid, 0)
            there = self.change.state.tasks.get(self.known.get(draft.uid, 0))
            if there is None:
                self._list(draft)  # stays, also where the task then cannot be taken
            try:
                self.change.attempt({draft.uid: partial(self._take, draft, there)})
            except TodoError as error:
                self.done.tasks.pop(draft.uid, None)
                self.done.notes.append(f"line {draft.line}: not imported: {error}")
                continue
            own = draft.uid.endswith("@todo-mcp") and not n and there is not None
            if self.done.tasks[draft.uid] in self.changed and not own:
                self._name(draft, n + 1)
        self.change.failures.clear()
        self.change.warnings.clear()

    def _name(self, draft: Draft, n: int) -> None:
        row = {"uid": draft.uid, "n": n, "task_id": self.done.tasks[draft.uid]}
        self.change.appended.setdefault("external_ids", []).append(row | {"digest": draft.digest})

    def _take(self, draft: Draft, there: Task | None) -> None:
        if there is None:
            task = self._add(draft)
            self.done.added += 1
            self.changed.add(task.id)
        else:
            before = dict(self.change.new)
            task = self._update(draft, there)
            changed = any(
                before.get(key) is not row and _differs(self.change, key)
                for key, row in self.change.new.items()
            )
            self.done.updated += changed
            self.changed |= {task.id} if changed else set[int]()
            self.done.same += not changed
        self.done.tasks[draft.uid] = task.id

    def _add(self, draft: Draft) -> Task:
        change = self.change
        created = min(draft.created_at or change.now, change.now)
        task = Task(
            id=change.take("task"),
            title=_UNTITLED,
            list_id=self._list(draft).id,
            created_at=created,
            updated_at=change.now,
        )
        task = self._related(self._shaped(task, draft), draft)
        if draft.recurrence is not None and draft.occurs is not None:
            task = self._placed(self._series(task, draft, draft.recurrence), draft)
        if draft.status is not Status.OPEN:
            at = None if draft.status in LIVE else self._closed_at(draft)
            task = task.but(status=draft.status, completed_at=at)
        task = change.add(task)
        add_specs(change, task, [parse_spec(text) for text in draft.alarms])
        return task

    def _closed_at(self, draft: Draft) -> datetime:
        return min(draft.completed_at or self.change.now, self.change.now)

    def _series(self, task: Task, draft: Draft, recurrence: Recurrence) -> Task:
        assert draft.occurs is not None  # noqa: S101 (for the type checker)
        series = Series(
            id=self.change.take("series"),
            recurrence=recurrence.model_dump(mode="json"),
            passed=draft.passed,
        )
        self.change.add(series)
        return at_date(task.but(series_id=series.id, n=1), recurrence, draft.occurs)

    def _shaped(self, task: Task, draft: Draft) -> Task:
        """What calendars have is taken whole; what only we have changes where the file says it."""
        task = task.but(
            title=clean_title(draft.title),
            notes=clean_notes(draft.notes or "") or None,
            tags=tuple(clean_tags(draft.tags)),
            priority=draft.priority,
            deadline_on=draft.deadline or task.deadline_on,
            estimate_seconds=draft.estimate or task.estimate_seconds,
        )
        if draft.start is None:
            task = clear_start(task)
        else:
            start = draft.start
            task = task.but(start_on=start.on, start_time=start.time, start_at=start.at)
            task = task.but(zone=start.zone if start.time is not None else task.zone)
        return self._placed(task, draft)

    def _placed(self, task: Task, draft: Draft) -> Task:
        task = clear_due(task) if draft.due is None else place_due(task, draft.due)
        return task.but(zone=draft.zone or task.zone)

    def _related(self, task: Task, draft: Draft) -> Task:
        """Below its parent and behind its blockers, as far as these are there."""
        parent = self._there(draft.parent)
        try:
            if parent is not None and parent.id != task.parent_id:
                moved = tree.adopt(self.change, tree.leave(self.change, task), parent)
                task = moved.but(list_id=parent.list_id)
            elif parent is None and draft.parent is None and task.parent_id is not None:
                task = tree.leave(self.change, task)
            elif parent is None and draft.parent is not None:
                self._lost(draft, "its parent is not in the file")
        except TodoError as error:
            self._lost(draft, f"not put below its parent: {error}")
        if not draft.blockers:
            return task
        found = [item for uid in draft.blockers if (item := self._there(uid)) is not None]
        if len(found) < len(draft.blockers):
            self._lost(draft, "what blocks it is not in the file, in part")
        try:
            return tree.wait_for(self.change, task, [short("task", item.id) for item in found])
        except TodoError as error:
            self._lost(draft, f"not blocked: {error}")
            return task

    def _there(self, uid: str | None) -> Task | None:
        number = None if uid is None else self.done.tasks.get(uid) or self.known.get(uid)
        found = self.change.state.tasks.get(number or 0)
        return None if found is None or found.deleted_at is not None else found

    def _lost(self, draft: Draft, what: str) -> None:
        self.done.notes.append(f"line {draft.line}: {what.rstrip('.')}.")

    def _list(self, draft: Draft) -> TodoList:
        """The list of that name, made where there is none."""
        state = self.change.state
        if draft.list is None:
            return inbox(state)
        for item in state.lists.values():
            if same(item.name) == same(draft.list) and item.deleted_at is None:
                return item if item.archived_at is None else inbox(state)
        made = TodoList(
            id=self.change.take("list"),
            name=draft.list,
            created_at=self.change.now,
            updated_at=self.change.now,
        )
        self.done.lists.append(draft.list)
        return self.change.add(made)

    def _update(self, draft: Draft, task: Task) -> Task:
        change = self.change
        if task.deleted_at is not None:
            restore(change, task)
            task = change.latest(task)
        if draft.status in LIVE and not task.live:
            reopen(change, task)
            task = change.latest(task)
        before = task
        task = self._rhythm(self._related(self._shaped(task, draft), draft), draft)
        if differing(before, task):
            task = change.put(task)
        else:
            change.see(before)
        if (task.due_on, task.due_at, task.zone) != (before.due_on, before.due_at, before.zone):
            move_reminders(change, task)
        seen = len(change.new)
        replace_specs(change, task, [parse_spec(text) for text in draft.alarms])
        if len(change.new) > seen:
            task = change.bump(task)
        return self._status(task, draft)

    def _status(self, task: Task, draft: Draft) -> Task:
        if draft.status is task.status:
            return task
        if draft.status is Status.STARTED:
            return self.change.put(task.but(status=Status.STARTED), "started")
        if draft.status is Status.OPEN:
            reopen(self.change, task)
            return self.change.latest(task)
        if not task.live:
            at = self._closed_at(draft)
            return self.change.put(
                task.but(status=draft.status, completed_at=at), closing.VERBS[draft.status]
            )
        return closing.close(self.change, task, draft.status, self._closed_at(draft))

    def _rhythm(self, task: Task, draft: Draft) -> Task:
        """The recurrence as the file has it from the open occurrence on."""
        wanted = draft.recurrence
        if wanted is None or draft.occurs is None:
            if task.series_id is None or not task.live:
                return task
            return stop_series(self.change, task)
        if task.series_id is None:
            return self._placed(self._series(task, draft, wanted), draft)
        series = self.change.state.series[task.series_id]
        stored = recurrence_of(series)
        here = occurs(task, stored)
        now = outward(stored, here, series.passed)
        if here != draft.occurs or now != outward(wanted, draft.occurs, draft.passed):
            changes: dict[str, Any] = {"recurrence": wanted.model_dump(mode="json")}
            self.change.put(series.but(**changes, passed=draft.passed, ended_at=None))
            task = at_date(task, wanted, draft.occurs)
        else:
            self.change.see(series)
        return self._placed(task, draft)


def _differs(change: Change, key: tuple[str, int]) -> bool:
    before = change.old[key]
    return before is None or bool(differing(before, change.new[key]))
