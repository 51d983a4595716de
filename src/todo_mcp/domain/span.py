"""Calendar arithmetic for words such as `next friday`, `end of month` or `last week`."""

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2200
_FARTHEST: Final = 100_000  # days: more than all those years, and far from overflow
SATURDAY: Final = 5
SUNDAY: Final = 6
_WEEK: Final = 7
_LONGEST_MONTH: Final = 31
_A_LEAP_YEAR: Final = 2000
_LEAP_GAP: Final = 8  # years to the next 29 February across a common century such as 2100


class Refusal(Exception):  # noqa: N818 (a turn of the parser, not a failure of its own)
    """Why words were understood and still cannot stand; goes on from the quoted words."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, both ends included."""

    first: date
    last: date
    named: str = ""  # what a stretch was called that has no one day ("a whole month"), else empty
    nearest: bool = False  # one of many, taken because it is near: the 12th, 27 nov
    back: bool = False  # words that look back: yesterday, 3 days ago, last week


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the reader stands: the day on the wall, which way words look, how weeks begin."""

    today: date
    past: bool
    week_start: int

    @property
    def step(self) -> int:
        return -1 if self.past else 1


Days = Callable[[Frame], Span]


def day(on: date, *, back: bool = False) -> Span:
    return Span(on, on, back=back)


def in_range(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return year


def real_date(year: int, month: int, day_: int) -> date:
    """The date, or a refusal that says how long the month is."""
    in_range(year)
    if not 1 <= month <= len(MONTHS):
        raise Refusal("names no month; months run from 1 to 12.")
    length = calendar.monthrange(year, month)[1]
    if not 1 <= day_ <= length:
        raise Refusal(f"does not exist: {MONTHS[month - 1]} {year} has {length} days.")
    return date(year, month, day_)


def plus_days(on: date, days: int) -> date:
    if abs(days) > _FARTHEST:
        in_range(LAST_YEAR + 1)
    moved = on + timedelta(days=days)
    in_range(moved.year)
    return moved


def plus_months(on: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    in_range(year)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def plus_workdays(on: date, count: int) -> date:
    """`count` days on or back, Saturdays and Sundays not counted."""
    weeks, rest = divmod(abs(count), 5)
    step = 1 if count >= 0 else -1
    moved = plus_days(on, step * weeks * _WEEK)
    while rest or moved.weekday() >= SATURDAY:
        moved = plus_days(moved, step)
        rest -= moved.weekday() < SATURDAY and rest > 0
    return moved


def coming(today: date, weekday: int) -> date:
    """The next such weekday, never today."""
    return plus_days(today, (weekday - today.weekday() - 1) % _WEEK + 1)


def gone(today: date, weekday: int) -> date:
    """The last such weekday, never today."""
    return plus_days(today, -((today.weekday() - weekday - 1) % _WEEK + 1))


def bare_weekday(frame: Frame, weekday: int) -> Span:
    return day((gone if frame.past else coming)(frame.today, weekday))


def week(frame: Frame, ahead: int = 0) -> Span:
    first = plus_days(frame.today, -((frame.today.weekday() - frame.week_start) % _WEEK))
    first = plus_days(first, ahead * _WEEK)
    return Span(first, plus_days(first, _WEEK - 1), "a whole week")


def is_week(span: Span) -> bool:
    return (span.last - span.first).days == _WEEK - 1


def in_week(span: Span, weekday: int) -> date:
    return plus_days(span.first, (weekday - span.first.weekday()) % _WEEK)


def weekend(frame: Frame, ahead: int = 0) -> Span:
    """Saturday and Sunday; on a Sunday `this` one began yesterday."""
    today = frame.today
    saturday = plus_days(today, -1 if today.weekday() == SUNDAY else SATURDAY - today.weekday())
    saturday = plus_days(saturday, ahead * _WEEK)
    return Span(saturday, plus_days(saturday, 1))


def month(on: date, ahead: int = 0) -> Span:
    first = plus_months(on.replace(day=1), ahead)
    length = calendar.monthrange(first.year, first.month)[1]
    return Span(first, first.replace(day=length), "a whole month")


def quarter(on: date, ahead: int = 0) -> Span:
    first = plus_months(date(on.year, (on.month - 1) // 3 * 3 + 1, 1), ahead * 3)
    return Span(first, month(first, 2).last, "a whole quarter")


def year(on: date, ahead: int = 0) -> Span:
    number = in_range(on.year + ahead)
    return Span(date(number, 1, 1), date(number, 12, 31), "a whole year")


def stretch(frame: Frame, unit: str, ahead: int = 0) -> Span:
    """The week, month, quarter or year that many after the current one."""
    if unit == "week":
        return week(frame, ahead)
    if unit == "weekend":
        return weekend(frame, ahead)
    return {"month": month, "quarter": quarter, "year": year}[unit](frame.today, ahead)


def next_weekday(frame: Frame, weekday: int) -> Span:
    """`next friday`: refused where the coming one and the one of next week differ."""
    first = coming(frame.today, weekday)
    second = in_week(week(frame, 1), weekday)
    return day(one_of(frame, first, second))


def next_weekend(frame: Frame) -> Span:
    saturday = one_of(frame, coming(frame.today, SATURDAY), in_week(week(frame, 1), SATURDAY))
    return Span(saturday, plus_days(saturday, 1))


def this_weekday(frame: Frame, weekday: int) -> Span:
    """Today where it is that weekday; else the coming one, or looking back this week's."""
    if frame.today.weekday() == weekday:
        return day(frame.today)
    return bare_weekday(frame, weekday)


def one_of(frame: Frame, first: date, second: date) -> date:
    if first != second:
        today = WEEKDAYS[frame.today.weekday()]
        raise Refusal(
            f"is ambiguous on a {today}: {told(frame, first)} or {told(frame, second)}. "
            "Give one of these dates."
        )
    return first


def told(frame: Frame, on: date) -> str:
    days = (on - frame.today).days
    return f"{on} (in {days} {'day' if days == 1 else 'days'})"


def day_of_month(frame: Frame, number: int) -> Span:
    """`the 12th`: the next such day, today included; months without it are passed over."""
    if not 1 <= number <= _LONGEST_MONTH:
        raise Refusal("does not exist: months have at most 31 days.")
    months = (month(frame.today, ahead * frame.step) for ahead in range(3))
    dates = (of.first.replace(day=number) for of in months if number <= of.last.day)
    return _first_not_over(frame, dates)


def day_of_year(frame: Frame, month_: int, number: int) -> Span:
    """`27 nov`: the next such date, today included; a 29 February waits for its leap year."""
    longest = calendar.monthrange(_A_LEAP_YEAR, month_)[1]
    if not 1 <= number <= longest:
        raise Refusal(f"does not exist: {MONTHS[month_ - 1]} has {longest} days at most.")
    years = (in_range(frame.today.year + ahead * frame.step) for ahead in range(_LEAP_GAP + 1))
    dates = (
        date(year_, month_, number)
        for year_ in years
        if number <= calendar.monthrange(year_, month_)[1]
    )
    return _first_not_over(frame, dates)


def _first_not_over(frame: Frame, dates: Iterable[date]) -> Span:
    on = next(on for on in dates if (on <= frame.today if frame.past else on >= frame.today))
    return Span(on, on, nearest=True)


def month_named(frame: Frame, month_: int, year_: int | None, step: int = 0) -> Span:
    """`november`: the current or next one (looking back: the current or last)."""
    if year_ is None and frame.past:
        year_ = frame.today.year - (month_ > frame.today.month)
    elif year_ is None:
        year_ = frame.today.year + (month_ < frame.today.month)
    return month(date(in_range(year_ + step), month_, 1))


def nth(span: Span, number: int, weekday: int) -> date:
    """The nth such weekday of a span, from its end where `number` is negative."""
    if number > 0:
        on = plus_days(coming(plus_days(span.first, -1), weekday), (number - 1) * _WEEK)
    else:
        on = plus_days(gone(plus_days(span.last, 1), weekday), (number + 1) * _WEEK)
    if not span.first <= on <= span.last:
        raise Refusal("does not exist: there are not that many.")
    return on
