"""How many tasks were added, done and skipped: per day, list and tag, kept up from events.

Each task in its present form counts once, on the day it was added and the day it was closed; one in the
trash does not. An event takes off what its task counted before and puts on what it counts after, so
that undoing, reopening and moving come out right, and any start gives the same sum.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

Image: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[int, int, int]
Days: TypeAlias = dict[str, dict[str, dict[str, int]]]

ALL: Final = "all"
START: Final[Place] = (0, 0, 0)
_CLOSED: Final = frozenset({"done", "skipped"})


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """A task changed, at this place of the log. `before` has what changed, as it was."""

    at: Place
    before: Image | None
    after: Image


class Statistics(BaseModel):
    """`days` is {day: {"all", "list:l7" or "tag:home": {"added", "done", "skipped": count}}}.

    `position` is the last place of the log it was made from, `zone` what a day is.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    zone: str
    position: Place = START
    days: Days = {}


def follow(value: Statistics, events: Iterable[TaskEvent], to: Place) -> Statistics:
    """The statistics with the events behind its position, up to the place `to`, which then is its."""
    if to <= value.position:
        return value
    days = {
        day: {key: dict(counts) for key, counts in of.items()} for day, of in value.days.items()
    }
    zone = ZoneInfo(value.zone)
    for event in events:
        if value.position < event.at <= to:
            _apply(days, event, zone)
    return Statistics(zone=value.zone, position=to, days=days)


def _apply(days: Days, event: TaskEvent, zone: ZoneInfo) -> None:
    old = set[tuple[str, str, str]]()
    if event.before is not None:
        old = set(_counted({**event.after, **event.before}, zone))
    new = set(_counted(event.after, zone))
    for one in old - new:
        _add(days, one, -1)
    for one in new - old:
        _add(days, one, 1)


def _counted(task: Image, zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    """Day, key and what, for each count the task is part of."""
    if task.get("deleted_at") is not None:
        return
    keys = [ALL, f"list:l{task['list_id']}", *(f"tag:{tag}" for tag in task.get("tags") or ())]
    for key in keys:
        yield _day(task["created_at"], zone), key, "added"
        if task["status"] in _CLOSED and task.get("completed_at") is not None:
            yield _day(task["completed_at"], zone), key, task["status"]


def _day(instant: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()


def _add(days: Days, one: tuple[str, str, str], amount: int) -> None:
    """What comes to nothing leaves no trace: the same tasks make the same value, however it came about."""
    day, key, what = one
    counts = days.setdefault(day, {}).setdefault(key, {})
    counts[what] = counts.get(what, 0) + amount
    if not counts[what]:
        del counts[what]
    if not counts:
        del days[day][key]
    if not days[day]:
        del days[day]
