"""The stepper against two oracles, and within its bounds."""

import time
from datetime import date
from itertools import islice

import pytest

from tests.domain.rule_oracles import (
    dateutil_days,
    random_day,
    random_rule,
    seeded,
    walked_days,
)
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_shape import Rule
from todo_mcp.domain.stepper import HORIZON_DAYS, LAST_DAY, days, how_many

BATCHES = 24
RULES_A_BATCH = 1000


def stepped(rule: Rule, start: date, low: date, n: int) -> list[date]:
    found = islice(days(rule, start.toordinal(), low.toordinal()), n)
    return [date.fromordinal(day) for day in found]


@pytest.mark.many
@pytest.mark.parametrize("seed", range(BATCHES))
def test_it_agrees_with_dateutil_on_random_rules(seed: int) -> None:
    random = seeded(seed)
    for _ in range(RULES_A_BATCH):
        rule, start = random_rule(random), random_day(random)
        low = random_day(random, start, random.choice([0, 10, 400, 2000]))
        ours = stepped(rule, start, low, 4)
        # A rule without dates would keep dateutil busy until the year 9999; the walker covers those.
        assert ours == dateutil_days(rule, start, low, len(ours)), f"{rule} from {start}, {low}"


@pytest.mark.many
@pytest.mark.parametrize("seed", range(100, 104))
def test_it_agrees_with_asking_every_single_day(seed: int) -> None:
    random = seeded(seed)
    for _ in range(250):
        rule, start = random_rule(random, wild=True), random_day(random)
        low = random_day(random, start, 800)
        high = date.fromordinal(low.toordinal() + 500)
        ours = [day for day in stepped(rule, start, low, 600) if day <= high]
        assert ours == list(walked_days(rule, start, low, high)), f"{rule} from {start}, {low}"


def test_a_rule_without_dates_has_none_for_sixty_years_of_days() -> None:
    random = seeded(7)
    barren = 0
    while barren < 12:
        rule, start = random_rule(random), random_day(random)
        if not stepped(rule, start, start, 1):
            barren += 1
            high = date.fromordinal(start.toordinal() + HORIZON_DAYS - 366)
            assert not list(walked_days(rule, start, start, high)), f"{rule} from {start}"


@pytest.mark.many
@pytest.mark.parametrize("seed", range(200, 204))
def test_counting_agrees_with_stepping(seed: int) -> None:
    random = seeded(seed)
    for _ in range(500):
        rule, start = random_rule(random, wild=True), random_day(random)
        low, high = sorted((random_day(random), random_day(random)))
        first_forty = islice(days(rule, start.toordinal(), low.toordinal()), 40)
        counted = [day for day in first_forty if day < high.toordinal()]
        found = how_many(rule, start.toordinal(), low.toordinal(), high.toordinal(), 40)
        assert found == len(counted), f"{rule} from {start}, {low} to {high}"


def test_leap_days_on_a_weekday_are_found_across_the_year_2100() -> None:
    rule = parse_rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA")
    found = stepped(rule, date(2026, 1, 1), date(2026, 1, 1), 3)
    assert found == [date(2048, 2, 29), date(2076, 2, 29), date(2116, 2, 29)]


def test_it_ends_before_the_calendar_does() -> None:
    for text in ("FREQ=DAILY", "FREQ=WEEKLY;BYMONTH=3", "FREQ=MONTHLY", "FREQ=YEARLY;BYDAY=-1SU"):
        rule, late = parse_rule(text), date(9998, 11, 30)
        assert len(list(days(rule, late.toordinal(), late.toordinal()))) < 40
        assert not list(days(rule, late.toordinal(), LAST_DAY + 1))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("FREQ=DAILY", 25_000),
        ("FREQ=WEEKLY", 4000),
        ("FREQ=MONTHLY;BYMONTHDAY=1", 900),
        ("FREQ=YEARLY;BYDAY=1MO", 90),
    ],
)
def test_the_horizon_counts_from_each_date_anew(text: str, n: int) -> None:
    start = date(2026, 11, 24)
    assert len(stepped(parse_rule(text), start, start, n)) == n


def test_months_that_the_interval_never_comes_to_cost_nothing() -> None:
    rule, start = parse_rule("FREQ=MONTHLY;INTERVAL=3;BYMONTH=2"), date(2026, 1, 15)
    before = time.thread_time()
    assert not stepped(rule, start, start, 1)
    assert time.thread_time() - before < 0.002


def test_the_week_start_decides_which_weeks_count() -> None:
    start = date(1997, 8, 5)
    monday = parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO")
    sunday = parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU")
    assert [day.day for day in stepped(monday, start, start, 4)] == [5, 10, 19, 24]
    assert [day.day for day in stepped(sunday, start, start, 4)] == [5, 17, 19, 31]


@pytest.mark.milliseconds
def test_any_rule_steps_in_milliseconds_from_far_away() -> None:
    random = seeded(3)
    spent: list[float] = []
    for _ in range(2000):
        rule, start = random_rule(random, wild=True), random_day(random, date(1950, 1, 1), 9000)
        before = time.process_time()
        stepped(rule, start, date(2026, 11, 24), 1)
        spent.append(time.process_time() - before)
    spent.sort()
    assert spent[len(spent) * 99 // 100] < 0.003
    assert spent[-1] < 0.05  # a pause of the collector or the machine may hit any of them
