"""Random series, and when each of their reminders has to fire by another reckoning than the product's.

Dates are asked of the day-walker, one after the other; instants of `zoneinfo` alone. Nothing here
knows how the product steps, counts or converts.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.domain.rule_oracles import random_rule, walked_days
from todo_mcp.domain.rule_shape import Freq, Rule

USERS_ZONE = "Europe/Vienna"
ZONES = (
    USERS_ZONE,
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
CLOCKS = (time(9), time(2, 30), time(1, 15), time(0, 0), time(23, 45))
SPECS = ("0m", "-30m", "-1d", "-1d 09:00", "-2h")
DAY_START = time(9)
HORIZON = timedelta(days=500)
DAYS = (Freq.DAILY, Freq.WEEKLY)

Key = tuple[str, int, str]
"""A reminder: the series by its title, the occurrence's number, how it was written."""


def instant(on: date, clock: time, zone: str) -> datetime:
    """A skipped hour is read by the offset before the gap, a doubled one by the first."""
    return datetime.combine(on, clock, ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Chain:
    title: str
    rule: Rule
    first: date
    clock: time | None
    zone: str
    completion: bool
    specs: tuple[str, ...]
    dates: list[date]
    exceptions: list[date]
    occurs: date = field(init=False)
    n: int = 1
    over: bool = False
    beyond: bool = False  # the next date lies past the horizon: it is left alone
    waiting: dict[Key, datetime] = field(default_factory=dict[Key, datetime])

    def __post_init__(self) -> None:
        self.occurs = self.first

    @property
    def wish(self) -> dict[str, Any]:
        due = self.first if self.clock is None else datetime.combine(self.first, self.clock)
        place = {} if self.clock is None else {"zone": self.zone}
        return place | {
            "title": self.title,
            "due": due.isoformat(),
            "recurrence": str(self.rule),
            "anchor": "completion" if self.completion else "schedule",
            "reminders": list(self.specs),
        }

    @property
    def due(self) -> datetime:
        return self._due(self.occurs)

    def _due(self, on: date) -> datetime:
        if self.clock is None:
            return instant(on, DAY_START, USERS_ZONE)
        return instant(on, self.clock, self.zone)

    def begin(self, now: datetime) -> None:
        """The reminders of the open occurrence, as of its making; what has passed does not fire."""
        targets = {(self.title, self.n, spec): self._target(spec) for spec in self.specs}
        self.waiting = {key: at for key, at in targets.items() if at > now}

    def _target(self, spec: str) -> datetime:
        zone = USERS_ZONE if self.clock is None else self.zone
        clock = self.clock or DAY_START
        day_before = self.occurs - timedelta(days=1)
        return {
            "0m": self.due,
            "-30m": self.due - timedelta(minutes=30),
            "-2h": self.due - timedelta(hours=2),
            "-1d": instant(day_before, clock, zone),
            "-1d 09:00": instant(day_before, time(9), zone),
        }[spec]

    def fires(self, now: datetime) -> dict[Key, datetime]:
        """What fires with the clock at this time."""
        due = {key: at for key, at in self.waiting.items() if at <= now}
        self.waiting = {key: at for key, at in self.waiting.items() if at > now}
        return due

    def close(self, now: datetime) -> None:
        """The next occurrence; what waited does not fire any more."""
        dates = self._intervals(now) if self.completion else iter(self.dates)
        ahead = (on for on in dates if self._may_follow(on, now))
        following = next(ahead, None)
        if following is None or (self.completion and self.n == self.rule.count):
            self.over, self.waiting = True, {}
            self.beyond = not self.completion and len(self.dates) != self.rule.count
            return
        self.occurs, self.n = following, self.n + 1
        self.begin(now)

    def _may_follow(self, on: date, now: datetime) -> bool:
        if on in self.exceptions or (not self.completion and on <= self.occurs):
            return False
        if self.clock is None:
            return on >= now.astimezone(ZoneInfo(USERS_ZONE)).date()
        return self._due(on) > now

    def _intervals(self, now: datetime) -> Iterator[date]:
        zone = USERS_ZONE if self.clock is None else self.zone
        done = now.astimezone(ZoneInfo(zone)).date()
        for times in range(1, 40):
            yield _later(done, self.rule.freq, times * self.rule.interval)


def _later(day: date, freq: Freq, amount: int) -> date:
    if freq in DAYS:
        return day + timedelta(days=amount * (7 if freq is Freq.WEEKLY else 1))
    months = day.month - 1 + amount * (12 if freq is Freq.YEARLY else 1)
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def random_chain(random: Random, number: int, now: datetime) -> Chain:
    """A series that begins within some days."""
    while True:
        rule, completion = _rhythm(random)
        asked = now.date() + timedelta(days=random.randint(1, 3))
        once = rule.model_copy(update={"interval": 1})
        first = next(walked_days(once, asked, asked, asked + timedelta(days=20)), None)
        if first is not None:
            break
    limit = random.choice([None, None, random.randint(3, 30)])
    dates = list(walked_days(rule, first, first, first + HORIZON))[:limit]
    gone = [] if completion else random.sample(dates[1:12], min(len(dates[1:12]), 3))
    zone = random.choice(ZONES)
    return Chain(
        title=f"series {number}",
        rule=rule.model_copy(update={"count": limit}),
        first=first,
        clock=random.choice([None, *(clock for clock in CLOCKS if _exists(first, clock, zone))]),
        zone=zone,
        completion=completion,
        specs=tuple(random.sample(SPECS, 3)),
        dates=dates,
        exceptions=gone,
    )


def _exists(on: date, clock: time, zone: str) -> bool:
    """A due in the hour that is skipped is refused."""
    return instant(on, clock, zone).astimezone(ZoneInfo(zone)).time() == clock


def _rhythm(random: Random) -> tuple[Rule, bool]:
    """Mostly dense ones: what comes once a year fires nothing in a month."""
    dice = random.random()
    if dice < 0.25:
        freq = random.choice([Freq.DAILY, Freq.DAILY, Freq.WEEKLY, Freq.MONTHLY])
        return Rule(freq=freq, interval=random.choice([1, 2, 3])), True
    if dice < 0.75:
        return Rule(freq=Freq.DAILY, interval=random.choice([1, 1, 2, 3])), False
    return random_rule(random), False
