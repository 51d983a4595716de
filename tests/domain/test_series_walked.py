"""Whole series, exceptions, extra dates and ends included, against asking every single day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.domain.rule_oracles import random_day, random_rule, seeded, walked_days
from todo_mcp.domain.recurrence import Recurrence, caught_up, following, occurrences
from todo_mcp.domain.rule_shape import Freq, Local, Rule

pytestmark = pytest.mark.many

SEEDS, A_SEED = 10, 500  # 5,000 series
NIGHTLY_SEEDS = 100  # 50,000
# So many days that dense rules have dozens of dates and the common sparse ones some.
LONG = {Freq.DAILY: 200, Freq.WEEKLY: 400, Freq.MONTHLY: 700, Freq.YEARLY: 1_500}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        nightly = metafunc.config.option.nightly
        metafunc.parametrize("seed", range(NIGHTLY_SEEDS if nightly else SEEDS))


def test_series_agree_with_asking_every_single_day(seed: int) -> None:
    random = seeded(seed)
    for _ in range(A_SEED):
        series, last = random_series(random)
        walked = list(_walked(series, last))
        found = list(_until(occurrences(series, None, 0), last))
        assert found == walked, f"{series}"
        if not walked:
            continue
        # From any of them on, and from any day at all, the rest is the same.
        at = random.randrange(len(walked))
        local, passed = walked[at]
        rest = list(_until(occurrences(series, local, passed), last))
        assert rest == walked[at + 1 :], f"{series} after {local}"
        next_one = walked[at + 1][0] if at + 1 < len(walked) else None
        assert next_one is None or following(series, local, passed=passed) == next_one


def test_what_was_missed_is_counted_as_the_walker_counts(seed: int) -> None:
    random = seeded(1_000 + seed)
    for _ in range(A_SEED // 5):
        series, last = random_series(random)
        walked = list(_walked(series, last))
        if len(walked) < 2 or series.extra:  # extra dates are passed by, not counted
            continue
        local, passed = walked[0]
        today = _day(random.choice(walked)[0]) + timedelta(days=random.randint(0, 3))
        after, counted = caught_up(series, local, passed, today)
        kept = [each for each in walked if each[0] > after]
        assert list(_until(occurrences(series, after, counted), last)) == kept, f"{series} {today}"


def random_series(random: Random) -> tuple[Recurrence, date]:
    rule, start = random_rule(random), random_day(random)
    last = start + timedelta(days=LONG[rule.freq])
    clock = random.choice([None, time(9), time(0, 0), time(23, 59)])
    days = list(walked_days(rule, start, start, last))
    end: dict[str, Any] = random.choice(
        [
            {},
            {"count": random.randint(1, 40)},
            {"until": _local(random_day(random, start, 400), clock)},
        ]
    )
    values = {
        "rule": str(Rule.model_validate(rule.model_dump() | end)),
        "zone": None if clock is None else "Europe/Vienna",
        "start": _local(start, clock),
        "exceptions": _exceptions(random, days, clock),
        "extra": tuple(
            _local(random_day(random, start, 300), clock) for _ in range(random.choice([0, 0, 3]))
        ),
    }
    return Recurrence.model_validate(values), last


def _exceptions(random: Random, days: list[date], clock: time | None) -> tuple[Local, ...]:
    """Some of its dates, as whole days or as moments."""
    chosen = random.sample(days, min(len(days), random.choice([0, 1, 3, 20])))
    return tuple(_local(day, random.choice([None, clock])) for day in chosen)


def _local(day: date, clock: time | None) -> Local:
    return day if clock is None else datetime.combine(day, clock)


def _day(local: Local) -> date:
    return local.date() if isinstance(local, datetime) else local


def _until(dates: Iterator[tuple[Local, int]], last: date) -> Iterator[tuple[Local, int]]:
    for local, passed in islice(dates, 3_000):
        if _day(local) > last:
            return
        yield local, passed


def _walked(series: Recurrence, last: date) -> Iterator[tuple[Local, int]]:
    """Each day is asked: does the rule name it, is it within the end, is it extra or left out?"""
    rule, start = series.parsed, _day(series.start)
    named = set(walked_days(rule, start, start, last))
    extra = {_day(day) for day in series.extra}
    counted, day = 0, start
    while day <= last:
        local = _local(day, series.time)
        of_rule = day in named and _within(rule, local) and counted != rule.count
        counted += of_rule
        left_out = day in series.exceptions or local in series.exceptions
        if (of_rule or day in extra) and not left_out:
            yield local, counted
        day += timedelta(days=1)


def _within(rule: Rule, local: Local) -> bool:
    if rule.until is None:
        return True
    if isinstance(rule.until, datetime) and isinstance(local, datetime):
        return local <= rule.until
    return _day(local) <= _day(rule.until)
