"""The grammar of instants in words: parts in any order, each filling one slot of a phrase.

`friday` + `at 5pm`, `27 nov` + `all day`, `tomorrow` + `morning` + `at 9`, `a week from` + `friday`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

from todo_mcp.domain import clock_words, day_words, span
from todo_mcp.domain.clock_words import Clock, Times
from todo_mcp.domain.day_words import Match
from todo_mcp.domain.duration import AMOUNTS, Amounts, read_amounts
from todo_mcp.domain.span import Days, Frame, Refusal, Span

_OFFSET_HOURS: Final = 14
_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the words said, slot by slot; None where they said nothing."""

    days: Days | None = None
    weekday: int | None = None
    clock: Clock | None = None
    part: str | None = None
    all_day: bool | None = None
    end_of_day: bool | None = None
    exact: Amounts | None = None  # away from now, to the second
    offset: timedelta | None = None
    zone: str | None = None

    def resolve(self, frame: Frame) -> Span | None:
        """The days named, a weekday and a date held against each other."""
        if self.weekday is None:
            return self.days(frame) if self.days else None
        if self.days is None:
            return span.bare_weekday(frame, self.weekday)
        days = self.days(frame)
        if span.is_week(days):
            return span.day(span.in_week(days, self.weekday), back=days.back)
        if days.first == days.last and days.first.weekday() == self.weekday:
            return days
        actual = span.WEEKDAYS[days.first.weekday()]
        raise Refusal(f"contradicts itself: {days.first} is a {actual}.")


class UnknownWordsError(Exception):
    """No form of the grammar goes on from here."""


_OFFSET: Final = r"(?: ?(?P<offset>z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?))"
_BASIC: Final = (
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})t"
    r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})(?P<micro>)(?P<half>)"
)


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text in {"z", "utc", "gmt"}:
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if minutes >= _MINUTES or hours * _MINUTES + minutes > _OFFSET_HOURS * _MINUTES:
        raise Refusal("names no offset; they run from -14:00 to +14:00.")
    return timedelta(hours=hours, minutes=minutes) * (1 if text[0] == "+" else -1)


def _date_time(found: Match) -> Phrase:
    clock = replace(clock_words.digits(found), loose=False)
    return Phrase(days=day_words.written(found), clock=clock, offset=_offset(found["offset"]))


def _amounts(found: Match) -> Amounts:
    amounts = read_amounts(found["amounts"])
    if amounts is None:
        raise Refusal("counts part of a month. Count days or weeks instead.")
    return amounts


def _ahead(found: Match) -> Phrase:
    return _away(_amounts(found), 1)


def _ago(found: Match) -> Phrase:
    return _away(_amounts(found), -1)


def _away(amounts: Amounts, sign: int) -> Phrase:
    """`in 2 weeks` is a day, `in 45 minutes` an instant."""
    away = _signed(amounts, sign)
    if amounts.seconds:
        return Phrase(exact=away)
    return Phrase(days=lambda frame: span.day(_plus(frame.today, away), back=sign < 0))


def _signed(amounts: Amounts, sign: int) -> Amounts:
    return Amounts(sign * amounts.months, sign * amounts.days, sign * amounts.seconds)


def _plus(on: date, away: Amounts) -> date:
    return span.plus_days(span.plus_months(on, away.months), away.days)


def _today(frame: Frame) -> Span:
    return span.day(frame.today)


def _yesterday(frame: Frame) -> Span:
    return span.day(span.plus_days(frame.today, -1), back=True)


def _of_days(read_days: Callable[[Match], Days]) -> Callable[[Match], Phrase]:
    return lambda found: Phrase(days=read_days(found))


def _of_times(read_times: Callable[[Match], Times]) -> Callable[[Match], Phrase]:
    def phrase(found: Match) -> Phrase:
        times = read_times(found)
        return Phrase(clock=times.clock, part=times.part)

    return phrase


_FORMS: Final[list[tuple[str, Callable[[Match], Phrase]]]] = [
    (rf"{day_words.DATE}[t ]{clock_words.TIME}{_OFFSET}?", _date_time),
    (rf"{_BASIC}{_OFFSET}?", _date_time),
    (r"now|right now", lambda _: Phrase(exact=Amounts(0, 0, 0))),
    (rf"in (?P<amounts>{AMOUNTS})", _ahead),
    (rf"(?P<amounts>{AMOUNTS}) from (?:now|today)", _ahead),
    (rf"\+(?P<amounts>{AMOUNTS})", _ahead),
    (rf"(?P<amounts>{AMOUNTS}) ago", _ago),
    (r"tonight", lambda _: Phrase(days=_today, part="night")),
    (r"last night", lambda _: Phrase(days=_yesterday, part="night")),
    (
        rf"this (?P<part>{'|'.join(clock_words.PARTS)})",
        lambda found: Phrase(days=_today, part=found["part"]),
    ),
    (r"all[- ]day|whole day", lambda _: Phrase(all_day=True)),
    (r"(?:the )?end of (?:the )?day|eod", lambda _: Phrase(end_of_day=True)),
    (r"\[?(?P<zone>[a-z_]+(?:/[a-z0-9_+-]+){1,2})\]?", lambda found: Phrase(zone=found["zone"])),
    (
        r"(?P<offset>utc|gmt|[+-][0-9]{2}:?[0-9]{2})",
        lambda found: Phrase(offset=_offset(found["offset"])),
    ),
    (
        day_words.WEEKDAY,
        lambda found: Phrase(weekday=day_words.weekday_number(found["weekday"])),
    ),
]
_SKIP: Final = re.compile(r"(?:at|on|by|due|for) ")
_FROM: Final = re.compile(
    rf"(?P<amounts>{AMOUNTS}|week|month) (?P<way>from|after|before) (?!now\b|today\b)"
)


@cache
def _all() -> list[tuple[re.Pattern[str], Callable[[Match], Phrase]]]:
    """Every form with its meaning; made at the first use, for the time that takes."""
    forms = [
        *_FORMS,
        *((form, _of_days(days)) for form, days in day_words.FORMS),
        *((form, _of_times(times)) for form, times in clock_words.FORMS),
    ]
    return [(re.compile(rf"(?:{form})(?= |$)"), meaning) for form, meaning in forms]


@lru_cache(maxsize=1024)
def read(plain: str) -> Phrase:
    """The phrase that tidied words form.

    Raises:
        UnknownWordsError: the words are no phrase.
        Refusal: they are one that cannot stand.
    """
    phrase, rest = Phrase(), plain
    if not plain:
        raise UnknownWordsError
    while rest:
        found, part = _next(rest)
        phrase = _join(phrase, part)
        rest = rest[found:].lstrip()
    return phrase


def _next(rest: str) -> tuple[int, Phrase]:
    """The longest part at the start of `rest`, and where it ends."""
    relative = _FROM.match(rest)
    if relative:
        return len(rest), _from(relative, read(rest[relative.end() :]))
    skipped = _SKIP.match(rest)
    for start in (0, skipped.end()) if skipped else (0,):
        longest: tuple[Match, Callable[[Match], Phrase]] | None = None
        for form, meaning in _all():
            found = form.match(rest, start)
            if found and (longest is None or found.end() > longest[0].end()):
                longest = found, meaning
                if found.end() == len(rest):
                    break
        if longest:
            found, meaning = longest
            return found.end(), meaning(found)
    raise UnknownWordsError


def _from(relative: Match, phrase: Phrase) -> Phrase:
    """`a week from friday`, `3 days before 24 december`."""
    amounts = read_amounts(relative["amounts"]) or read_amounts(f"a {relative['amounts']}")
    if amounts is None or amounts.seconds:
        raise Refusal("counts hours from a day. Give the date and the time.")
    if phrase.days is None and phrase.weekday is None:
        raise UnknownWordsError
    away = _signed(amounts, -1 if relative["way"] == "before" else 1)

    def days(frame: Frame) -> Span:
        of = phrase.resolve(frame)
        if of is None or of.first != of.last:
            raise Refusal("counts from more than one day. Give the date.")
        return span.day(_plus(of.first, away))

    return replace(phrase, days=days, weekday=None)


def _join(one: Phrase, two: Phrase) -> Phrase:
    said = {
        f.name: getattr(two, f.name) for f in fields(Phrase) if getattr(two, f.name) is not None
    }
    for name in said:
        if getattr(one, name) is not None:
            raise Refusal("names two dates or two times. Give one date and at most one time.")
    return replace(one, **said)
