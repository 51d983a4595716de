"""What the words of a recurrence said, slot by slot, and the rule they add up to."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final, Literal

from todo_mcp.domain.clock_words import PARTS, Clock
from todo_mcp.domain.duration import Amounts
from todo_mcp.domain.rule_shape import Freq, Local, Place, Rule
from todo_mcp.domain.rule_words import QUARTER
from todo_mcp.domain.span import WEEKDAYS

Scope = Literal["month", "quarter", "year"]

_FREQ_OF_SCOPE: Final = {"month": Freq.MONTHLY, "quarter": Freq.MONTHLY, "year": Freq.YEARLY}
# So often a weekday comes in every month, and so many days has every month.
_WEEKS: Final = 4
_DAYS: Final = 28
_MONTHS: Final = 12


COMPLETION_TAKES: Final = "counting from completion takes a plain interval, e.g. 'every! 3 days'"


@dataclass(slots=True)
class Draft:
    """Filled clause by clause. `each` says that plain weekdays of a month mean every one of them."""

    freq: Freq | None = None
    interval: int | None = None
    quarters: bool = False
    scope: Scope | None = None
    weekdays: list[int] = field(default_factory=list[int])
    each: bool = False
    places: list[Place] = field(default_factory=list[Place])
    month_days: list[int] = field(default_factory=list[int])
    positions: list[int] = field(default_factory=list[int])
    months: list[int] = field(default_factory=list[int])
    dates: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    only: list[int] = field(default_factory=list[int])
    clock: Clock | None = None
    part: str | None = None
    count: int | None = None
    until: Local | None = None
    span: Amounts | None = None
    start: date | None = None
    completion: bool = False
    week_start: int | None = None

    def fill(self, slot: str, value: Any) -> None:
        """Set a slot that is still empty."""
        if getattr(self, slot) not in (None, value):
            raise ValueError(f"two different values for {_SPOKEN.get(slot, slot)}; give one")
        setattr(self, slot, value)

    def every(self, freq: Freq, interval: int) -> None:
        if interval < 1:
            raise ValueError("how often? An interval counts from 1")
        self.fill("freq", freq)
        self.fill("interval", interval)

    def weekdays_after(self, held: int) -> None:
        """Refuse weekdays that were said anew, behind others, and not joined to them by a word.

        Raises:
            ValueError: the later ones are others.
        """
        first, later = sorted({*self.weekdays[:held]}), sorted({*self.weekdays[held:]})
        if first and later and first != later:
            both = _and(sorted({*first, *later}))
            raise ValueError(
                f"{_and(first)} contradicts {_and(later)}; for both say 'every {both}', "
                "else give one of them"
            )

    @property
    def time(self) -> time | None:
        if self.clock:
            return self.clock.settle(self.part)
        return PARTS[self.part].usual if self.part else None

    @property
    def numbered(self) -> bool:
        return bool(self.places or self.month_days or self.positions)

    def rule(self, week_start: int) -> Rule:
        """The rule without the ends that depend on its first date.

        Raises:
            ValueError: the words contradict each other, or say too little.
        """
        _check_dates(self)
        _check_scope(self)
        values = _special(self) or {"freq": _freq(self), "interval": self.interval or 1}
        months: list[int] = values.pop("months", self.months)
        rule = Rule(
            **values,
            count=self.count,
            until=self.until,
            by_month=tuple(months),
            by_month_day=tuple(self.month_days),
            by_day=self._by_day(),
            by_set_pos=tuple(self.positions),
            week_start=week_start if self.week_start is None else self.week_start,
        )
        if self.completion and not rule.plain:
            raise ValueError(COMPLETION_TAKES)
        return rule

    def _by_day(self) -> tuple[Place, ...]:
        if self.only and (self.weekdays or self.places):
            raise ValueError("weekdays are given twice; give them once")
        plain = [*self.weekdays, *self.only]
        if plain and self.places:
            raise ValueError(
                "numbered weekdays ('first monday') do not mix with plain ones ('monday'); "
                "use one kind"
            )
        return (*self.places, *((None, day) for day in plain))


def _and(days: list[int]) -> str:
    *more, last = (WEEKDAYS[day] for day in days)
    return f"{', '.join(more)} and {last}" if more else last


_SPOKEN: Final = {
    "freq": "how often",
    "interval": "how often",
    "scope": "the period",
    "clock": "the time of day (a recurrence has one; make one task for each)",
    "part": "the time of day (a recurrence has one; make one task for each)",
    "until": "the end",
    "span": "the end",
    "count": "how many times",
    "start": "the first day",
}


def _check_dates(draft: Draft) -> None:
    """Days and months of a rule are multiplied: 1 January and 25 December are not one rule."""
    days = {day for day, _ in draft.dates}
    months = {month for _, month in draft.dates} | set(draft.months)
    if draft.dates and len(set(draft.dates)) != len(days) * len(months):
        raise ValueError(
            "different days of different months are more than one rule; make one task for each"
        )


def _check_scope(draft: Draft) -> None:
    """`every day of the year` is as good as every day; other rhythms contradict another period."""
    if draft.scope is None or draft.freq in {None, _FREQ_OF_SCOPE[draft.scope]}:
        return
    if draft.numbered or draft.freq is not Freq.DAILY:
        raise ValueError(f"'of the {draft.scope}' contradicts how often; give one of them")


def _freq(draft: Draft) -> Freq:
    freq = draft.freq or _implied(draft)
    by_period = freq in {Freq.MONTHLY, Freq.YEARLY}
    if draft.weekdays and by_period and not (draft.each or draft.positions):
        raise ValueError(
            "which weekday of the period? Say e.g. 'first monday of the month', "
            "'last weekday of the month', or 'every monday'"
        )
    return freq


def _implied(draft: Draft) -> Freq:
    if draft.numbered:
        if draft.scope:
            return _FREQ_OF_SCOPE[draft.scope]
        return Freq.YEARLY if draft.months and not draft.positions else Freq.MONTHLY
    if draft.weekdays:
        return Freq.WEEKLY
    if draft.months:
        return Freq.YEARLY
    if draft.part or draft.clock:
        raise ValueError("how often? Say e.g. 'every day at 9:00'")
    raise ValueError("how often? Say e.g. 'every day', 'every tuesday' or 'monthly'")


def _special(draft: Draft) -> dict[str, Any] | None:
    """Days counted in a quarter or a year, put as days of its first or last month."""
    if not draft.numbered:
        return None
    if draft.quarters or draft.scope == "quarter":
        return _of_quarter(draft)
    if draft.positions and (draft.scope == "year" or draft.freq is Freq.YEARLY):
        return _of_year(draft)
    if draft.month_days and draft.scope == "year" and not draft.months:
        months = _edge_months(draft, _MONTHS, "year")
        return {"freq": Freq.YEARLY, "interval": draft.interval or 1, "months": months}
    return None


def _of_quarter(draft: Draft) -> dict[str, Any]:
    if draft.months or (draft.interval or QUARTER) != QUARTER:
        raise ValueError("the quarter contradicts the months or the interval; give one of them")
    return {"freq": Freq.MONTHLY, "months": _edge_months(draft, QUARTER, "quarter")}


def _of_year(draft: Draft) -> dict[str, Any]:
    """BYSETPOS is known with FREQ=MONTHLY only, which does for one month of the year."""
    months = draft.months or _edge_months(draft, _MONTHS, "year")
    years = draft.interval or 1
    if years > 1 and len(set(months)) > 1:
        raise ValueError("days picked in several months of every few years are not supported")
    return {"freq": Freq.MONTHLY, "interval": _MONTHS * years if years > 1 else 1, "months": months}


def _edge_months(draft: Draft, length: int, name: str) -> list[int]:
    numbers = [*draft.month_days, *draft.positions, *(n or 0 for n, _ in draft.places)]
    reach = _WEEKS if draft.places else _WEEKS * len(draft.weekdays) or _DAYS
    if all(0 < n <= reach for n in numbers):
        return list(range(1, _MONTHS + 1, length))
    if all(-reach <= n < 0 for n in numbers):
        return list(range(length, _MONTHS + 1, length))
    raise ValueError(
        f"these days of the {name} are not supported; say in which months they are instead"
    )
