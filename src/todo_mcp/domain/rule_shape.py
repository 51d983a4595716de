"""What a rule is: the supported part of RFC 5545's RRULE, its limits and its canonical text."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

Local = date | datetime
"""A date (all day) or a naive wall time."""


def _read_local(value: Any) -> Any:
    read = value
    if isinstance(value, str):
        read = (date if len(value) == len("2026-11-27") else datetime).fromisoformat(value)
    if isinstance(read, datetime) and read.tzinfo is not None:
        raise ValueError("a wall time has no offset")
    return read


# Left to itself pydantic reads midnight as a date.
StoredLocal = Annotated[Local, BeforeValidator(_read_local)]

Anchor = Literal["schedule", "completion"]

Place = tuple[int | None, int]
"""Which of a weekday (0 is Monday): the 2nd, the last (-1), or every one (None)."""

MAX_COUNT: Final = 10_000
DAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Freq(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


MAX_INTERVAL: Final = {
    Freq.DAILY: 36_500,
    Freq.WEEKLY: 5_200,
    Freq.MONTHLY: 1_200,
    Freq.YEARLY: 100,
}


class Rule(BaseModel):
    """Says which dates; the time of day is that of the series' start. `str()` is RFC 5545 text.

    Equal rules have equal text: lists are sorted, what says nothing is dropped, and
    `DAILY;BYDAY=…` is `WEEKLY`. A timed `until` is wall time in the series' zone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: StoredLocal | None = None
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[Place, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        given = cast("dict[str, Any]", values)
        single = given.get("interval", 1) == 1
        if given.get("freq") == Freq.DAILY and single and given.get("by_day"):
            given = {**given, "freq": Freq.WEEKLY}
        if given.get("freq") != Freq.WEEKLY or single:
            given = {**given, "week_start": 0}
        return given

    @field_validator("by_month", "by_month_day", "by_set_pos")
    @classmethod
    def _sorted(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(numbers), key=lambda n: (n < 0, n)))

    @field_validator("by_day")
    @classmethod
    def _sorted_places(cls, places: tuple[Place, ...]) -> tuple[Place, ...]:
        return tuple(sorted(set(places), key=lambda p: ((p[0] or 0) < 0, p[0] or 0, p[1])))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for check in (_check_numbers, _check_month_days, _check_weekdays, _check_positions):
            check(self)
        return self

    @property
    def plain(self) -> bool:
        """Nothing but an interval, and an end perhaps."""
        return self.plain_days and not self.by_month

    @property
    def plain_days(self) -> bool:
        """The start says which day of the period."""
        return not (self.by_month_day or self.by_day)

    @property
    def by_whole_year(self) -> bool:
        """BYDAY counts within the year, not within a month."""
        return self.freq is Freq.YEARLY and not self.by_month

    def __str__(self) -> str:
        return ";".join(f"{name}={value}" for name, value in self._parts())

    def _parts(self) -> Iterator[tuple[str, str]]:
        yield "FREQ", self.freq.value
        if self.interval != 1:
            yield "INTERVAL", str(self.interval)
        if self.count is not None:
            yield "COUNT", str(self.count)
        if self.until is not None:
            yield "UNTIL", _until_text(self.until)
        yield from self._by_parts()
        if self.week_start:
            yield "WKST", DAY_CODES[self.week_start]

    def _by_parts(self) -> Iterator[tuple[str, str]]:
        lists = {
            "BYMONTH": map(str, self.by_month),
            "BYMONTHDAY": map(str, self.by_month_day),
            "BYDAY": (f"{n or ''}{DAY_CODES[day]}" for n, day in self.by_day),
            "BYSETPOS": map(str, self.by_set_pos),
        }
        for name, values in lists.items():
            if text := ",".join(values):
                yield name, text


def _until_text(until: Local) -> str:
    basic = until.isoformat().replace("-", "").replace(":", "")
    return basic.partition(".")[0]


def _check_numbers(rule: Rule) -> None:
    _within("INTERVAL", (rule.interval,), 1, MAX_INTERVAL[rule.freq], f"for FREQ={rule.freq}")
    if rule.count is not None:
        _within("COUNT", (rule.count,), 1, MAX_COUNT)
        if rule.until is not None:
            raise ValueError("COUNT and UNTIL are both given; keep one of them")
    _within("BYMONTH", rule.by_month, 1, 12)
    _within("WKST", (rule.week_start,), 0, 6)


def _check_month_days(rule: Rule) -> None:
    if not rule.by_month_day:
        return
    _within_either_end("BYMONTHDAY", rule.by_month_day, 31)
    if rule.freq in {Freq.DAILY, Freq.WEEKLY}:
        raise ValueError(f"BYMONTHDAY does not go with FREQ={rule.freq}; use FREQ=MONTHLY")
    if rule.by_whole_year:
        raise ValueError(
            "FREQ=YEARLY with BYMONTHDAY needs BYMONTH, else programs disagree about its dates; "
            "add BYMONTH, or use FREQ=MONTHLY for every month"
        )


def _check_weekdays(rule: Rule) -> None:
    _within("BYDAY", tuple(day for _, day in rule.by_day), 0, 6)
    numbers = tuple(n for n, _ in rule.by_day if n is not None)
    if not numbers:
        return
    if len(numbers) < len(rule.by_day):
        raise ValueError("BYDAY mixes numbered weekdays (2TU) with plain ones (TU); use one kind")
    if rule.freq in {Freq.DAILY, Freq.WEEKLY}:
        raise ValueError(
            f"numbered weekdays in BYDAY (2TU) do not go with FREQ={rule.freq}; use FREQ=MONTHLY"
        )
    _within_either_end("the number in BYDAY", numbers, 53 if rule.by_whole_year else 5)


def _check_positions(rule: Rule) -> None:
    if not rule.by_set_pos:
        return
    if rule.freq is not Freq.MONTHLY:
        raise ValueError(f"BYSETPOS does not go with FREQ={rule.freq}; use FREQ=MONTHLY")
    if not (rule.by_day or rule.by_month_day):
        raise ValueError("BYSETPOS picks from BYDAY or BYMONTHDAY; add one of them")
    _within_either_end("BYSETPOS", rule.by_set_pos, 31)


def _within(name: str, values: tuple[int, ...], low: int, high: int, where: str = "") -> None:
    for value in values:
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}; it goes from {low} to {high} {where}".rstrip())


def _within_either_end(name: str, values: tuple[int, ...], high: int) -> None:
    for value in values:
        if value == 0 or abs(value) > high:
            raise ValueError(f"{name} is {value}; it goes from 1 to {high}, or -1 to -{high}")
