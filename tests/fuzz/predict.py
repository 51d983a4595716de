"""What the tools must do to a world: the rules of the surface, written down a second time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, Final

from tests.fuzz import rhythm
from tests.fuzz.rhythm import reminded
from tests.fuzz.world import LIVE, Reminder, Series, Task, World

PRIORITIES: Final = {"none": 0, "low": 1, "medium": 2, "high": 3}
BELOW: Final = {"complete": "done", "end_series": "done", "cancel": "cancelled", "skip": "skipped"}


class No(Exception):  # noqa: N818 (an answer, not an error)
    """It has to be refused."""


@dataclass
class Prediction:
    """Changes a copy of the world; what is new has numbers below zero until it is seen."""

    world: World
    now: datetime

    def __post_init__(self) -> None:
        self.world = self.world.copy()
        self._new = count(-1, -1)
        self.refused: list[int] = []

    def each(self, numbers: Iterable[int], act: Callable[[int], None]) -> None:
        """Those that can, change; refused where none can."""
        done = 0
        for number in dict.fromkeys(numbers):
            kept = self.world.copy()
            try:
                act(number)
                done += 1
            except No:
                self.world = kept
                self.refused.append(number)
        if not done:
            raise No

    def require(self, condition: bool) -> None:  # noqa: FBT001 (a condition)
        if not condition:
            raise No

    def task(self, number: int) -> Task:
        if number not in self.world.tasks:
            raise No
        return self.world.tasks[number]

    def put(self, number: int, **changes: Any) -> Task:
        task = replace(self.world.tasks[number], **changes)
        self.world.tasks[number] = task
        return task

    # Adding and updating

    def add(self, inbox: int, given: dict[str, Any]) -> None:
        parent = given.get("parent")
        number = next(self._new)
        self.world.tasks[number] = Task(number, given["title"], inbox)
        self.fill(number, given)
        if parent is not None:
            self._adopt(number, parent)
        if "recurrence" in given:
            self.begin(number, given["recurrence"], given.get("anchor", "schedule"))
        self.remind(number, given.get("reminders", ()))
        task = self.world.tasks[number]
        for title in given.get("subtasks", ()):
            child = next(self._new)
            self.world.tasks[child] = Task(child, title, task.list_id, parent=number)

    def fill(self, number: int, given: dict[str, Any]) -> None:
        """The fields that stand for themselves."""
        changes = {
            name: given[name] for name in ("title", "notes", "due_on", "due_time") if name in given
        }
        if "priority" in given:
            changes["priority"] = PRIORITIES[given["priority"]]
        if "tags" in given:
            changes["tags"] = tuple(given["tags"])
        self.put(number, **changes)

    def update(self, number: int, given: dict[str, Any]) -> None:
        task = self.task(number)
        if task.trashed:
            raise No
        if "due_on" in given and "due_time" not in given:
            given = given | {"due_time": task.due_time}
        self.fill(number, given)
        if "parent" in given:
            self._adopt(number, given["parent"])
        for name in given.get("clear", ()):
            empty: dict[str, Any] = {"due": {"due_on": None, "due_time": None}, "notes": {"notes": None},
                                     "parent": {"parent": None}}[name]  # fmt: skip
            self.put(number, **empty)
        added = [
            tag for tag in given.get("tags_add", ()) if tag not in self.world.tasks[number].tags
        ]
        self.put(number, tags=(*self.world.tasks[number].tags, *added))
        self.move_reminders(task)

    def _adopt(self, number: int, parent: int) -> None:
        above = self.task(parent)
        if above.trashed:
            raise No
        chain = [above]
        while chain[-1].parent is not None:
            chain.append(self.world.tasks[chain[-1].parent])
        height = max((self._depth(t, number) for t in self.world.below(number)), default=0)
        if number in {t.id for t in chain} or len(chain) + 1 + height > 8:
            raise No
        self.put(number, parent=parent, list_id=above.list_id)

    def _depth(self, task: Task, top: int) -> int:
        depth = 0
        while task.id != top and task.parent is not None:
            task, depth = self.world.tasks[task.parent], depth + 1
        return depth

    # Reminders

    def remind(self, number: int, specs: Iterable[str | datetime]) -> None:
        task = self.task(number)
        if task.trashed:
            raise No
        for spec in dict.fromkeys(specs):
            if isinstance(spec, str) and task.due_on is None:
                raise No
            at = spec if isinstance(spec, datetime) else self._time(task, spec)
            name = spec if isinstance(spec, str) else "at"
            held = [
                r
                for r in self.world.of(number)
                if (r.spec == name and name != "at") or (r.spec == name and r.fire_at == at)
            ]
            if any(r.state in ("pending", "cancelled") or name != "at" for r in held):
                continue
            new = next(self._new)
            self.world.reminders[new] = Reminder(new, number, name, at, self._state(task, at))

    def _time(self, task: Task, spec: str) -> datetime:
        assert task.due_on is not None
        return reminded(spec, task.due_on, task.due_time)

    def _state(self, task: Task, at: datetime) -> str:
        if not task.live:
            return "cancelled"
        return "pending" if at > self.now else "missed"

    def unset(self, number: int) -> None:
        """All reminders of the task removed."""
        if self.task(number).trashed:
            raise No
        self._states(number, lambda _: "removed")

    def _states(self, number: int, state: Callable[[Reminder], str]) -> None:
        for row in self.world.of(number):
            self.world.reminders[row.id] = replace(row, state=state(row))

    def move_reminders(self, before: Task) -> None:
        task = self.world.tasks[before.id]
        if (task.due_on, task.due_time) == (before.due_on, before.due_time):
            return
        for row in self.world.of(task.id):
            if row.spec == "at":
                continue
            if task.due_on is None:
                self.world.reminders[row.id] = replace(row, state="removed")
            elif (at := self._time(task, row.spec)) != row.fire_at:
                state = self._state(task, at)
                if state == "missed" and row.state == "fired":
                    state = "fired"
                self.world.reminders[row.id] = replace(row, fire_at=at, state=state)

    def snooze(self, number: int, at: datetime) -> None:
        task = self.task(number)
        fired = [row for row in self.world.of(number) if row.state == "fired"]
        if task.trashed or not fired or not task.live:
            raise No
        row = max(fired, key=lambda r: (r.fire_at, r.id))
        self.world.reminders[row.id] = replace(row, fire_at=at, state="pending")
        self._acknowledge({row.id})

    def dismiss(self, number: int) -> None:
        self.task(number)
        self._acknowledge({r.id for r in self.world.reminders.values() if r.task == number})

    def _acknowledge(self, reminders: set[int]) -> None:
        seen = {note for note in self.world.unread if note[0] in reminders}
        self.world = replace(
            self.world, unread=self.world.unread - seen, read=self.world.read | seen
        )

    def fire(self) -> None:
        """What the timers do now."""
        for row in list(self.world.reminders.values()):
            if (
                row.state == "pending"
                and row.fire_at <= self.now
                and self.world.tasks[row.task].live
            ):
                self.world.reminders[row.id] = replace(row, state="fired")
                unread = self.world.unread | {(row.id, row.fire_at)}
                self.world = replace(self.world, unread=unread)

    # Status

    def act(self, number: int, action: str, *, with_subtasks: bool = False) -> None:
        task = self.task(number)
        if action == "restore":
            self._restore(task)
        elif task.trashed:
            raise No
        else:
            getattr(self, f"_{action}")(task)
        if with_subtasks and action in BELOW:
            for child in self.world.below(number):
                if child.live:
                    self._close(child, BELOW[action])
                    if action == "cancel" and child.series is not None:
                        self._series(child.series, ended=True)

    def _close(self, task: Task, status: str) -> None:
        self.put(task.id, status=status, done_at=self.now)
        self.dismiss(task.id)
        self._states(task.id, lambda row: "cancelled" if row.state == "pending" else row.state)

    def _complete(self, task: Task) -> None:
        if task.status in ("cancelled", "skipped"):
            raise No
        if task.live:
            self._close(task, "done")

    def _skip(self, task: Task) -> None:
        if task.series is None or task.status in ("done", "cancelled"):
            raise No
        if task.live:
            self._close(task, "skipped")

    def _cancel(self, task: Task) -> None:
        repeats = task.series is not None and not self.world.series[task.series].ended
        if repeats or task.status in ("done", "skipped"):
            raise No
        if task.live:
            self._close(task, "cancelled")

    def _end_series(self, task: Task) -> None:
        if task.series is None:
            raise No
        self._series(task.series, ended=True)
        if task.live:
            self._close(task, "done")

    def _start(self, task: Task) -> None:
        if not task.live:
            raise No
        self.put(task.id, status="started")

    def _series(self, number: int, **changes: Any) -> Series:
        self.world.series[number] = replace(self.world.series[number], **changes)
        return self.world.series[number]

    def _reopen(self, task: Task) -> None:
        if task.status == "open":
            return
        if task.series is not None and not task.live:
            for other in list(self.world.tasks.values()):
                later = other.series == task.series and (other.n or 0) > (task.n or 0)
                if later and not other.trashed:
                    if not other.live or any(t.touched for t in (other, *self._kept_below(other))):
                        raise No
                    self.trash(other.id)
            self._series(task.series, n=task.n)
        self.put(task.id, status="open", done_at=None)
        self._rearm(task.id)

    def _kept_below(self, task: Task) -> list[Task]:
        return [t for t in self.world.below(task.id) if not t.trashed]

    def _rearm(self, number: int) -> None:
        task = self.world.tasks[number]
        self._states(
            number, lambda r: self._state(task, r.fire_at) if r.state == "cancelled" else r.state
        )

    def purge(self, number: int) -> None:
        gone = {number, *(t.id for t in self.world.below(number))}
        self.require(all(self.task(n).trashed for n in gone))
        rows = {r.id for r in self.world.reminders.values() if r.task in gone}
        self.world = replace(
            self.world,
            tasks={n: t for n, t in self.world.tasks.items() if n not in gone},
            reminders={n: r for n, r in self.world.reminders.items() if n not in rows},
            unread=frozenset(note for note in self.world.unread if note[0] not in rows),
            read=frozenset(note for note in self.world.read if note[0] not in rows),
        )

    def trash(self, number: int) -> None:
        task = self.task(number)
        if task.trashed:
            return
        for item in (task, *self._kept_below(task)):
            self.put(item.id, trashed=True, trashed_at=self.now)
            self._states(item.id, lambda row: "cancelled" if row.state == "pending" else row.state)

    def _restore(self, task: Task) -> None:
        if not task.trashed:
            return
        if task.series is not None and task.status in LIVE:
            self._reenter(task.series, task.n or 0)
        if task.parent is not None and self.world.tasks[task.parent].trashed:
            self.put(task.id, parent=None)
        for item in (task, *self.world.below(task.id)):
            if item.trashed and item.trashed_at == task.trashed_at:
                self._untrash(item.id)

    def _reenter(self, series: int, n: int) -> None:
        if any(t.series == series and t.live for t in self.world.tasks.values()):
            raise No
        if self.world.series[series].n < n:
            self._series(series, n=n)

    def _untrash(self, number: int) -> None:
        if self.put(number, trashed=False).live:
            self._rearm(number)

    # Recurrence

    def begin(self, number: int, words: str, anchor: str, keep: time | None = None) -> None:
        """The task as the first occurrence of this rhythm."""
        task = self.world.tasks[number]
        rule, clock = rhythm.RULES[words]
        clock = clock or task.due_time or keep
        on = rhythm.first(rule, clock, self.now, task.due_on)
        assert on is not None
        series = task.series if task.series is not None else next(self._new)
        n = self.world.series[series].n if series in self.world.series else 1
        zone = None if clock is None else rhythm.ZONE
        self.world.series[series] = Series(series, rule, zone, on, clock, anchor, n)
        self.put(number, series=series, n=task.n or 1, due_on=on, due_time=clock, occurs_on=on)

    def repeat(self, number: int, words: str, anchor: str) -> None:
        task = self.task(number)
        if not task.live:
            raise No
        if task.series is not None:
            self.put(number, due_on=None, due_time=None)
        self.begin(number, words, anchor, task.due_time)
        self.move_reminders(task)

    def stop(self, number: int) -> None:
        task = self.task(number)
        if not task.live:
            raise No
        if task.series is not None:
            self._series(task.series, ended=True)
            self.put(number, series=None, n=None, occurs_on=None)

    def roll_over(self, number: int) -> None:
        """What follows a closed occurrence, as of the time it was closed (`now`)."""
        task = self.world.tasks[number]
        if task.series is None or task.status not in ("done", "skipped"):
            return
        series = self.world.series[task.series]
        if series.ended or series.n != task.n:
            return
        assert task.occurs_on is not None
        done = rhythm.today(task.done_at or self.now)
        on = rhythm.following(series, task.occurs_on, done, self.now)
        if on is None:
            self._series(series.id, ended=True)
            return
        self._series(series.id, n=series.n + 1)
        self._open(task, on, series)

    def _open(self, task: Task, on: date, series: Series) -> None:
        """Like the old one, out of what was taken back before, and in the trash if its parent is."""
        known = [
            t for t in self.world.tasks.values() if t.series == series.id and t.n == series.n + 1
        ]
        if known and not known[0].trashed:
            return
        assert task.occurs_on is not None
        above = self.world.tasks.get(task.parent or 0)
        new = replace(
            task, n=series.n + 1, due_on=on, due_time=series.clock, occurs_on=on,
            trashed=above is not None and above.trashed,
            trashed_at=None if above is None else above.trashed_at,
        )  # fmt: skip
        self._copy(task, new, known[0] if known else None, on - task.occurs_on)

    def _copy(self, old: Task, new: Task, known: Task | None, step: timedelta) -> None:
        number = next(self._new) if known is None else known.id
        made = replace(new, id=number, status="open", done_at=None, touched=False)
        spare = [t for t in self._children(number) if known and t.trashed_at == known.trashed_at]
        self.world.tasks[number] = made
        self._copy_reminders(old, made)
        for child in self._children(old.id):
            if child.trashed or child.status == "cancelled" or self._has_gone_on(child):
                continue
            twin = next((t for t in spare if t.title == child.title), None)
            spare = [t for t in spare if t is not twin]
            due = None if child.due_on is None else child.due_on + step
            below = replace(
                child, parent=number, series=None, n=None, occurs_on=None, due_on=due,
                trashed=made.trashed, trashed_at=made.trashed_at,
            )  # fmt: skip
            self._copy(child, below, twin, step)

    def _children(self, number: int) -> list[Task]:
        found = [t for t in self.world.tasks.values() if t.parent == number]
        return sorted(found, key=lambda t: abs(t.id))

    def _has_gone_on(self, task: Task) -> bool:
        mates = [t for t in self._children(task.parent or 0) if t.series == task.series]
        return task.series is not None and any((t.n or 0) > (task.n or 0) for t in mates)

    def _copy_reminders(self, old: Task, new: Task) -> None:
        held = {row.spec: row for row in self.world.of(new.id)}
        for row in self.world.of(old.id):
            if row.spec == "at" or new.due_on is None:
                continue
            at = self._time(new, row.spec)
            known = held.pop(row.spec, None)
            number = known.id if known else next(self._new)
            state = self._state(new, at) if not new.trashed else self._asleep(at)
            self.world.reminders[number] = Reminder(number, new.id, row.spec, at, state)
        for row in held.values():
            self.world.reminders[row.id] = replace(row, state="removed")

    def _asleep(self, at: datetime) -> str:
        """Of a task in the trash: what would wait is cancelled until it comes back."""
        return "cancelled" if at > self.now else "missed"
