"""A task as calendars know it: one to-do with its dates, its recurrence and its alarms."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

from todo_mcp.domain.recurrence import Recurrence, occurrences
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.task import Priority, Status, Task
from todo_mcp.domain.when import When, day_in, moment_in
from todo_mcp.domain.zone import instant

_END_OF_DAY: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says about one to-do; parents and blockers are named by UID.

    `occurs` is the rule's date it stands for, `alarms` are reminders in canonical text.
    """

    uid: str
    title: str
    line: int = 0
    notes: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = Priority.NONE
    status: Status = Status.OPEN
    due: When | None = None
    start: When | None = None
    zone: str | None = None
    deadline: date | None = None
    estimate: int | None = None
    list: str | None = None
    parent: str | None = None
    blockers: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    recurrence: Recurrence | None = None
    occurs: Local | None = None
    passed: int = 1
    completed_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def digest(self) -> str:
        """Equal for equal content, wherever in the file it stands."""
        said = repr(replace(self, line=0))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def own_uid(place: str, name: str) -> str:
    """The UID of what was not imported; `place` is the space, `name` a short id (t12, s3)."""
    seal = hashlib.sha256(f"{place}:{name}".encode()).hexdigest()[:16]
    return f"{name}-{seal}@todo-mcp"


def own_name(place: str, uid: str) -> str | None:
    """The short id in a UID that this space gave out."""
    name = uid.partition("-")[0]
    return name if uid == own_uid(place, name) else None


def when_started(task: Task) -> When | None:
    if task.start_on is None:
        return None
    if task.start_at is None or task.zone is None:
        return day_in(task.zone or "UTC", task.start_on)
    return moment_in(task.zone, task.start_at)


def outward(recurrence: Recurrence, occurs: Local, passed: int) -> Recurrence | None:
    """The recurrence from the occurrence at `occurs` on, as if it began there.

    COUNT is what is left of it, past exceptions are dropped. None where the rule has no date left.
    """
    rule = recurrence.parsed
    start, left = occurs, passed - 1
    if occurs in recurrence.extra:
        bare = recurrence.model_copy(update={"extra": (), "exceptions": ()})
        ahead = next(occurrences(bare, occurs, passed), None)
        if ahead is None:
            return None
        start, left = ahead[0], passed
    count = None if rule.count is None else max(1, rule.count - left)
    until = rule.until
    if recurrence.timed and until is not None and not isinstance(until, datetime):
        until = datetime.combine(until, _END_OF_DAY)
    if not recurrence.timed and isinstance(until, datetime):
        until = until.date()
    clock = recurrence.time
    exceptions = (
        datetime.combine(day, clock) if clock and not isinstance(day, datetime) else day
        for day in recurrence.exceptions
        if day_of(day) >= day_of(occurs)
    )
    return recurrence.model_copy(
        update={
            "rule": str(rule.model_copy(update={"count": count, "until": until})),
            "start": start,
            "exceptions": tuple(sorted(set(exceptions))),
            "extra": tuple(sorted(day for day in set(recurrence.extra) if day >= occurs)),
        }
    )


def utc(local: datetime, zone: str) -> datetime:
    return instant(local, zone).astimezone(UTC)
