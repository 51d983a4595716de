"""How many tasks were added, done and skipped each day, by list and by tag, kept up from the log.

An event holds its row before and after, and what a row counts for depends on the row alone: so an
event adds what its row counts for now and takes away what it counted for before. Whatever happened
on the way, the sum is that of the tasks as they are; a task in the trash counts for nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

Place: TypeAlias = tuple[int, int, int]
Image: TypeAlias = dict[str, Any]
Counts: TypeAlias = tuple[int, int, int]

NOTHING: Final[Counts] = (0, 0, 0)
_ADDED: Final[Counts] = (1, 0, 0)
_CLOSED: Final[dict[str, Counts]] = {"done": (0, 1, 0), "skipped": (0, 0, 1)}


class Day(BaseModel):
    """Counts are (added, done, skipped). A task is of one list and of any number of tags."""

    model_config = ConfigDict(frozen=True)

    all: Counts = NOTHING
    lists: dict[int, Counts] = {}
    tags: dict[str, Counts] = {}


class Statistics(BaseModel):
    """The value of a space. `position` is the last event in it; days are those of `zone`."""

    model_config = ConfigDict(frozen=True)

    zone: str
    position: Place = (0, 0, 0)
    days: dict[date, Day] = {}


class Happened(NamedTuple):
    """What the statistics need of an event of the log."""

    position: Place
    kind: str
    before: Image | None
    after: Image | None


def advance(value: Statistics, events: Iterable[Happened]) -> Statistics:
    """The value with these events in it, which follow the log's order without a gap.

    Those the value has already change nothing, so a batch may be repeated or begin anywhere before.
    """
    sums = _Sums(value)
    position = value.position
    for event in events:
        if event.position <= position:
            continue
        position = event.position
        if event.kind == "task" and event.after is not None:
            sums.add(event.after, 1)
            if event.before is not None:
                sums.add({**event.after, **event.before}, -1)
    return value.model_copy(update={"position": position, "days": sums.days()})


def count(zone: str, position: Place, tasks: Iterable[Image]) -> Statistics:
    """The value made anew from the tasks as the log left them at `position`."""
    sums = _Sums(Statistics(zone=zone))
    for image in tasks:
        sums.add(image, 1)
    return Statistics(zone=zone, position=position, days=sums.days())


class _Sums:
    """Days in the making: of each (list, tag or neither), what it counts."""

    def __init__(self, value: Statistics) -> None:
        self._zone = ZoneInfo(value.zone)
        self._of: dict[date, dict[int | str | None, Counts]] = {
            day: {None: held.all, **held.lists, **held.tags} for day, held in value.days.items()
        }

    def add(self, image: Image, times: int) -> None:
        for at, (added, done, skipped) in _worth(image):
            day = self._of.setdefault(at.astimezone(self._zone).date(), {})
            for key in (None, image["list_id"], *image.get("tags", ())):
                a, d, s = day.get(key, NOTHING)
                day[key] = (a + times * added, d + times * done, s + times * skipped)

    def days(self) -> dict[date, Day]:
        """In the order of time, without what is zero: equal counts are equal values."""
        found = {day: _day(self._of[day]) for day in sorted(self._of)}
        return {day: held for day, held in found.items() if held != Day()}


def _worth(image: Image) -> Iterator[tuple[datetime, Counts]]:
    """When, and for what, a row counts."""
    if image.get("deleted_at") is not None:
        return
    yield datetime.fromisoformat(image["created_at"]), _ADDED
    if (counts := _CLOSED.get(image["status"])) and image.get("completed_at") is not None:
        yield datetime.fromisoformat(image["completed_at"]), counts


def _day(counts: dict[int | str | None, Counts]) -> Day:
    kept = {key: held for key, held in counts.items() if held != NOTHING}
    return Day(
        all=kept.get(None, NOTHING),
        lists={key: kept[key] for key in sorted(k for k in kept if isinstance(k, int))},
        tags={key: kept[key] for key in sorted(k for k in kept if isinstance(k, str))},
    )
