"""When a recurrence in words begins and ends, at which time, and what it leaves out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from todo_mcp.domain import clock_words
from todo_mcp.domain.clock_words import Clock, Times
from todo_mcp.domain.duration import AMOUNTS, read_amounts
from todo_mcp.domain.rule_clauses import refuse_sub_daily, unit
from todo_mcp.domain.rule_draft import Draft
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.rule_words import DAY, ON, Cursor, month, number, ordinal, weekdays, word
from todo_mcp.domain.when import When, parse_when
from todo_mcp.domain.zone import wall


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when the words are read."""

    now: datetime
    zone: str
    argument: str
    week_start: int


Clause = Callable[[Cursor, Draft, Here], bool]

_UNTIL: Final = word(r"(?:until|till?|through|thru|up to|ending|ends)(?: and including| on)?")
_START: Final = word(r"(?:starting|beginning|start|begin|commencing|from)(?: on| from)?")
_TIMES: Final = r"(?:for )?(?:a total of )?([0-9]{1,6}) ?(?:times?|x|occurrences?)\b"
_SPAN: Final = rf"for (?:the next |another )?({AMOUNTS})(?![^\W_])"
_OFTEN: Final = word(
    r"(?:twice|thrice|(?:[0-9]+|two|three|four|five|six|seven|several|many|a few) ?(?:times|x))"
    r" (?:an?|per|each|every|daily|weekly|monthly)"
)
_VAGUE: Final = word(r"bi-?(?:weekly|monthly|annually|yearly|annual)|semi-?(?:weekly|monthly)")
_HOURLY: Final = word(r"hourly|minutely|secondly")
_AFTER: Final = word(
    r"(?:after|from|following) (?:(?:the |its )?(?:last )?completi(?:on|ng)(?: it)?"
    r"|(?:it is |it's |its |it was |i am |i'm |being |last )?(?:done|completed|finished)"
    r"|finishing(?: it)?|i (?:did|do|finish|complete)(?: it)?)"
)
_AN: Final = word(r"an?|one")
_ONLY: Final = r"(?:, )?(?:but )?(?:only (?:on |if (?:it is|it's|that is) (?:an? )?)?|if (?:it is|it's) (?:an? )?)"
_EXCEPT: Final = r"(?:, )?(?:except|excluding|but not|but|apart from)(?: for)?(?: on| in)? "
_WEEKS: Final = r"(?:, )?(?:with )?(?:the )?weeks? (?:starting|beginning|starts)(?: on)? "
_FILLER: Final = word(r"repeat(?:s|ing|ed)?|recurring|recurs?|and|then|please|,")
_STOP_WORDS: Final = "for|until|till|starting|beginning|every|weeks|only|except"
_STOP: Final = rf" ,(?! [0-9]{{4}}\b)| (?:{_STOP_WORDS})\b"
_STOP_AT: Final = rf"{_STOP}| at\b"
_EXACT_DATE: Final = r"([0-9]{1,2}) ([a-z]+) ([0-9]{4})$"


def refusals(cursor: Cursor, _draft: Draft, _here: Here) -> bool:
    if cursor.sees(_OFTEN):
        raise ValueError(
            "name the days, e.g. 'every mon and thu' or 'on the 1st and 15th'; "
            "for several times a day make one task for each"
        )
    if cursor.sees(_VAGUE):
        raise ValueError(
            "may mean every two or twice in one; say e.g. 'every 2 weeks' or 'every mon and thu'"
        )
    if cursor.take(_HOURLY):
        cursor.text, cursor.at = "hour", 0
        refuse_sub_daily(cursor)
    return False


def time_of_day(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    begin = cursor.at
    longest, times = begin, Times()
    for form, read in clock_words.FORMS:
        found = cursor.take(word(form))
        if found and found.end() > longest:
            longest, times = found.end(), read(found)
        cursor.at = begin
    cursor.go_to(longest)
    if times.clock:
        draft.fill("clock", times.clock)
    if times.part:
        draft.fill("part", times.part)
    return longest > begin


def completion(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    """`after completion`, `3 days after completion`."""
    before = cursor.at
    times = 1 if cursor.take(_AN) else number(cursor)
    rhythm = Draft()
    if times is not None and not unit(cursor, rhythm, times):
        cursor.at = before
        return False
    if not cursor.take(_AFTER):
        cursor.at = before
        return False
    if rhythm.freq and rhythm.interval:
        draft.every(rhythm.freq, rhythm.interval)
    draft.completion = True
    return True


def how_long(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    """`10 times`, `for 10 times`, `for 3 weeks`."""
    times = cursor.take(_TIMES)
    if times:
        draft.fill("count", int(times[1]))
        return True
    span = cursor.take(_SPAN)
    amounts = read_amounts(span[1]) if span else None
    if amounts is None:
        return False
    if amounts.seconds:
        raise ValueError("'for' takes days, weeks, months or years here, e.g. 'for 3 weeks'")
    draft.fill("span", amounts)
    return True


def until(cursor: Cursor, draft: Draft, here: Here) -> bool:
    if not cursor.take(_UNTIL):
        return False
    words = _words(cursor, draft)
    draft.fill("until", _exact(words) or _local(_when(words, here), here))
    return True


def starting(cursor: Cursor, draft: Draft, here: Here) -> bool:
    before = cursor.at
    if not cursor.take(_START):
        return False
    days = weekdays(cursor)
    if days and len(days) > 1:
        draft.weekdays.extend(days)
        return True
    cursor.at = before
    cursor.take(_START)
    when = _when(_words(cursor, draft), here)
    draft.fill("start", when.on)
    if when.time:
        draft.fill("clock", Clock(when.time))
    return True


def _words(cursor: Cursor, draft: Draft) -> str:
    """What belongs to a *when*; `at` begins the time of day of the recurrence if it has none yet."""
    return cursor.upto(_STOP if draft.clock else _STOP_AT).replace(" ,", ",")


def _exact(words: str) -> Local | None:
    """Forms that mean one day whatever the day today is, of any year."""
    found = Cursor(words).take(_EXACT_DATE)
    try:
        if found and (number_of := month(Cursor(found[2]))):
            return date(int(found[3]), number_of, int(found[1]))
        parsed = datetime.fromisoformat(words.upper())
    except ValueError:
        return None
    if parsed.tzinfo:
        return None
    return parsed if "t" in words or ":" in words else parsed.date()


def _when(words: str, here: Here) -> When:
    if not words:
        raise ValueError("until or from when? Say e.g. 'until 24 december'")
    return parse_when(
        words, now=here.now, zone=here.zone, argument=here.argument, week_start=here.week_start
    )


def _local(when: When, here: Here) -> Local:
    return when.on if when.at is None else wall(when.at, here.zone)


def only(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    """`only on fridays`, `if it is the first friday`."""
    before = cursor.at
    if not cursor.take(_ONLY):
        return False
    cursor.take(ON)
    found = cursor.listed(lambda at: _only_day(at, draft))
    if not found:
        cursor.at = before
    return bool(found)


def _only_day(cursor: Cursor, draft: Draft) -> bool | None:
    n = ordinal(cursor)
    group = weekdays(cursor)
    if group is None:
        return None
    if n is None:
        draft.only.extend(group)
    else:
        draft.places.extend((n, day) for day in group)
    return True


def leaving_out(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    """`except sunday`, `except in august`."""
    if not cursor.take(_EXCEPT):
        return False
    days = [day for group in cursor.listed(weekdays) for day in group]
    months = [] if days else cursor.listed(month)
    if days and not draft.numbered:
        draft.weekdays = [day for day in draft.weekdays or range(7) if day not in days]
    elif months:
        draft.months = [each for each in draft.months or range(1, 13) if each not in months]
    else:
        raise ValueError(
            "only weekdays and months can be left out in words ('every day except sunday'); "
            "leave single dates out with exceptions"
        )
    if not draft.weekdays and not draft.months:
        raise ValueError("leaves nothing over")
    return True


def week_start(cursor: Cursor, draft: Draft, _here: Here) -> bool:
    before = cursor.at
    day = cursor.one_of(DAY) if cursor.take(_WEEKS) else None
    if day is None:
        cursor.at = before
        return False
    draft.fill("week_start", day)
    return True


def filler(cursor: Cursor, _draft: Draft, _here: Here) -> bool:
    return cursor.take(_FILLER) is not None
