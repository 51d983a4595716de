"""A predicted world against the one that came to be."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from tests.fuzz import rhythm
from tests.fuzz.world import Reminder, Task, World

Fits = Callable[[Task, World, datetime], bool]

PRIORITIES: Final = (None, "low", "medium", "high")


def bound(expected: World, actual: World) -> World:
    """The prediction with the real ids of what is new, as far as such things are there."""
    tasks: dict[int, int] = {}
    series: dict[int, int] = {}
    for task in sorted(expected.tasks.values(), key=lambda t: abs(t.id)):
        if task.id < 0:
            parent = tasks.get(task.parent or 0, task.parent)
            found = _same(task, parent, expected, actual, set(tasks.values()))
            if found is not None:
                tasks[task.id] = found.id
        real = actual.tasks.get(tasks.get(task.id, task.id))
        if real is not None and task.series is not None and real.series is not None:
            series[task.series] = real.series
    return World(
        {tasks.get(t.id, t.id): replace(t, id=tasks.get(t.id, t.id), parent=tasks.get(t.parent or 0, t.parent),
                                        series=series.get(t.series or 0, t.series))
         for t in expected.tasks.values()},
        {series.get(s.id, s.id): replace(s, id=series.get(s.id, s.id)) for s in expected.series.values()},
        _reminders(expected, actual, tasks),
        expected.unread,
        expected.read,
    )  # fmt: skip


def _same(
    task: Task, parent: int | None, expected: World, actual: World, taken: set[int]
) -> Task | None:
    for real in actual.tasks.values():
        if real.id in expected.tasks or real.id in taken:
            continue
        if (real.title, real.parent, real.n) == (task.title, parent, task.n):
            return real
    return None


def _reminders(expected: World, actual: World, tasks: dict[int, int]) -> dict[int, Reminder]:
    found: dict[int, Reminder] = {}
    for stored in expected.reminders.values():
        row = replace(stored, task=tasks.get(stored.task, stored.task))
        same = [
            real.id
            for real in actual.reminders.values()
            if real.id not in expected.reminders
            and real.id not in found
            and (real.task, real.spec, real.fire_at) == (row.task, row.spec, row.fire_at)
        ]
        number = same[0] if row.id < 0 and same else row.id
        found[number] = replace(row, id=number)
    return found


def differences(expected: World, actual: World) -> list[str]:
    """Where they differ, a line each."""
    found: list[str] = []
    for kind in ("tasks", "series", "reminders"):
        one, other = getattr(expected, kind), getattr(actual, kind)
        for number in sorted({*one, *other}):
            found += _unlike(f"{kind}[{number}]", one.get(number), other.get(number))
    for kind in ("unread", "read"):
        one, other = getattr(expected, kind), getattr(actual, kind)
        found += [f"{kind}: {kept} is missing" for kept in one - other]
        found += [f"{kind}: {kept} should not be" for kept in other - one]
    return found


def _unlike(name: str, expected: Any, actual: Any) -> list[str]:
    if expected == actual:
        return []
    if expected is None or actual is None:
        return [f"{name} should be {expected}, is {actual}"]
    return [
        f"{name}.{part.name} should be {getattr(expected, part.name)}, is {getattr(actual, part.name)}"
        for part in fields(expected)
        if part.compare and getattr(expected, part.name) != getattr(actual, part.name)
    ]


def told(world: World, number: int, row: dict[str, Any]) -> dict[str, Any]:
    """What a row of get_tasks says otherwise than the world has it."""
    task = world.tasks[number]
    below = [t for t in world.tasks.values() if t.parent == number and not t.trashed]
    waiting = sum(r.state == "pending" for r in world.of(number))
    goes_on = task.series is not None and not world.series[task.series].ended
    expected = {
        "title": task.title,
        "version": task.version,
        "notes": task.notes,
        "status": task.status,
        "priority": PRIORITIES[task.priority],
        "tags": list(task.tags) or None,
        "parent": None if task.parent is None else f"t{task.parent}",
        "subtasks": f"{sum(not t.live for t in below)}/{len(below)}" if below else None,
        "due": _due(task),
        "reminders": waiting or None,
        "recurrence": row.get("recurrence") if goes_on else None,
    }
    if goes_on and "recurrence" not in row:
        return {"recurrence": None}
    return {name: row.get(name) for name, value in expected.items() if row.get(name) != value}


def _due(task: Task) -> str | None:
    if task.due_on is None or task.due_time is None:
        return None if task.due_on is None else task.due_on.isoformat()
    at = rhythm.instant(task.due_on, task.due_time).astimezone(rhythm.HERE)
    return at.isoformat(timespec="minutes")


def overview(world: World, now: datetime, context: dict[str, Any]) -> dict[str, Any]:
    """What get_context counts otherwise."""
    live = [task for task in world.tasks.values() if task.live]
    today = rhythm.today(now)
    expected = {
        "overdue": sum(_overdue(task, now) for task in live),
        "today": sum(task.due_on == today for task in live),
        "open": len(live),
        "unread": len(world.unread),
        "tags": {
            tag: sum(tag in t.tags for t in live) for tag in {tag for t in live for tag in t.tags}
        },
    }
    said = {
        "overdue": context["overdue"],
        "today": context["today"],
        "open": sum(item["open"] for item in context["lists"]),
        "unread": len(context["notifications"]) + context.get("more", {}).get("notifications", 0),
        "tags": {item["name"]: item["open"] for item in context["tags"]},
    }
    return {name: (said[name], value) for name, value in expected.items() if said[name] != value}


def _overdue(task: Task, now: datetime) -> bool:
    if task.due_on is None:
        return False
    if task.due_time is None:
        return task.due_on < rhythm.today(now)
    return rhythm.instant(task.due_on, task.due_time) < now


def _said(word: str) -> Fits:
    """In the title, the notes or a tag; the word may be the beginning of one."""

    def fits(task: Task, _: World, __: datetime) -> bool:
        text = " ".join((task.title, task.notes or "", *task.tags)).lower()
        return any(part.startswith(word) for part in text.split())

    return fits


def _all(*fits: Fits) -> Fits:
    return lambda task, world, now: all(one(task, world, now) for one in fits)


def _live(task: Task, _: World, __: datetime) -> bool:
    return task.live


def _goes_on(task: Task, world: World) -> bool:
    return task.series is not None and not world.series[task.series].ended


QUERIES: Final[tuple[tuple[str, Fits], ...]] = (
    ("", _live),
    ("milk", _all(_live, _said("milk"))),
    ("steu", _all(_live, _said("steu"))),
    ("creme", _all(_live, _said("crème"))),
    ("notes status:any", _all(_said("notes"), lambda t, _, __: not t.trashed)),
    ("milk -home", _all(_live, _said("milk"), lambda t, w, now: not _said("home")(t, w, now))),
    ("status:done", lambda t, _, __: t.status == "done" and not t.trashed),
    ("status:started", lambda t, _, __: t.status == "started" and not t.trashed),
    ("status:trash", lambda t, _, __: t.trashed),
    ("status:any", lambda t, _, __: not t.trashed),
    ("tag:HOME", _all(_live, lambda t, _, __: "home" in t.tags)),
    ("priority:>=medium", _all(_live, lambda t, _, __: t.priority >= 2)),
    ("due:none", _all(_live, lambda t, _, __: t.due_on is None)),
    ("due:today", _all(_live, lambda t, _, now: t.due_on == rhythm.today(now))),
    ("is:overdue", _all(_live, lambda t, _, now: _overdue(t, now))),
    ("is:subtask", _all(_live, lambda t, _, __: t.parent is not None)),
    ("is:recurring", _all(_live, lambda t, world, _: _goes_on(t, world))),
    ("has:notes", _all(_live, lambda t, _, __: t.notes is not None)),
    (
        "has:reminders",
        _all(_live, lambda t, world, __: any(r.state == "pending" for r in world.of(t.id))),
    ),
)
