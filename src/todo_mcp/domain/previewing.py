"""What words for times, recurrences and reminders come to, before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

from todo_mcp.domain.beginning import Beginning, begin
from todo_mcp.domain.dates import timed
from todo_mcp.domain.recurrence import Recurrence, caught_up, occurrences
from todo_mcp.domain.remind import parse_reminder
from todo_mcp.domain.rule_phrase import parse_recurrence
from todo_mcp.domain.rule_shape import Anchor, Local
from todo_mcp.domain.span import WEEKDAYS
from todo_mcp.domain.view import stamp
from todo_mcp.domain.when import When, day_in, parse_when
from todo_mcp.domain.zone import wall, zone as zone_named
from todo_mcp.errors import RuleError


@dataclass(frozen=True, slots=True)
class Question:
    """What to show; `count` of the dates after `after`, or from the first one on."""

    when: str | None = None
    recurrence: str | None = None
    anchor: Anchor | None = None
    reminders: tuple[str, ...] = ()
    after: str | None = None
    count: int = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when it is asked, and what the asker's days are like."""

    now: datetime
    zone: str
    day_start: time = time(9)
    week_start: int = 0


def previewed(question: Question, place: Place) -> dict[str, Any]:
    """`{when?, rule?, text?, next?, reminders?, warnings?, zone, now}`.

    Raises:
        RuleError: nothing to show, or words that are refused where they would be written.
    """
    if question.when is None and question.recurrence is None and not question.reminders:
        raise RuleError("when: missing; give when, recurrence or reminders.")
    if question.recurrence is None and (question.after or question.anchor):
        name = "after" if question.after else "anchor"
        raise RuleError(f"{name}: goes with a recurrence; give that too, or leave this out.")
    place = Place(place.now, zone_named(place.zone).key, place.day_start, place.week_start)
    answer: dict[str, Any] = {}
    warnings: list[str] = []
    due = _when(question, place)
    if due is not None:
        answer["when"] = _moment(due)
    if question.recurrence is not None:
        begun = beginning(question, place)
        answer |= _repeating(begun, question, place)
        due = _standing(begun.recurrence, begun.first, place.zone)
        warnings += [f"recurrence: {warning}." for warning in begun.warnings]
    if question.reminders:
        answer["reminders"] = _reminders(question, due, place, warnings)
    if warnings:
        answer["warnings"] = warnings
    return answer | {"zone": place.zone, "now": stamp(place.now, place.zone)}


def _when(question: Question, place: Place) -> When | None:
    if question.when is None:
        return None
    return parse_when(
        question.when,
        now=place.now,
        zone=place.zone,
        argument="when",
        week_start=place.week_start,
    )


def beginning(question: Question, place: Place) -> Beginning:
    """The series that `add_task` would make of it.

    Raises:
        RuleError: the rule cannot be, or never comes.
    """
    due = _when(question, place)
    zone = place.zone if due is None or due.time is None else due.zone
    parsed = parse_recurrence(
        question.recurrence or "",
        now=place.now,
        zone=zone,
        due=None if due is None else due.on,
        week_start=place.week_start,
    )
    local = None if due is None else _local(due)
    return begin(parsed, due=local, now=place.now, zone=zone, anchor=question.anchor)


def _local(when: When) -> Local:
    return when.on if when.time is None else datetime.combine(when.on, when.time)


def _repeating(begun: Beginning, question: Question, place: Place) -> dict[str, Any]:
    recurrence = begun.recurrence
    dates = islice(_dates(begun, question.after, place), question.count)
    return {
        "rule": recurrence.rule,
        "text": recurrence.sentence,
        "next": [_moment(_standing(recurrence, local, place.zone)) for local in dates],
    }


def _dates(begun: Beginning, after: str | None, place: Place) -> Iterator[Local]:
    """The first date and those that follow it, or those after a moment.

    Counting from completion, `after` is when it was done.
    """
    recurrence, first = begun.recurrence, begun.first
    limit = None if after is None else _limit(after, recurrence, place)
    if limit is None or limit < first:
        yield first
    elif recurrence.anchor == "completion":
        first = limit
    start, passed = first, begun.passed
    if limit is not None and recurrence.anchor == "schedule":
        day = limit.date() if isinstance(limit, datetime) else limit
        start, passed = caught_up(recurrence, first, passed, day)
    for local, _ in occurrences(recurrence, start, passed):
        if limit is None or local > limit:
            yield local


def _limit(text: str, recurrence: Recurrence, place: Place) -> Local:
    when = parse_when(text, now=place.now, zone=recurrence.zone or place.zone, argument="after")
    if not recurrence.timed or recurrence.zone is None:
        return when.on
    if when.at is None:
        return datetime.combine(when.on, time.max)
    return wall(when.at, recurrence.zone)


def _standing(recurrence: Recurrence, local: Local, zone: str) -> When:
    if isinstance(local, datetime) and recurrence.zone is not None:
        return timed(local.date(), local.time(), recurrence.zone)
    return day_in(zone, local)


def _reminders(
    question: Question, due: When | None, place: Place, warnings: list[str]
) -> list[dict[str, str]]:
    told: list[dict[str, str]] = []
    for text in question.reminders:
        zone = place.zone if due is None else due.zone
        at = parse_reminder(text, now=place.now, zone=zone).fire_at(due, place.day_start)
        told.append(_instant(at, zone))
        if at <= place.now:
            warnings.append(
                f"The reminder at {stamp(at, zone)} is already past: it would not fire."
            )
    return told


def _moment(when: When) -> dict[str, str]:
    if when.at is None:
        return {"local": when.on.isoformat(), "weekday": WEEKDAYS[when.on.weekday()]}
    return _instant(when.at, when.zone)


def _instant(at: datetime, zone: str) -> dict[str, str]:
    on: date = wall(at, zone)
    return {
        "local": stamp(at, zone),
        "utc": stamp(at.astimezone(UTC), "UTC").removesuffix("+00:00") + "Z",
        "weekday": WEEKDAYS[on.weekday()],
    }
