"""The tasks of one space as values that can be predicted and compared."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final

import asyncpg

LIVE: Final = frozenset({"open", "started"})
_READ: Final = """
SELECT
 (SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM (SELECT id, version, title, notes, list_id,
    parent_id, status, priority, tags, due_on, due_time, series_id, n, occurs_on, created_at,
    updated_at, completed_at, deleted_at FROM tasks WHERE space_id = $1) t) AS tasks,
 (SELECT coalesce(json_agg(s), '[]') FROM (SELECT id, recurrence, n, ended_at FROM series
    WHERE space_id = $1) s) AS series,
 (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM (SELECT id, task_id, spec, fire_at, state
    FROM reminders WHERE space_id = $1) r) AS reminders,
 (SELECT coalesce(json_agg(n), '[]') FROM (SELECT reminder_id, fire_at, acknowledged_at
    FROM notifications WHERE space_id = $1) n) AS notifications
"""


@dataclass(frozen=True)
class Task:
    id: int
    title: str
    list_id: int
    notes: str | None = None
    parent: int | None = None
    status: str = "open"
    priority: int = 0
    tags: tuple[str, ...] = ()
    due_on: date | None = None
    due_time: time | None = None
    series: int | None = None
    n: int | None = None
    occurs_on: date | None = None
    trashed: bool = False
    # What is not predicted but needed to predict the rest.
    version: int = field(default=0, compare=False)
    touched: bool = field(default=False, compare=False)
    trashed_at: datetime | None = field(default=None, compare=False)
    done_at: datetime | None = field(default=None, compare=False)

    @property
    def live(self) -> bool:
        return self.status in LIVE and not self.trashed


@dataclass(frozen=True)
class Series:
    id: int
    rule: str
    zone: str | None
    start: date
    clock: time | None
    anchor: str
    n: int
    ended: bool = False


@dataclass(frozen=True)
class Reminder:
    id: int
    task: int
    spec: str  # "at" where it is at a time of its own
    fire_at: datetime
    state: str


@dataclass(frozen=True)
class World:
    tasks: dict[int, Task] = field(default_factory=dict[int, Task])
    series: dict[int, Series] = field(default_factory=dict[int, Series])
    reminders: dict[int, Reminder] = field(default_factory=dict[int, Reminder])
    unread: frozenset[tuple[int, datetime]] = frozenset()
    read: frozenset[tuple[int, datetime]] = frozenset()

    def copy(self) -> "World":
        return replace(
            self,
            tasks=dict(self.tasks),
            series=dict(self.series),
            reminders=dict(self.reminders),
        )

    def of(self, task: int) -> list[Reminder]:
        """The task's reminders that are not removed, oldest first."""
        found = [r for r in self.reminders.values() if r.task == task and r.state != "removed"]
        return sorted(found, key=lambda r: abs(r.id))

    def below(self, number: int) -> list[Task]:
        """All descendants, parents before children."""
        children = [t for t in self.tasks.values() if t.parent == number]
        return [t for child in children for t in (child, *self.below(child.id))]


async def look(connection: "asyncpg.Connection[asyncpg.Record]", space: int) -> World:
    row = await connection.fetchrow(_READ, space)
    assert row is not None
    tasks, series, reminders, notes = (json.loads(value) for value in row)
    told = [(n["reminder_id"], _at(n["fire_at"]), n["acknowledged_at"]) for n in notes]
    return World(
        {item["id"]: _task(item) for item in tasks},
        {item["id"]: _series(item) for item in series},
        {item["id"]: _reminder(item) for item in reminders},
        frozenset((number, at) for number, at, read in told if read is None),
        frozenset((number, at) for number, at, read in told if read is not None),
    )


def _task(item: dict[str, Any]) -> Task:
    return Task(
        item["id"],
        item["title"],
        item["list_id"],
        item["notes"],
        item["parent_id"],
        item["status"],
        item["priority"],
        tuple(item["tags"]),
        _day(item["due_on"]),
        _clock(item["due_time"]),
        item["series_id"],
        item["n"],
        _day(item["occurs_on"]),
        trashed=item["deleted_at"] is not None,
        version=item["version"],
        touched=item["version"] > 1 and item["created_at"] != item["updated_at"],
        trashed_at=_maybe(item["deleted_at"]),
        done_at=_maybe(item["completed_at"]),
    )


def _series(item: dict[str, Any]) -> Series:
    rule = item["recurrence"]
    day, _, clock = rule["start"].partition("T")
    return Series(
        item["id"],
        rule["rule"],
        rule["zone"],
        date.fromisoformat(day),
        time.fromisoformat(clock) if clock else None,
        rule["anchor"],
        item["n"],
        item["ended_at"] is not None,
    )


def _reminder(item: dict[str, Any]) -> Reminder:
    spec = item["spec"] if item["spec"][0] == "-" or item["spec"] == "0m" else "at"
    return Reminder(item["id"], item["task_id"], spec, _at(item["fire_at"]), item["state"])


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else _at(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _clock(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
