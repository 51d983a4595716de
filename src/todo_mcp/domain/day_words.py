"""Days in words: a table of forms, each saying which days it means.

Which friday or which year is not in the words: a form gives a function of the `Frame` it is read in.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

from todo_mcp.domain import span
from todo_mcp.domain.duration import NUMBER_WORDS
from todo_mcp.domain.span import Days, Frame, Refusal, Span

Match = re.Match[str]

_WEEKDAY_FORMS: Final = (
    "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?"
)
_MONTH_FORMS: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_ORDINAL_WORDS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_ORDINALS: Final = {word: number for number, word in enumerate(_ORDINAL_WORDS.split(), start=1)}
_FEASTS: Final = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
    "new year": (1, 1),
}
_LAST_MONTH: Final = 12

_ANY_ORDINAL: Final = rf"[0-9]{{1,2}}(?:st|nd|rd|th)|{'|'.join(_ORDINALS)}"
_DAY: Final = rf"(?P<day>{_ANY_ORDINAL}|[0-9]{{1,2}}\.?)"
_COUNT: Final = rf"(?P<count>[0-9]+|an?|{'|'.join(NUMBER_WORDS)})"
_MONTH: Final = rf"(?P<month>{_MONTH_FORMS})"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_WHICH: Final = r"(?:(?P<which>last|previous|this|the|next) )?"
_UNIT: Final = r"(?P<unit>week|weekend|month|quarter|year)"
_OF: Final = rf"(?:(?:of|in) )?(?:{_WHICH}{_UNIT}|{_MONTH}(?: {_YEAR})?)"
WEEKDAY: Final = rf"(?P<weekday>{_WEEKDAY_FORMS})"
DATE: Final = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_AHEAD: Final = {"last": -1, "previous": -1, "next": 1}


def weekday_number(word: str) -> int:
    return next(n for n, name in enumerate(span.WEEKDAYS) if name.lower().startswith(word[:3]))


def month_number(word: str) -> int:
    return next(n for n, name in enumerate(span.MONTHS, 1) if name.lower().startswith(word[:3]))


def written(found: Match) -> Days:
    """A matched date in figures, year first."""
    on = span.real_date(int(found["year"]), int(found["month"]), int(found["day"]))
    return lambda _: span.day(on)


def _ordinal(word: str) -> int:
    return _ORDINALS.get(word) or int(word.rstrip("stndrh."))


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBER_WORDS.get(word, 1)


def _from_today(count: int) -> Callable[[Match], Days]:
    return lambda _: lambda frame: span.day(span.plus_days(frame.today, count), back=count < 0)


def _figures(found: Match) -> Days:
    """`13/04` has one reading, `03/04` two: refused with both."""
    one, two, year = int(found["one"]), int(found["two"]), found["year"]
    readings = sorted({(m, d) for d, m in ((one, two), (two, one)) if 1 <= m <= _LAST_MONTH})
    if not readings:
        raise Refusal("names no month; months run from 1 to 12.")

    def days(frame: Frame) -> Span:
        dates = [
            span.real_date(int(year), m, d) if year else span.day_of_year(frame, m, d).first
            for m, d in readings
        ]
        if len(dates) > 1:
            raise Refusal(f"is ambiguous: {dates[1]} or {dates[0]}. Give one of these dates.")
        return span.day(dates[0])

    return days


def _short_year(_: Match) -> Days:
    raise Refusal("has a year of two digits. Write the date as 2026-11-27.")


def _day_and_month(found: Match) -> Days:
    number, month = _ordinal(found["day"]), month_number(found["month"])
    if found["year"]:
        on = span.real_date(int(found["year"]), month, number)
        return lambda _: span.day(on)
    return lambda frame: span.day_of_year(frame, month, number)


def _day_of_month(found: Match) -> Days:
    """`the 12th`, `the 1st of next month`."""
    number, which = _ordinal(found["day"]), found["which"]
    if which in {None, "the"}:
        return lambda frame: span.day_of_month(frame, number)
    ahead = _AHEAD.get(which, 0)

    def days(frame: Frame) -> Span:
        first = span.month(frame.today, ahead).first
        return span.day(span.real_date(first.year, first.month, number), back=ahead < 0)

    return days


def _named(found: Match, step: int = 0) -> Days:
    """The stretch that `which` and `unit`, or `month` and `year`, name, or one `step` from it."""
    if found["month"]:
        month, year = month_number(found["month"]), int(found["year"]) if found["year"] else None
        return lambda frame: span.month_named(frame, month, year, step)
    unit, ahead = found["unit"], _AHEAD.get(found["which"], 0)
    return lambda frame: replace(span.stretch(frame, unit, ahead + step), back=ahead < 0)


def _one_day(found: Match, pick: Callable[[Span], date]) -> Days:
    """A day of a stretch; where the words leave open which one, the nearest that is not over."""
    left_open = not found["year"] if found["month"] else found["which"] in {None, "the"}

    def days(frame: Frame) -> Span:
        of = _named(found)(frame)
        on = pick(of)
        if left_open and (on > frame.today if frame.past else on < frame.today):
            on = pick(_named(found, -1 if frame.past else 1)(frame))
        return span.day(on, back=of.back)

    return days


def _edge(found: Match) -> Days:
    """`end of next month`, `start of december`, `last day of the quarter`."""
    last = found["edge"] in {"end", "last day"}
    return _one_day(found, lambda of: of.last if last else of.first)


def _nth(found: Match) -> Days:
    """`first monday of next month`, `last friday of november`."""
    weekday = weekday_number(found["weekday"])
    number = -1 if found["nth"] == "last" else _ordinal(found["nth"])
    return _one_day(found, lambda of: span.nth(of, number, weekday))


def _stretch(found: Match) -> Days:
    """`next week` may stand for its first day, `this week` for no day."""
    days, which = _named(found), found["which"]
    if which == "next" and found["unit"] == "weekend":
        return span.next_weekend
    if which == "next":
        return lambda frame: replace(days(frame), named="")
    return days


def _which_weekday(found: Match) -> Days:
    weekday = weekday_number(found["weekday"])
    meanings: dict[str, Days] = {
        "next": lambda frame: span.next_weekday(frame, weekday),
        "this": lambda frame: span.this_weekday(frame, weekday),
        "coming": lambda frame: span.day(span.coming(frame.today, weekday)),
        "last": lambda frame: span.day(span.gone(frame.today, weekday), back=True),
    }
    return meanings[found["which"]]


def _weekday_week(found: Match) -> Days:
    """`friday week`: a week after the coming friday."""
    weekday = weekday_number(found["weekday"])
    return lambda frame: span.day(span.plus_days(span.coming(frame.today, weekday), 7))


def _row(found: Match) -> Days:
    """`last 7 days` and `next 7 days`, today being one of them."""
    back = found["which"] != "next"
    count = _count(found["count"]) * (7 if found["unit"] == "week" else 1)

    def days(frame: Frame) -> Span:
        far = span.plus_days(frame.today, max(count - 1, 0) * (-1 if back else 1))
        first, last = sorted((far, frame.today))
        return Span(first, last, "a row of days", back=back)

    return days


def _workdays(found: Match) -> Days:
    count, ago = _count(found["count"]), bool(found["ago"])
    return lambda frame: span.day(
        span.plus_workdays(frame.today, -count if ago else count), back=ago
    )


def _feast(found: Match) -> Days:
    month, number = _FEASTS[found["feast"]]
    return lambda frame: span.day_of_year(frame, month, number)


def _month_in_figures(found: Match) -> Days:
    first = span.real_date(int(found["year"]), int(found["month"]), 1)
    return lambda _: span.month(first)


def _year_in_figures(found: Match) -> Days:
    first = date(span.in_range(int(found["year"])), 1, 1)
    return lambda _: span.year(first)


def _end(unit: str) -> Callable[[Match], Days]:
    return lambda _: lambda frame: span.day(span.stretch(frame, unit).last)


_WORKDAY: Final = r"(?:business|working|work|week) ?day"
_WORKDAYS: Final = rf"{_COUNT} {_WORKDAY}s?"
_FIGURES: Final = r"(?P<one>[0-9]{1,2})(?P<sep>[-/.])(?P<two>[0-9]{1,2})"
FORMS: Final[list[tuple[str, Callable[[Match], Days]]]] = [
    (r"today|tod", _from_today(0)),
    (r"tomorrow|tmrw?|tmw", _from_today(1)),
    (r"(?:the |a )?day after tomorrow", _from_today(2)),
    (r"yesterday", _from_today(-1)),
    (r"(?:the |a )?day before yesterday", _from_today(-2)),
    (rf"(?:the )?(?P<which>next|this|coming|last) {WEEKDAY}", _which_weekday),
    (rf"{WEEKDAY} week", _weekday_week),
    (rf"(?:the )?(?P<edge>end|start|beginning|first day|last day) {_OF}", _edge),
    (rf"(?:the )?(?P<nth>last|{_ANY_ORDINAL}) {WEEKDAY} {_OF}", _nth),
    (rf"(?:the )?(?P<which>last|past|next) {_COUNT} (?P<unit>day|week)s?", _row),
    (rf"(?:the )?next {_WORKDAY}(?P<count>)(?P<ago>)", _workdays),
    (rf"in {_WORKDAYS}(?P<ago>)", _workdays),
    (rf"{_WORKDAYS} from (?:now|today)(?P<ago>)", _workdays),
    (rf"{_WORKDAYS}(?P<ago> ago)", _workdays),
    (rf"(?P<feast>{'|'.join(_FEASTS)})", _feast),
    (r"eow", _end("week")),
    (r"eom", _end("month")),
    (r"eoq", _end("quarter")),
    (r"eoy", _end("year")),
    (rf"(?:the )?{_DAY}(?: of)?[- /]?{_MONTH}(?:[- /]{_YEAR})?", _day_and_month),
    (rf"{_MONTH} {_YEAR}(?P<which>)(?P<unit>)", _named),
    (rf"{_MONTH} (?:the )?{_DAY}(?: {_YEAR})?", _day_and_month),
    (rf"the (?P<day>{_ANY_ORDINAL}|[0-9]{{1,2}})(?:(?: of)? {_WHICH}month)?", _day_of_month),
    (rf"(?P<day>[0-9]{{1,2}}(?:st|nd|rd|th))(?:(?: of)? {_WHICH}month)?", _day_of_month),
    (r"(?P<year>[0-9]{4})(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})", written),
    (rf"{_FIGURES}(?P=sep){_YEAR}", _figures),
    (rf"{_FIGURES}(?P=sep)[0-9]{{2}}", _short_year),
    (r"(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})(?P<year>)", _figures),
    (r"(?P<one>[0-9]{1,2})\.(?P<two>[0-9]{1,2})\.(?P<year>)", _figures),
    (r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", written),
    (r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})", _month_in_figures),
    (r"(?P<year>[0-9]{4})", _year_in_figures),
    (rf"(?:(?:in|of) )?(?:{_WHICH}{_UNIT}|(?:this )?{_MONTH})(?P<year>)", _stretch),
]
