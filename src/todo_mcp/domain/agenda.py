"""What some days hold: what is due then, and when a series will come again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import takewhile

from todo_mcp.domain.previewing import Place, Question, beginning
from todo_mcp.domain.recurrence import Recurrence, caught_up, instant_of, occurrences
from todo_mcp.domain.repeating import occurs, recurrence_of
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Task
from todo_mcp.domain.zone import wall


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One task on one day of the reader's; `clock` is None for the whole day.

    `again` is a date that a series has later on, of which there is no task yet.
    """

    on: date
    clock: time | None
    title: str
    id: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """Up to which day, as whose zone has them, and which of them is today."""

    zone: str
    today: date
    last: date


def planned(tasks: Iterable[Task], series: Mapping[int, Series], days: Days) -> list[Entry]:
    """Everything up to the last day, by day and time, whole days first.

    Dates of a series that were missed are left out, as no task will be made of them.
    """
    entries = [entry for task in tasks if task.live for entry in _of(task, series, days)]
    return sorted(entries, key=lambda entry: (entry.on, entry.clock or time.min, entry.id))


def _of(task: Task, series: Mapping[int, Series], days: Days) -> Iterator[Entry]:
    if task.due_on is not None:
        on, clock = task.due_on, None
        if task.due_at is not None:
            local = wall(task.due_at, days.zone)
            on, clock = local.date(), local.time()
        if on <= days.last:
            yield Entry(on, clock, task.title, task.id)
    row = series.get(task.series_id or 0)
    if row is not None and row.ended_at is None:
        yield from _again(task, row, days)


def _again(task: Task, row: Series, days: Days) -> Iterator[Entry]:
    recurrence = recurrence_of(row)
    if recurrence.anchor == "completion":  # it depends on when this one is done
        return
    after, passed = caught_up(recurrence, occurs(task, recurrence), row.passed, days.today)
    for local, _ in occurrences(recurrence, after, passed):
        on, clock = _here(recurrence, local, days.zone)
        if on > days.last:
            return
        if on >= days.today:
            yield Entry(on, clock, task.title, task.id, again=True)


def _here(recurrence: Recurrence, local: Local, zone: str) -> tuple[date, time | None]:
    at = instant_of(recurrence, local)
    if at is None:
        return day_of(local), None
    here = wall(at, zone)
    return here.date(), here.time()


def dates_until(question: Question, place: Place, last: date) -> list[Local]:
    """The dates of a recurrence from its first to the last day.

    Raises:
        RuleError: the rule cannot be, or never comes.
    """
    begun = beginning(question, place)
    later = (day for day, _ in occurrences(begun.recurrence, begun.first, begun.passed))
    dates = [begun.first, *takewhile(lambda local: day_of(local) <= last, later)]
    return [local for local in dates if day_of(local) <= last]
