"""Reminders as they are written: before the due, on a day before it, or at a time of their own.

The canonical text, `str()` of a spec, is what is stored:

| text | meaning |
|---|---|
| `-30m`, `-1d`, `-1w`, `-1d2h`, `0m` | that long before the due; days are calendar days |
| `-1d 09:00`, `0d 09:00` | at that time of a day before the due's day, or of that day |
| `2026-11-27T17:00@Europe/Vienna` | at that wall time of that zone |
| `2026-11-27@Europe/Vienna` | on that day, when the user's day starts |
| `2026-10-25T01:30:00Z` | at an instant |

An all-day due counts from the start of the user's day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from todo_mcp.domain.clock_words import PARTS, read_time
from todo_mcp.domain.duration import Amounts, Duration, parse_duration, read_amounts, shift, tidy
from todo_mcp.domain.span import Refusal
from todo_mcp.domain.when import When, day_in, moment_in, parse_when, short_iso
from todo_mcp.domain.zone import instant
from todo_mcp.errors import RuleError, quoted

_EXAMPLES: Final = "-30m, -1d, '-1d 09:00' or a time such as 'friday 5pm'"
_BROKEN: Final = "not the canonical text of a reminder"
_FARTHEST: Final = 3660  # days: ten years
_AT_DUE: Final = {"0", "-0", "0m", "-0m", "at due", "when due", "when it is due", "on time"} | {
    f"at {the}{due}" for the in ("", "the ") for due in ("time", "due time", "time of the due")
}
_DUE: Final = r"(?: (?:the )?(?:due(?: date| time)?|deadline|it))?"
_SHORT: Final = re.compile(r"-(?P<length>[0-9]+ ?[a-z]+) (?P<clock>.+)")
_BEFORE: Final = re.compile(
    rf"(?P<length>.+) (?:before|prior|earlier|ahead){_DUE}(?: (?P<clock>.+))?"
)
_THAT_DAY: Final = re.compile(
    r"(?:0d|same day|(?:on )?the (?:same |due )?(?:day|date)(?: it is due)?) (?P<clock>.+)"
)
_PART: Final = re.compile(rf"(?:on |in )?the (?P<part>{'|'.join(PARTS)}) (?P<side>of|before){_DUE}")
_ONE: Final = {"the day": "1 day", "the week": "1 week", "day": "1 day", "week": "1 week"}
_STORED_BEFORE: Final = re.compile(r"(?P<length>-?[0-9][0-9wdhms]*)(?: (?P<clock>[0-9:.]+))?")
_STORED_MOMENT: Final = re.compile(r"(?P<local>[0-9T:.-]+)(?:@(?P<zone>\S+)|(?P<utc>Z))")


@dataclass(frozen=True, slots=True)
class Spec:
    """Either `before` (never positive), with a `clock` on the day it leads to, or a `moment`."""

    before: Duration | None = None
    clock: time | None = None
    moment: When | None = None

    @property
    def relative(self) -> bool:
        return self.before is not None

    def __str__(self) -> str:
        if self.moment:
            return _text(self.moment)
        if self.clock is None:
            return str(self.before)
        days = str(self.before) if self.before and self.before.days else "0d"
        return f"{days} {short_iso(self.clock)}"

    def fire_at(self, due: When | None, day_start: time, argument: str = "reminders") -> datetime:
        """The instant (UTC) to fire at.

        Raises:
            RuleError: it counts back from a due, and there is none.
        """
        if self.moment:
            moment = self.moment
            return moment.at or instant(datetime.combine(moment.on, day_start), moment.zone)
        if due is None or self.before is None:
            raise RuleError(
                f"{argument}: {self} counts back from the due, and there is none. "
                "Set a due, or give a time such as 'friday 5pm'."
            )
        if self.clock:
            on = due.on + timedelta(days=self.before.days)
            return instant(datetime.combine(on, self.clock), due.zone)
        start = due.at or datetime.combine(due.on, day_start)
        return shift(start, self.before, due.zone)


def parse_reminder(text: str, *, now: datetime, zone: str, argument: str = "reminders") -> Spec:
    """A reminder in short (`-30m`, `-1d 09:00`), in words (`a day before at 9am`) or as a *when*.

    Raises:
        RuleError: neither, or a length of time that may lie before the due or ahead of now.
    """
    plain = tidy(text)
    try:
        spec = _relative(plain)
    except Refusal as refusal:
        raise RuleError(f"{argument}: {quoted(text)} {refusal}") from None
    if spec:
        return spec
    if read_amounts(plain.lstrip("+")):
        length = plain.lstrip("+")
        raise RuleError(
            f"{argument}: {quoted(text)} may mean before the due or from now. "
            f"Write '{length} before' or 'in {length}'."
        )
    if plain.startswith("-"):
        raise RuleError(f"{argument}: {quoted(text)} is not a reminder. Use {_EXAMPLES}.")
    return _at(parse_when(text, now=now, zone=zone, argument=argument))


def parse_spec(text: str) -> Spec:
    """A spec from its canonical text.

    Raises:
        ValueError: it is not one; what was stored is broken.
    """
    try:
        if moment := _STORED_MOMENT.fullmatch(text):
            return Spec(moment=_moment(moment["local"], moment["zone"]))
        if before := _STORED_BEFORE.fullmatch(text):
            length = parse_duration(before["length"], argument="spec", signed=True)
            clock = before["clock"]
            return Spec(length, time.fromisoformat(clock) if clock else None)
    except (ValueError, RuleError) as error:
        raise ValueError(_BROKEN) from error
    raise ValueError(_BROKEN)


def _moment(local: str, zone: str | None) -> When:
    at = datetime.fromisoformat(local)
    if zone is None:
        return moment_in("UTC", at.replace(tzinfo=UTC))
    return moment_in(zone, instant(at, zone)) if "T" in local else day_in(zone, at.date())


def _relative(plain: str) -> Spec | None:
    if plain in _AT_DUE:
        return Spec(Duration())
    if plain.startswith("-") and (length := read_amounts(plain[1:].lstrip())):
        return _before(length)
    if part := _PART.fullmatch(plain):
        return Spec(Duration(-(part["side"] == "before")), PARTS[part["part"]].usual)
    that_day = _THAT_DAY.fullmatch(plain)
    if that_day and (spec := _on_day(Amounts(0, 0, 0), that_day["clock"])):
        return spec
    found = _SHORT.fullmatch(plain) or _BEFORE.fullmatch(plain)
    length = read_amounts(_ONE.get(found["length"], found["length"])) if found else None
    if found is None or length is None:
        return None
    return _on_day(length, found["clock"]) if found["clock"] else _before(length)


def _before(length: Amounts) -> Spec:
    return Spec(-Duration(_bounded(length).days, length.seconds))


def _on_day(length: Amounts, clock: str) -> Spec | None:
    """`-1d 09:00`; None where the rest is no time of day (`3 days before 24 december`)."""
    at = read_time(clock) or read_time(f"at {clock}")
    if at is None:
        return None
    if _bounded(length).seconds:
        raise Refusal("counts hours and names a time of day. Give whole days, e.g. '-1d 09:00'.")
    return Spec(Duration(-length.days), at)


def _bounded(length: Amounts) -> Amounts:
    if length.months:
        raise Refusal("counts months or years, whose length varies. Use days or weeks, e.g. -30d.")
    if length.days + length.seconds // 86_400 > _FARTHEST:
        raise Refusal("is too far before the due; at most ten years.")
    return length


def _at(when: When) -> Spec:
    if when.at is None:
        return Spec(moment=day_in(when.zone, when.on))
    if when.fixed or not when.by_wall:
        return Spec(moment=moment_in("UTC", when.at))
    return Spec(moment=moment_in(when.zone, when.at))


def _text(moment: When) -> str:
    if moment.time is None:
        return f"{moment.on}@{moment.zone}"
    local = short_iso(datetime.combine(moment.on, moment.time))
    return f"{local}Z" if moment.zone == "UTC" else f"{local}@{moment.zone}"
