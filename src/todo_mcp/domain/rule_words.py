"""The vocabulary of recurrences in words, and a cursor that reads it."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from todo_mcp.domain.duration import NUMBER_WORDS
from todo_mcp.domain.rule_shape import Freq

T = TypeVar("T")

WORKDAYS: Final = (0, 1, 2, 3, 4)
WEEKEND: Final = (5, 6)
QUARTER: Final = 3

ORDINAL_WORDS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_ORDINALS: Final = {word: number for number, word in enumerate(ORDINAL_WORDS, start=1)}

_DAY_NAMES: Final = (
    "mon(?:days?)?",
    "tue(?:s|sdays?)?",
    "wed(?:s|nesdays?)?",
    "thu(?:rs?|rsdays?)?",
    "fri(?:days?)?",
    "sat(?:urdays?)?",
    "sun(?:days?)?",
)
_MONTH_NAMES: Final = (
    "jan(?:uary)?",
    "feb(?:ruary)?",
    "mar(?:ch)?",
    "apr(?:il)?",
    "may",
    "june?",
    "july?",
    "aug(?:ust)?",
    "sept?(?:ember)?",
    "oct(?:ober)?",
    "nov(?:ember)?",
    "dec(?:ember)?",
)
_CLASSES: Final = (
    (r"week ?days?|(?:work|business|working|week)[ -]?days?", WORKDAYS),
    (r"weekend(?:[ -]?days?|s)?", WEEKEND),
)
_UNITS: Final = (
    (r"d(?:ays?)?", (Freq.DAILY, 1)),
    (r"w(?:ee)?ks?|w", (Freq.WEEKLY, 1)),
    (r"fortnights?", (Freq.WEEKLY, 2)),
    (r"months?|mths?|mos?", (Freq.MONTHLY, 1)),
    (r"quarters?", (Freq.MONTHLY, QUARTER)),
    (r"half[ -]?years?", (Freq.MONTHLY, 6)),
    (r"y(?:ea)?rs?|y", (Freq.YEARLY, 1)),
)


def word(pattern: str) -> str:
    """Whole words at the cursor."""
    return rf"(?:{pattern})(?![^\W_])"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """At its first use: most processes never read a phrase."""
    return re.compile(pattern)


DAY: Final = tuple((word(rf"{name}\.?"), number) for number, name in enumerate(_DAY_NAMES))
MONTH: Final = tuple((word(rf"{name}\.?"), number) for number, name in enumerate(_MONTH_NAMES, 1))
DAY_CLASS: Final = tuple((word(name), days) for name, days in _CLASSES)
UNIT: Final = tuple((word(name), unit) for name, unit in _UNITS)
# "every second friday" counts weeks; only a bare "second" is one of time.
SUB_DAILY: Final = word(r"h(?:ou)?rs?|h|min(?:ute)?s?|m|secs?|seconds|second(?=$| ,)|s")
RANGE: Final = r"(?:-|to(?= )|through(?= )|thru(?= )) ?"
SEPARATOR: Final = r"(?:, ?)?(?:(?:and|plus)\b|[&+/])? ?"
ON: Final = r"(?:(?:on|in|the)\b ?){0,2}"
_ON: Final = word("on")
_JOINED: Final = r"(?:,|\b(?:and|plus)|[&+/]) ?$"
EVERY: Final = word(r"(?:once )?(?:every|each|all)|once (?:an?|per)")
OF: Final = word(r"of|in|during")
THE: Final = word(r"the|each|every|an?|any")
_NUMBER: Final = word(rf"([0-9]{{1,6}})|({'|'.join(NUMBER_WORDS)})")
_ORDINAL: Final = word(
    rf"(?:([0-9]{{1,4}})(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))"
    r"(?:(?:[ -]to(?:[ -]the)?)?[ -](last))?"
)
_LAST: Final = word(r"last|final")
_PENULTIMATE: Final = word(r"penultimate|next[ -]to[ -]last")


def nth(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    teen = number // 10 % 10 == 1
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


class Cursor:
    """Reads a tidied phrase from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def take(self, pattern: str) -> re.Match[str] | None:
        found = _compiled(pattern).match(self.text, self.at)
        if found is None or found.end() == self.at:
            return None
        self.go_to(found.end())
        return found

    def go_to(self, at: int) -> None:
        """To the next word from there."""
        while self.text[at : at + 1] == " ":
            at += 1
        self.at = at

    def joined(self, at: int) -> bool:
        """Whether a comma or an `and` leads to this place."""
        return _compiled(_JOINED).search(self.text, 0, at) is not None

    def sees(self, pattern: str) -> bool:
        return _compiled(pattern).match(self.text, self.at) is not None

    def upto(self, pattern: str) -> str:
        """Takes everything before the pattern, or the rest."""
        stop = _compiled(pattern).search(self.text, self.at)
        found = self.text[self.at : stop.start() if stop else None]
        self.go_to(self.at + len(found))
        return found.strip()

    def one_of(self, words: tuple[tuple[str, T], ...]) -> T | None:
        return next((meaning for pattern, meaning in words if self.take(pattern)), None)

    def listed(self, read: Callable[["Cursor"], T | None]) -> list[T]:
        """`a, b and c` or `a b c`: as many as follow, the cursor behind the last."""
        found: list[T] = []
        while True:
            before = self.at
            if found:
                if not self.take(SEPARATOR) and self.sees(_ON):
                    return found  # "monday on tuesday" is no list of both
                self.take(ON)
            item = read(self)
            if item is None:
                self.at = before
                return found
            found.append(item)


def number(cursor: Cursor) -> int | None:
    found = cursor.take(_NUMBER)
    if found is None:
        return None
    return int(found[1]) if found[1] else NUMBER_WORDS[found[2]]


def ordinal(cursor: Cursor) -> int | None:
    """`2nd`, `second`, `last`, `second-to-last`: 2, 2, -1, -2."""
    if cursor.take(_PENULTIMATE):
        return -2
    if cursor.take(_LAST):
        return -1
    found = cursor.take(_ORDINAL)
    if found is None:
        return None
    value = int(found[1]) if found[1] else _ORDINALS[found[2]]
    return -value if found[3] else value


def month(cursor: Cursor) -> int | None:
    return cursor.one_of(MONTH)


def weekdays(cursor: Cursor) -> tuple[int, ...] | None:
    """`mon`, `mon-fri`, `weekdays`."""
    group = cursor.one_of(DAY_CLASS)
    if group is not None:
        return group
    first = cursor.one_of(DAY)
    if first is None:
        return None
    before = cursor.at
    last = cursor.one_of(DAY) if cursor.take(RANGE) else None
    if last is None:
        cursor.at = before
        return (first,)
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
