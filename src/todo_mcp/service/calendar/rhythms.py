"""RRULE with EXDATE, RDATE and the overrides of single dates (RECURRENCE-ID)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from todo_mcp.domain.calendar import Draft
from todo_mcp.domain.dates import timed
from todo_mcp.domain.recurrence import Occurrence, Recurrence, occurrences
from todo_mcp.domain.rule import Rule, parse_rule, reason_of
from todo_mcp.domain.rule_dates import first
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.task import LIVE, Status
from todo_mcp.domain.when import When, day_in, moment_in
from todo_mcp.errors import RuleError, TodoError
from todo_mcp.service.calendar import values
from todo_mcp.service.calendar.splitting import Block

Lost = Callable[[str], Any]
_DATES: Final = 20_000  # of one series, exceptions and extra ones


@dataclass(slots=True)
class Rhythm:
    """A recurrence as it stands in a file. `due` is that of its first date, `start` the task's."""

    recurrence: Recurrence
    due: When
    start: When | None
    here: str
    overrides: dict[Local, Draft] = field(default_factory=dict[Local, Draft])

    @property
    def zone(self) -> str | None:
        return self.recurrence.zone

    def drafts(self, draft: Draft, notes: list[str]) -> Iterator[Draft]:
        """The open occurrence, and the closed ones that the file has kept."""
        if draft.status not in LIVE:
            notes.append(f"line {draft.line}: is closed for good; it does not repeat any more.")
            yield replace(draft, due=self.due)
            return
        closed = {at for at, other in self.overrides.items() if other.status not in LIVE}
        found = self._first_but(closed)
        yield self._finished(draft) if found is None else self._opened(draft, *found)
        for at in closed:
            done = self.overrides[at]
            uid = f"{draft.uid} {at.isoformat()}"
            yield replace(done, uid=uid, list=draft.list, due=done.due or self.at(at))
        later = (
            len(self.overrides) - len(closed) - (found is not None and found[0] in self.overrides)
        )
        if later:
            notes.append(f"line {draft.line}: changes of {later} later dates are not kept.")

    def _first_but(self, closed: set[Local]) -> Occurrence | None:
        dates = islice(occurrences(self.recurrence, None, 0), len(closed) + 1)
        return next((found for found in dates if found[0] not in closed), None)

    def _finished(self, draft: Draft) -> Draft:
        return replace(draft, status=Status.DONE, due=self.due)

    def _opened(self, draft: Draft, at: Local, passed: int) -> Draft:
        kept = {"recurrence": self.recurrence, "occurs": at, "passed": passed}
        changed = self.overrides.get(at)
        if changed is not None:
            mine = {"uid": draft.uid, "line": draft.line, "list": draft.list}
            return replace(changed, **mine, **kept, created_at=draft.created_at)
        due = self.due if at == self.recurrence.start else self.at(at)
        return replace(draft, **kept, due=due)

    def at(self, local: Local) -> When:
        return _at(local, self.zone, self.here)


def read(
    block: Block, due: When | None, start: When | None, here: str, lost: Lost
) -> Rhythm | None:
    """The recurrence of a VTODO; None where it has none, or one that is told as lost."""
    rules = block.properties.get("RRULE", [])
    if not rules:
        if "RDATE" in block.properties:
            lost("RDATE without RRULE is not taken over; the first date is")
        return None
    if "EXRULE" in block.properties:
        lost("EXRULE is not taken over; what it leaves out comes")
    try:
        if len(rules) > 1:
            raise RuleError("RRULE: has more than one")
        return _rhythm(block, due, start, here, lost)
    except (TodoError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, ValueError) else str(error)
        lost(f"its recurrence is not taken over: {reason.rstrip('.')}")
        return None


def _rhythm(block: Block, due: When | None, start: When | None, here: str, lost: Lost) -> Rhythm:
    raw = block.properties["RRULE"][0].raw
    plain = parse_rule(raw, "RRULE").plain
    by_due = start is None or (plain and due is not None)
    anchor = due if by_due else start
    if anchor is None:
        raise RuleError("RRULE: has neither DTSTART nor DUE to count from")
    found = block.first("DUE" if by_due else "DTSTART")
    if anchor.at is not None and found is not None and found.raw.strip().endswith("Z"):
        anchor = moment_in("UTC", anchor.at)
    place = None if anchor.at is None else anchor.zone
    rule, begins = parse_rule(raw, "RRULE", zone=place or "UTC"), _local(anchor)
    coming = first(rule, begins)
    if coming is None:
        raise RuleError("RRULE: never happens")
    if coming != begins:
        lost("its first date is off its rule; the rule's next one is taken")
    recurrence = _recurrence(block, rule, coming, place, here)
    moved = None if by_due or due is None or _same(due, anchor) else due
    if moved is not None:
        lost("DTSTART and DUE differ; later dates are due at what was DTSTART")
    own = start if by_due and start and due and not _same(start, due) else None
    return Rhythm(recurrence, moved or _at(recurrence.start, place, here), own, here)


def _recurrence(
    block: Block, rule: Rule, begins: Local, place: str | None, here: str
) -> Recurrence:
    extra = [
        datetime.combine(day, begins.time())
        if isinstance(begins, datetime) and not isinstance(day, datetime)
        else day
        for day in _dates(block, "RDATE", place, here)
    ]
    said = block.first("X-TODO-MCP-ANCHOR")
    return Recurrence(
        rule=str(rule),
        zone=place,
        start=begins,
        anchor="completion" if said and said.raw == "completion" else "schedule",
        exceptions=tuple(dict.fromkeys(_dates(block, "EXDATE", place, here))),
        extra=tuple(sorted(set(extra))),
    )


def _dates(block: Block, name: str, place: str | None, here: str) -> list[Local]:
    found = block.properties.get(name, [])
    if sum(item.raw.count(",") + 1 for item in found) > _DATES:
        raise RuleError(f"{name}: has more than {_DATES:,} dates")
    return values.locals_in(found, place, here)


def _at(local: Local, place: str | None, here: str) -> When:
    if isinstance(local, datetime) and place is not None:
        return timed(local.date(), local.time(), place)
    return day_in(here, local.date() if isinstance(local, datetime) else local)


def _local(when: When) -> Local:
    return when.on if when.time is None else datetime.combine(when.on, when.time)


def _same(one: When, other: When) -> bool:
    if one.at is None or other.at is None:
        return (one.on, one.at) == (other.on, other.at)
    return one.at.astimezone(UTC) == other.at.astimezone(UTC)
