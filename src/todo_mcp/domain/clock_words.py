"""Times of day in words: `5pm`, `17:00`, `half past nine`, `noon`, `in the evening`.

What a part of the day means where no time is given: morning 09:00, noon and lunch
12:00, after lunch 13:00, afternoon 15:00, evening 19:00, night and tonight 20:00. Looking back it is where the part begins: 06:00, 12:00,
18:00, 20:00. An hour from 1 to 7 alone (`at 5`) is refused, as it may be either half of the day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Final

from todo_mcp.domain.duration import NUMBER_WORDS
from todo_mcp.domain.span import Refusal

_NOON: Final = 12
_FULL_HOUR: Final = 60
_DAY_HOURS: Final = 24
# Hours that nobody means by night when they say the number alone: at 8 is 08:00, at 5 is a question.
_FIRST_PLAIN_HOUR: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day: its usual time, where it begins, where it ends, which hours it may name."""

    usual: time
    begins: time
    ends: time  # 00:00 is the end of the day
    hours: range


PARTS: Final = {
    "morning": Part(time(9), time(6), time(12), range(1, 12)),
    "afternoon": Part(time(15), time(12), time(18), range(12, 19)),
    "evening": Part(time(19), time(18), time(0), range(16, 24)),
    "night": Part(time(20), time(20), time(0), range(18, 24)),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as written, before it is known which half of the day is meant."""

    at: time
    loose: bool = False  # 1 to 12 without am or pm
    bare: bool = False  # and without minutes
    midnight: bool = False  # the word: it belongs to two days

    def settle(self, part: str | None) -> time:
        """The time meant, within a part of the day if one was named."""
        if part is None:
            if self.bare and self.at.hour < _FIRST_PLAIN_HOUR:
                early, late = self.at, self.at.replace(hour=self.at.hour + _NOON)
                raise Refusal(f"may mean {early:%H:%M} or {late:%H:%M}. Give one of these.")
            return self.at
        hours = (
            {self.at.hour, (self.at.hour + _NOON) % _DAY_HOURS} if self.loose else {self.at.hour}
        )
        fitting = hours & set(PARTS[part].hours)
        if len(fitting) != 1:
            raise Refusal(f"contradicts itself: {self.at:%H:%M} is not in the {part}.")
        return self.at.replace(hour=fitting.pop())


@dataclass(frozen=True, slots=True)
class Times:
    """What words about the time of day say; either or both."""

    clock: Clock | None = None
    part: str | None = None


_HOURS: Final = {word: number for word, number in NUMBER_WORDS.items() if number <= _NOON}
_HOUR: Final = rf"(?P<hour>[0-9]{{1,2}}|{'|'.join(_HOURS)})"
_HALF: Final = r"(?: ?(?P<half>[ap]m))"
_MINUTES: Final = {"half": 30, "quarter": 15, "a quarter": 15}


def _number(text: str) -> int:
    return _HOURS.get(text) or int(text)


def _clock(hour: int, minute: int, half: str | None, second: int = 0, micro: int = 0) -> Clock:
    spoken = 1 <= hour <= _NOON
    if not (hour < _DAY_HOURS and minute < _FULL_HOUR and second < _FULL_HOUR):
        raise Refusal("names no time of day; times run from 00:00 to 23:59.")
    if half:
        if not spoken:
            raise Refusal(f"names no time of day; with {half} hours run from 1 to 12.")
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    return Clock(time(hour, minute, second, micro), loose=spoken and not half)


def digits(found: re.Match[str]) -> Clock:
    """A matched `TIME`."""
    fraction = (found["micro"] or "").ljust(6, "0")
    return _clock(
        int(found["hour"]),
        int(found["minute"]),
        found["half"],
        int(found["second"] or 0),
        int(fraction),
    )


def _hour(found: re.Match[str]) -> Times:
    groups = found.groupdict()
    minute, half = groups.get("minute"), groups.get("half")
    clock = _clock(_number(found["hour"]), int(minute or 0), half)
    return Times(Clock(clock.at, clock.loose, bare=clock.loose and minute is None))


def _hour_of_part(found: re.Match[str]) -> Times:
    clock = _clock(_number(found["hour"]), int(found["minute"] or 0), None)
    return Times(clock, found["part"] or "night")


def _past_or_to(found: re.Match[str]) -> Times:
    minutes = _MINUTES.get(found["count"]) or int(found["count"])
    clock = _clock(_number(found["hour"]), 0, found["half"])
    hour = clock.at.hour
    if found["way"] == "to":
        hour, minutes = (hour - 1) % _DAY_HOURS, _FULL_HOUR - minutes
    if not 0 < minutes < _FULL_HOUR:
        raise Refusal("names no time of day; an hour has 60 minutes.")
    return Times(Clock(time(hour, minutes), clock.loose, bare=clock.loose))


TIME: Final = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    rf"(?::(?P<second>[0-9]{{2}})(?:\.(?P<micro>[0-9]{{1,6}}))?)?{_HALF}?"
)
_HOUR_OF_PART: Final = (
    rf"(?:at |by )?{_HOUR}(?:[.:](?P<minute>[0-9]{{2}}))?"
    r" (?:in the (?P<part>morning|afternoon|evening)|at night)"
)
FORMS: Final[list[tuple[str, Callable[[re.Match[str]], Times]]]] = [
    (rf"(?:at |by )?{TIME}", lambda found: Times(digits(found))),
    (rf"(?:at |by )?{_HOUR}(?:\.(?P<minute>[0-9]{{2}}))?{_HALF}", _hour),
    (rf"(?:at |by )?{_HOUR} ?o'?clock{_HALF}?", _hour),
    (_HOUR_OF_PART, _hour_of_part),
    (rf"(?:at|by) {_HOUR}(?:\.(?P<minute>[0-9]{{2}}))?", _hour),
    (
        rf"(?:at |by )?(?P<count>half|(?:a )?quarter|[0-9]{{1,2}}) (?P<way>past|to) {_HOUR}{_HALF}?",
        _past_or_to,
    ),
    (r"(?:at |by )?(?:12 )?(?:noon|midday)", lambda _: Times(Clock(time(_NOON)))),
    (r"(?:at )?lunch(?:time)?", lambda _: Times(Clock(time(_NOON)))),
    (r"after lunch", lambda _: Times(Clock(time(_NOON + 1)))),
    (r"(?:at |by )?(?:12 )?midnight", lambda _: Times(Clock(time(0), midnight=True))),
    (
        rf"(?:in the |at )?(?P<part>{'|'.join(PARTS)})",
        lambda found: Times(part=found["part"]),
    ),
]


@cache
def _compiled() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], Times]]]:
    return [(re.compile(form), read) for form, read in FORMS]


def read_time(plain: str) -> time | None:
    """The time of day that these words name, all of them; None if they are something else."""
    for form, read in _compiled():
        found = form.fullmatch(plain)
        if found:
            times = read(found)
            return times.clock.settle(times.part) if times.clock else PARTS[found["part"]].usual
    return None
