"""VALARMs as reminders in canonical text."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, cast

from icalendar import vDuration

from todo_mcp.domain.calendar import Draft, utc
from todo_mcp.domain.duration import Duration
from todo_mcp.domain.remind import Spec, parse_spec
from todo_mcp.domain.reminder import REMINDER_LIMIT
from todo_mcp.domain.when import When, moment_in
from todo_mcp.errors import RuleError
from todo_mcp.service.calendar import values
from todo_mcp.service.calendar.splitting import Block, Property

_FARTHEST: Final = timedelta(days=3660)
_LOOKED_AT: Final = 100  # alarms of a to-do
_DAY: Final = timedelta(days=1)


def read(block: Block, draft: Draft, here: str, lost: Callable[[str], Any]) -> tuple[str, ...]:
    """The reminders of a to-do; what they cannot say is told."""
    specs: dict[str, None] = {}
    alarms = [found for found in block.blocks if found.name == "VALARM"]
    for alarm in alarms[:_LOOKED_AT]:
        action = alarm.first("ACTION")
        if action is not None and action.raw.strip().upper() == "NONE":
            continue
        if "REPEAT" in alarm.properties:
            lost("an alarm repeats; it comes once")
        try:
            specs.setdefault(str(_spec(alarm, draft, here)))
        except (RuleError, ValueError, OverflowError) as error:
            reason = str(error) if isinstance(error, RuleError) else "it cannot be read"
            lost(f"an alarm is not taken over: {reason}")
    if len(specs) > REMINDER_LIMIT or len(alarms) > _LOOKED_AT:
        lost(f"only the first {REMINDER_LIMIT} alarms are kept")
    return tuple(specs)[:REMINDER_LIMIT]


def _spec(alarm: Block, draft: Draft, here: str) -> Spec:
    own = alarm.first("X-TODO-MCP-REMINDER")
    if own is not None:
        spec = _own(values.text(own.raw))
        if spec is not None and (draft.due is not None or not spec.relative):
            return spec
    trigger = alarm.first("TRIGGER")
    if trigger is None:
        raise RuleError("TRIGGER: is missing")
    if trigger.params.get("VALUE", "").upper() == "DATE-TIME" or "T" in trigger.raw[8:9]:
        return _moment(values.when(trigger, here))
    lead: timedelta = cast("Any", vDuration).from_ical(trigger.raw.strip())
    return _relative(lead, trigger, draft, here)


def _own(text: str) -> Spec | None:
    try:
        spec = parse_spec(text)
    except ValueError:
        return None
    return spec if spec.before is None or spec.before.days >= -_FARTHEST.days else None


def _moment(when: When) -> Spec:
    if when.at is None:
        raise RuleError("TRIGGER: is a date without a time")
    return Spec(moment=moment_in("UTC", when.at.astimezone(UTC)))


def _relative(lead: timedelta, trigger: Property, draft: Draft, here: str) -> Spec:
    if abs(lead) > _FARTHEST:
        raise RuleError("TRIGGER: is more than ten years away")
    by_start = trigger.params.get("RELATED", "START").upper() != "END"
    base = draft.start if by_start and draft.start is not None else draft.due or draft.start
    if base is None:
        raise RuleError("TRIGGER: counts from a date, and there is none")
    due = draft.due
    if due is None:
        return _moment_of(_instant(base, here) + lead)
    if due.at is None:
        lead = _wall(base) + lead - _wall(due)
        days, rest = divmod(lead, _DAY)
        if days <= 0:
            clock = datetime.combine(due.on, time()) + rest
            return Spec(Duration(days), clock.time().replace(microsecond=0))
        return _moment_of(utc(_wall(due) + lead, here))
    lead = _instant(base, here) + lead - due.at
    if lead > timedelta():
        return _moment_of(due.at + lead)
    days, rest = divmod(-lead, _DAY)
    return Spec(-Duration(days, int(rest.total_seconds())))


def _moment_of(at: datetime) -> Spec:
    return Spec(moment=moment_in("UTC", at))


def _wall(when: When) -> datetime:
    return datetime.combine(when.on, when.time or time())


def _instant(when: When, here: str) -> datetime:
    return when.at or utc(_wall(when), here)
