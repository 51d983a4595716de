"""A phrase resolved: the ground that *when*, *past when* and *period* stand on."""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from todo_mcp.domain import span, when_grammar
from todo_mcp.domain.clock_words import PARTS
from todo_mcp.domain.duration import Amounts, Duration, read_amounts, shift, tidy
from todo_mcp.domain.span import Frame, Refusal, Span
from todo_mcp.domain.when_grammar import Phrase, UnknownWordsError
from todo_mcp.domain.zone import around_gap, instant, wall, zone as zone_named
from todo_mcp.errors import RuleError, quoted

LONGEST_TEXT: Final = 100
# Names of zones that several places share, or that nobody agrees on.
_LETTERS: Final = re.compile(r" (?:[ecmp][sd]?t|[cew]es?t|bst|ist|jst)$")
_FRIDAY: Final = 4
_DOT_AFTER_LETTER: Final = re.compile(r"(?<=[a-z])\.")
_REPEATING: Final = re.compile(
    r"\b(?:every|each|daily|weekly|biweekly|fortnightly|monthly|quarterly|yearly|annually"
    r"|(?:week|mon|tues|wednes|thurs|fri|satur|sun)days)\b"
)
_KNOWN: Final = [
    *(name.lower() for name in (*span.WEEKDAYS, *span.MONTHS)),
    *("today", "tomorrow", "yesterday", "tonight", "morning", "afternoon", "evening", "night"),
    *("noon", "midnight", "next", "last", "this", "after", "before", "from", "first", "end"),
    *("minutes", "hours", "days", "weeks", "months", "years", "week", "month", "year", "weekend"),
]
_SHORTEST_TYPO: Final = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words mean here and now. `clock` and `at` are both there or both not."""

    zone: str
    days: Span
    on: date  # the one day that the words stand for, where they may
    clock: time | None = None
    at: datetime | None = None
    all_day: bool = False
    fixed: bool = False
    part: str | None = None  # of the day, where no time narrows it down


@dataclass(frozen=True, slots=True)
class Here:
    """When and where the words are read, and which way they look."""

    now: datetime
    zone: str
    past: bool = False
    week_start: int = 0  # Monday

    @property
    def frame(self) -> Frame:
        return Frame(wall(self.now, self.zone).date(), self.past, self.week_start)

    def behind(self, at: datetime) -> bool:
        """Whether an instant lies on the side that words do not look to."""
        return at > self.now if self.past else at <= self.now


def read_words(text: str, here: Here, argument: str) -> Reading:
    """Resolve words of any kind.

    Raises:
        RuleError: words unknown, ambiguous or impossible, or a zone nobody knows.
    """
    if len(text) > LONGEST_TEXT:
        raise RuleError(
            f"{argument}: {quoted(text)} is too long for a date; at most {LONGEST_TEXT} characters."
        )
    plain = _plain(text)
    try:
        phrase = when_grammar.read(plain)
        place = zone_named(phrase.zone or here.zone, argument if phrase.zone else "zone").key
        return _resolve(phrase, Here(here.now, place, here.past, here.week_start))
    except UnknownWordsError:
        raise RuleError(f"{argument}: {quoted(text)} {_unknown(plain, here)}") from None
    except Refusal as refusal:
        raise RuleError(f"{argument}: {quoted(text)} {refusal}") from None


def _plain(text: str) -> str:
    return _DOT_AFTER_LETTER.sub("", tidy(text.replace("@", " at ").replace("[", " [")))


def _resolve(phrase: Phrase, here: Here) -> Reading:
    if phrase.exact is not None:
        return _exact(phrase, phrase.exact, here)
    if phrase.offset is not None and phrase.clock is None:
        raise UnknownWordsError
    days = phrase.resolve(here.frame)
    if phrase.all_day or phrase.end_of_day:
        return _whole_day(phrase, days, here)
    if phrase.clock is None and phrase.part is None:
        if days is None:
            raise UnknownWordsError
        return Reading(here.zone, days, _start(days, here))
    if days is None:
        return _nearest(phrase, here)
    return _timed(phrase, days, here)


def _exact(phrase: Phrase, away: Amounts, here: Here) -> Reading:
    if phrase != Phrase(exact=away, zone=phrase.zone):
        raise Refusal("mixes a time from now with a date. Give one of them.")
    start = here.now.astimezone(UTC)
    if away.seconds > 0 and start.microsecond:  # never early
        start += timedelta(seconds=1)
    start = start.replace(microsecond=0)
    if away.months:
        local = wall(start, here.zone)
        start = instant(
            datetime.combine(span.plus_months(local.date(), away.months), local.time()), here.zone
        )
    span.plus_days(start.date(), away.days + away.seconds // 86_400)
    at = shift(start, Duration(away.days, away.seconds), here.zone)
    return _at(at, here, back=away.seconds < 0)


def _at(at: datetime, here: Here, *, back: bool = False, fixed: bool = False) -> Reading:
    local = wall(at, here.zone)
    span.in_range(local.year)
    day = span.day(local.date(), back=back)
    return Reading(here.zone, day, day.first, local.time(), at, fixed=fixed)


def _whole_day(phrase: Phrase, days: Span | None, here: Here) -> Reading:
    if phrase.clock or phrase.part:
        raise Refusal("names a time and a whole day. Give one of them.")
    if days is None and not phrase.end_of_day:
        raise Refusal("names no day. Say which, e.g. 'today all day'.")
    days = days or span.day(here.frame.today)
    return Reading(here.zone, days, _start(days, here), all_day=True)


def _start(days: Span, here: Here) -> date:
    """The first of several days; today once they have begun."""
    today = here.frame.today
    return today if not here.past and days.first < today <= days.last else days.first


def _nearest(phrase: Phrase, here: Here) -> Reading:
    """A time without a day: the next such time, or looking back the last one."""
    if phrase.offset is not None:
        raise Refusal("has an offset and no day. Name the day, e.g. 'tomorrow 17:00 utc'.")
    clock, on = _time(phrase, here), here.frame.today
    while here.behind(instant(datetime.combine(on, clock), here.zone)):
        on = span.plus_days(on, here.frame.step)
    at = _existing(datetime.combine(on, clock), here)
    part = None if phrase.clock else phrase.part
    return Reading(here.zone, span.day(on), on, clock, at, part=part)


def _timed(phrase: Phrase, days: Span, here: Here) -> Reading:
    if days.named:
        raise Refusal(f"is {days.named} and a time. Name the day.")
    on, clock = _start(days, here), _time(phrase, here)
    if phrase.clock and phrase.clock.midnight:
        on = _midnight(on, here)
    local = datetime.combine(on, clock)
    if phrase.offset is not None:
        at = local.replace(tzinfo=timezone(phrase.offset)).astimezone(UTC)
        return _at(at, here, fixed=phrase.zone is None)
    at = _existing(local, here)
    if days.nearest and here.behind(at):
        raise Refusal(f"leaves open whether {local:%Y-%m-%dT%H:%M} is meant. Give the full date.")
    part = None if phrase.clock else phrase.part
    return Reading(here.zone, span.day(on, back=days.back), on, clock, at, part=part)


def _time(phrase: Phrase, here: Here) -> time:
    if phrase.clock is None:
        part = PARTS[phrase.part or "morning"]
        return part.begins if here.past else part.usual
    if phrase.clock.midnight and phrase.part in {None, "night"}:
        return phrase.clock.at
    return phrase.clock.settle(phrase.part)


def _midnight(on: date, here: Here) -> date:
    """The day that a midnight begins: of today the one ahead is meant; of any other there are two."""
    after = span.plus_days(on, 1)
    if on == here.frame.today:
        return on if here.past else after
    raise Refusal(
        f"is ambiguous: {on}T00:00, as the day begins, or {after}T00:00, as it ends. "
        "Give one of these."
    )


def _existing(local: datetime, here: Here) -> datetime:
    """The instant of a wall time that somebody wrote; one that the clock skips is refused."""
    at = instant(local, here.zone)
    if wall(at, here.zone) == local:
        return at
    early, late = around_gap(local, here.zone)
    raise Refusal(
        f"does not exist in {here.zone}: clocks are put forward over {local:%H:%M} on "
        f"{local:%Y-%m-%d}. Use {early:%Y-%m-%dT%H:%M} or {late:%Y-%m-%dT%H:%M}."
    )


def _unknown(plain: str, here: Here) -> str:
    today = here.frame.today
    friday = today + timedelta(days=(_FRIDAY - today.weekday() - 1) % 7 + 1)
    advice = f"Use {friday}, {friday}T17:00 or e.g. 'friday 5pm'."
    if _REPEATING.search(plain):
        return f"is not one date; what repeats is a recurrence. {advice}"
    if read_amounts(plain):
        return f"is a length of time. Write 'in {plain}' for a date that far from now."
    if _LETTERS.search(plain):
        return (
            f"has a zone that letters do not name for sure. Use '{friday} 17:00 America/New_York'."
        )
    meant = _corrected(plain)
    return f"is not a date or a phrase I know. {advice}" + (
        f" Did you mean '{meant}'?" if meant else ""
    )


def _corrected(plain: str) -> str | None:
    """The phrase with its misspelt words put right, if it is one then."""
    words = [_spelt(word) for word in plain.split()]
    meant = " ".join(words)
    try:
        when_grammar.read(meant)
    except (UnknownWordsError, Refusal):
        return None
    return meant


def _spelt(word: str) -> str:
    if len(word) < _SHORTEST_TYPO or not word.isascii() or not word.isalpha():
        return word
    return next(iter(difflib.get_close_matches(word, _KNOWN, 1, 0.75)), word)
