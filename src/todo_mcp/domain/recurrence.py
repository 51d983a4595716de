"""The recurrence that a series stores, and the questions asked of it.

Everything happens on the wall of the series' zone: 09:00 stays 09:00 across DST. Whoever wants an
instant takes `zone.instant`, which moves a skipped hour forward and takes the first of two.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_dates import clock_of, date_of, day_of
from todo_mcp.domain.rule_shape import MAX_COUNT, Anchor, Freq, Local, Rule, StoredLocal
from todo_mcp.domain.rule_text import sentence
from todo_mcp.domain.stepper import LAST_DAY, LAST_YEAR, days, how_many
from todo_mcp.domain.zone import instant, wall
from todo_mcp.errors import RuleError

MAX_EXCEPTIONS: Final = 1000

Occurrence = tuple[Local, int]
"""A date of the series, and how many of the rule's dates have passed with it (for COUNT)."""


class Recurrence(BaseModel):
    """What `series` stores. `start` is the first date; intervals count from it.

    `rule` is canonical RFC 5545 text. A date among the `exceptions` of a timed series leaves out
    the whole day. `extra` dates do not count towards COUNT.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    zone: str | None
    start: StoredLocal
    anchor: Anchor = "schedule"
    exceptions: tuple[StoredLocal, ...] = ()
    extra: tuple[StoredLocal, ...] = ()

    @field_validator("rule")
    @classmethod
    def _readable(cls, rule: str) -> str:
        try:
            parse_rule(rule, "rule")
        except RuleError as error:
            raise ValueError(str(error)) from error
        return rule

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.zone is None) is self.timed:
            raise ValueError("a timed series has a zone, an all-day one has none")
        if any(isinstance(day, datetime) for day in self.exceptions if not self.timed):
            raise ValueError("the exceptions of an all-day series are dates")
        if any(isinstance(day, datetime) is not self.timed for day in self.extra):
            raise ValueError("extra dates are timed where the series is, and only there")
        if max(len(self.exceptions), len(self.extra)) > MAX_EXCEPTIONS:
            raise ValueError(f"a series has at most {MAX_EXCEPTIONS} exceptions and extra dates")
        if self.anchor == "completion" and (self.extra or not self.parsed.plain):
            raise ValueError("a series that counts from completion takes a plain interval only")
        return self

    @property
    def timed(self) -> bool:
        return isinstance(self.start, datetime)

    @property
    def sentence(self) -> str:
        """`every other Tuesday at 18:00`."""
        return sentence(self.parsed, self.time, self.anchor)

    @property
    def parsed(self) -> Rule:
        return parse_rule(self.rule, zone=self.zone or "UTC")

    @property
    def time(self) -> time | None:
        return clock_of(self.start)


def instant_of(recurrence: Recurrence, local: Local) -> datetime | None:
    """When a date of the series is (UTC); None when it is a whole day."""
    if isinstance(local, datetime) and recurrence.zone is not None:
        return instant(local, recurrence.zone)
    return None


def following(recurrence: Recurrence, after: Local, *, passed: int) -> Local | None:
    """The next date after `after`, up to which `passed` of the rule's dates have passed."""
    return next((local for local, _ in occurrences(recurrence, after, passed)), None)


def upcoming(recurrence: Recurrence, after: Local, n: int, passed: int) -> list[Local]:
    return [local for local, _ in islice(occurrences(recurrence, after, passed), n)]


def next_open(
    recurrence: Recurrence,
    occurs: Local,
    passed: int,
    *,
    now: datetime,
    zone: str,
    done: datetime | None = None,
) -> Occurrence | None:
    """The occurrence to open after the one that stands for `occurs` was closed; None: none is left.

    It is the first whose date is today or later in `zone` (all day) or whose instant lies ahead
    (timed), so what was missed is not piled up. Counting from completion, it counts from the day
    of `done` (now, unless said otherwise) and keeps the time of day.
    """
    here = recurrence.zone or zone
    if recurrence.anchor == "completion":
        after = _moved(occurs, wall(done or now, here).date())
        return _next_interval(recurrence, after, passed, now=now, zone=here)
    after, passed = caught_up(recurrence, occurs, passed, wall(now, here).date())
    dates = occurrences(recurrence, after, passed)
    return next((found for found in dates if _ahead(found[0], here, now)), None)


def caught_up(recurrence: Recurrence, occurs: Local, passed: int, today: date) -> Occurrence:
    """A moment from which only a few dates are missed, and what has passed by then."""
    long_gone = today - timedelta(days=2)
    if long_gone <= day_of(occurs):
        return occurs, passed
    rule = recurrence.parsed
    limit = (rule.count or MAX_COUNT) - passed
    low = _first_day_after(occurs, recurrence.time)
    skipped = how_many(
        rule, recurrence.start.toordinal(), low, long_gone.toordinal() + 1, max(0, limit)
    )
    return _moved(recurrence.start, long_gone), passed + skipped


def _next_interval(
    recurrence: Recurrence, after: Local, passed: int, *, now: datetime, zone: str
) -> Occurrence | None:
    """Here COUNT counts what was closed, not the intervals that went by."""
    rule = recurrence.parsed
    if rule.count is not None and passed >= rule.count:
        return None
    left_out = frozenset(recurrence.exceptions)
    for local in _rule_dates(recurrence, rule, after):
        if _ahead(local, zone, now) and not _among(left_out, local):
            return local, passed + 1
    return None


def occurrences(recurrence: Recurrence, after: Local | None, passed: int) -> Iterator[Occurrence]:
    """All dates after `after` (None: from the start), exceptions left out and extra ones mixed in."""
    rule = recurrence.parsed
    dates = _rule_dates(recurrence, rule, after)
    left = None if rule.count is None else max(0, rule.count - passed)
    counted = enumerate(islice(dates, left), start=passed + 1)
    extra = sorted({day for day in recurrence.extra if after is None or day > after})
    left_out = frozenset(recurrence.exceptions)
    for local, number in _merged(counted, extra, passed):
        if not _among(left_out, local):
            yield local, number


def _among(exceptions: frozenset[Local], local: Local) -> bool:
    return local in exceptions or day_of(local) in exceptions


def _merged(
    counted: Iterable[tuple[int, Local]], extra: list[Local], passed: int
) -> Iterator[Occurrence]:
    waiting = list(reversed(extra))
    for number, local in counted:
        while waiting and waiting[-1] <= local:
            day = waiting.pop()
            if day < local:
                yield day, passed
        passed = number
        yield local, passed
    for day in reversed(waiting):
        yield day, passed


def _rule_dates(recurrence: Recurrence, rule: Rule, after: Local | None) -> Iterator[Local]:
    clock = recurrence.time
    if recurrence.anchor == "completion" and after is not None:
        numbers = _intervals(rule, day_of(after))
    else:
        start = recurrence.start.toordinal()
        numbers = days(rule, start, start if after is None else _first_day_after(after, clock))
    for number in numbers:
        local = date_of(rule, number, clock)
        if local is None:
            return
        yield local


def _first_day_after(after: Local, clock: time | None) -> int:
    same_day = isinstance(after, datetime) and clock is not None and clock > after.time()
    return after.toordinal() + (0 if same_day else 1)


def _intervals(rule: Rule, after: date) -> Iterator[int]:
    """One interval after a day, two, and so on; a month after 31 January is the last of February."""
    if rule.freq in {Freq.DAILY, Freq.WEEKLY}:
        step = rule.interval * (7 if rule.freq is Freq.WEEKLY else 1)
        yield from range(after.toordinal() + step, LAST_DAY + 1, step)
        return
    step = rule.interval * (12 if rule.freq is Freq.YEARLY else 1)
    for month in count(12 * after.year + after.month - 1 + step, step):
        year, index = divmod(month, 12)
        if year > LAST_YEAR:
            return
        yield date(year, index + 1, min(after.day, monthrange(year, index + 1)[1])).toordinal()


def _ahead(local: Local, zone: str, now: datetime) -> bool:
    if isinstance(local, datetime):
        return instant(local, zone) > now
    return local >= wall(now, zone).date()


def _moved(local: Local, day: date) -> Local:
    return datetime.combine(day, local.time()) if isinstance(local, datetime) else day
