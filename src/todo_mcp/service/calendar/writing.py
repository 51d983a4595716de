"""One task as a VTODO; the inverse is `reading`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from icalendar import Alarm, Component, Timezone, Todo, vDDDTypes, vRecur, vText

from todo_mcp.domain.calendar import outward, utc, when_started
from todo_mcp.domain.dates import when_due
from todo_mcp.domain.recurrence import Recurrence
from todo_mcp.domain.remind import parse_spec
from todo_mcp.domain.reminder import Reminder
from todo_mcp.domain.repeating import occurs, recurrence_of
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Priority, Status, Task
from todo_mcp.domain.when import When

PRODUCT: Final = "-//todo-mcp//todo-mcp//EN"
HEAD: Final = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\n".encode()
TAIL: Final = b"END:VCALENDAR\r\n"
PRIORITIES: Final = {Priority.HIGH: 1, Priority.MEDIUM: 5, Priority.LOW: 9}
STATUSES: Final = {
    Status.OPEN: "NEEDS-ACTION",
    Status.STARTED: "IN-PROCESS",
    Status.DONE: "COMPLETED",
    Status.CANCELLED: "CANCELLED",
    Status.SKIPPED: "CANCELLED",
}
# Text of RFC 5545 has no control characters but the tab and the escaped newline.
_UNWRITTEN: Final = dict.fromkeys((*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0)))
_ZONES_FROM, _ZONES_TO = date(1970, 1, 1), date(2050, 1, 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A task with what its VTODO tells: UIDs for ids, its list's name (None: the inbox)."""

    task: Task
    uid: str
    series: Series | None = None  # of the open occurrence of one that goes on
    reminders: tuple[Reminder, ...] = ()
    parent: str | None = None
    blockers: tuple[str, ...] = ()
    list: str | None = None
    zone: str = "UTC"  # of the user


def _put(
    component: Component, name: str, value: Any, parameters: dict[str, str] | None = None
) -> None:
    if name.startswith("x-"):
        value = vText(value)  # else it would be written as it is, line breaks too
    cast("Any", component).add(name, value, parameters=parameters)


def zone_component(name: str) -> bytes:
    """The VTIMEZONE of an IANA zone."""
    return Timezone.from_tzid(name, first_date=_ZONES_FROM, last_date=_ZONES_TO).to_ical()


def components(entry: Entry) -> list[Todo]:
    """The VTODO, and for an occurrence whose due was moved off its rule another that says so."""
    task = entry.task
    rhythm = _rhythm(entry)
    if rhythm is None:
        return [_todo(entry, None, task)]
    stands_for = occurs(task, recurrence_of(entry.series)) if entry.series else rhythm.start
    master = _todo(entry, rhythm, task)
    if _due_local(task, rhythm) == stands_for:
        return [master]
    moved = _todo(entry, None, task, recurring=True)
    _add_local(moved, "recurrence-id", [stands_for], rhythm.zone)
    return [master, moved]


def zones_of(todo: Todo) -> set[str]:
    """The zones its dates are in."""
    parts = (
        value for name in ("DTSTART", "DUE", "EXDATE", "RDATE") for value in _values(todo, name)
    )
    return {str(part.params["TZID"]) for part in parts if "TZID" in part.params}


def _values(todo: Todo, name: str) -> list[Any]:
    found: Any = cast("Any", todo).get(name, [])
    return cast("list[Any]", found) if isinstance(found, list) else [found]


def _rhythm(entry: Entry) -> Recurrence | None:
    if entry.series is None or entry.task.occurs_on is None:
        return None
    recurrence = recurrence_of(entry.series)
    return outward(recurrence, occurs(entry.task, recurrence), entry.series.passed)


def _due_local(task: Task, rhythm: Recurrence) -> Local | None:
    if task.due_on is None:
        return None
    if rhythm.zone is None:
        return (
            task.due_on if task.due_time is None else datetime.combine(task.due_on, task.due_time)
        )
    if task.due_time is None:
        return task.due_on
    local = datetime.combine(task.due_on, task.due_time)
    same = task.zone == rhythm.zone and utc(local, rhythm.zone) == task.due_at
    return local if same else None


def _todo(entry: Entry, rhythm: Recurrence | None, task: Task, *, recurring: bool = False) -> Todo:
    todo = Todo()
    _put(todo, "uid", entry.uid)
    _add_texts(todo, entry, task)
    _add_stamps(todo, task)
    if rhythm is not None:
        _add_rhythm(todo, rhythm)
        _add_start(todo, task, plain=False)
    else:
        if task.due_on is not None:
            _add_when(todo, "due", when_due(task))
        _add_start(todo, task, plain=not recurring)
    if task.zone is not None:
        _put(todo, "x-todo-mcp-zone", task.zone)
    _add_relations(todo, entry)
    for reminder in entry.reminders:
        todo.add_component(_alarm(reminder, task, entry.zone))
    return todo


def plain_text(text: str) -> str:
    """What can be written of a text: newlines as they are meant, other control characters not."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWRITTEN)


def _add_texts(todo: Todo, entry: Entry, task: Task) -> None:
    _put(todo, "summary", plain_text(task.title))
    if task.notes:
        _put(todo, "description", plain_text(task.notes))
    if task.tags:
        _put(todo, "categories", list(task.tags))
    if task.priority:
        _put(todo, "priority", PRIORITIES[task.priority])
    if entry.list is not None:
        _put(todo, "x-todo-mcp-list", entry.list)
    if task.deadline_on is not None:
        _put(todo, "x-todo-mcp-deadline", task.deadline_on.isoformat())
    if task.estimate_seconds is not None:
        _put(todo, "x-todo-mcp-estimate", str(task.estimate_seconds))


def _add_stamps(todo: Todo, task: Task) -> None:
    _put(todo, "status", STATUSES[task.status])
    if task.status is Status.SKIPPED:
        _put(todo, "x-todo-mcp-status", "SKIPPED")
    if task.status is Status.DONE:
        _put(todo, "percent-complete", 100)
    if task.completed_at is not None:
        _put(todo, "completed", _second(task.completed_at))
    _put(todo, "dtstamp", _second(task.updated_at))
    _put(todo, "created", _second(task.created_at))
    _put(todo, "last-modified", _second(task.updated_at))
    _put(todo, "sequence", task.version - 1)


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _add_relations(todo: Todo, entry: Entry) -> None:
    if entry.parent is not None:
        _put(todo, "related-to", entry.parent)
    for blocker in entry.blockers:
        _put(todo, "related-to", blocker, parameters={"RELTYPE": "DEPENDS-ON"})


def _add_when(todo: Todo, name: str, when: When) -> None:
    if when.at is None:
        _put(todo, name, when.on)
    elif when.zone == "UTC" or not when.by_wall:
        _put(todo, name, _second(when.at))
    else:
        _put(todo, name, _zoned(when.at, when.zone))


def _zoned(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(microsecond=0)


def _add_start(todo: Todo, task: Task, *, plain: bool) -> None:
    """DTSTART where RFC 5545 lets it stand: before the due and of its kind; else a property of ours."""
    start = when_started(task)
    if start is None:
        return
    fits = task.due_on is None or _before(start, when_due(task))
    if plain and fits:
        _add_when(todo, "dtstart", start)
    elif start.by_wall:
        _put(todo, "x-todo-mcp-start", str(start))
    else:  # the second pass of an hour: its offset says so
        _put(todo, "x-todo-mcp-start", _zoned(start.at or task.created_at, start.zone).isoformat())


def _before(start: When, due: When) -> bool:
    """Both days, or both times, and in order."""
    if start.at is None or due.at is None:
        return start.at is due.at and start.on <= due.on
    return start.at <= due.at


def _add_rhythm(todo: Todo, rhythm: Recurrence) -> None:
    for name in ("dtstart", "due"):
        _add_local(todo, name, [rhythm.start], rhythm.zone)
    rule = rhythm.parsed
    text = str(rule)
    if isinstance(rule.until, datetime) and rhythm.zone is not None:
        end = utc(rule.until, rhythm.zone)
        bare = str(rule.model_copy(update={"until": None}))
        text = f"{bare};UNTIL={end:%Y%m%dT%H%M%SZ}"
    _put(todo, "rrule", vRecur.from_ical(text))
    if rhythm.exceptions:
        _add_local(todo, "exdate", rhythm.exceptions, rhythm.zone)
    if rhythm.extra:
        _add_local(todo, "rdate", rhythm.extra, rhythm.zone)
    if rhythm.anchor != "schedule":
        _put(todo, "x-todo-mcp-anchor", rhythm.anchor)


def _add_local(todo: Todo, name: str, dates: Iterable[Local], zone: str | None) -> None:
    """Dates of a series, wall times with their zone."""
    place = ZoneInfo(zone) if zone and zone != "UTC" else UTC
    values: list[date] = [
        day.replace(tzinfo=place) if isinstance(day, datetime) else day for day in dates
    ]
    _put(todo, name, values[0] if name in {"dtstart", "due", "recurrence-id"} else values)


def _alarm(reminder: Reminder, task: Task, zone: str) -> Alarm:
    spec = parse_spec(reminder.spec)
    alarm = Alarm()
    _put(alarm, "action", "DISPLAY")
    _put(alarm, "description", "Reminder")
    if spec.before is not None and spec.clock is None and task.due_at is not None:
        lead = timedelta(days=spec.before.days, seconds=spec.before.seconds)
    elif spec.before is not None and task.due_on is not None and task.due_at is None:
        midnight = utc(datetime.combine(task.due_on, datetime.min.time()), task.zone or zone)
        lead = reminder.fire_at - midnight
    else:
        alarm["TRIGGER"] = vDDDTypes(_second(reminder.fire_at))
        alarm["TRIGGER"].params["VALUE"] = "DATE-TIME"
        _put(alarm, "x-todo-mcp-reminder", reminder.spec)
        return alarm
    _put(alarm, "trigger", lead, parameters={"RELATED": "END"})
    _put(alarm, "x-todo-mcp-reminder", reminder.spec)
    return alarm
