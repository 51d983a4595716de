"""What a series is asked: next dates, exceptions, COUNT, completion, what was missed."""

import time
from datetime import UTC, date, datetime, time as clock, timedelta
from random import Random

import pytest
from dateutil.rrule import rrulestr
from pydantic import ValidationError

from tests.domain.rule_oracles import random_day, random_rule, seeded
from todo_mcp.domain.recurrence import (
    Recurrence,
    following,
    next_open,
    occurrences,
    upcoming,
)
from todo_mcp.domain.rule_dates import first_from
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.zone import instant

VIENNA = "Europe/Vienna"
NINE = clock(9)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def all_day(rule: str, start: str, **more: object) -> Recurrence:
    values = {"rule": rule, "zone": None, "start": date.fromisoformat(start), **more}
    return Recurrence.model_validate(values)


def timed(rule: str, start: str, zone: str = VIENNA, **more: object) -> Recurrence:
    return Recurrence.model_validate({"rule": rule, "zone": zone, "start": at(start), **more})


def opened(
    series: Recurrence, occurs: Local, passed: int, now: str, done: str | None = None
) -> tuple[str, int] | None:
    """The next occurrence and its count, with `now` and `done` on the wall in Vienna."""
    found = next_open(
        series,
        occurs,
        passed,
        now=instant(at(now), VIENNA),
        zone=VIENNA,
        done=instant(at(done), VIENNA) if done else None,
    )
    if found is None:
        return None
    return found[0].isoformat()[:16], found[1]


def test_the_next_date_follows_the_one_closed_not_the_day_it_was_closed() -> None:
    weekly = all_day("FREQ=WEEKLY", "2026-11-27")
    early = opened(weekly, date(2026, 11, 27), 1, "2026-11-24T10:00")
    assert early == ("2026-12-04", 2)
    assert opened(weekly, date(2026, 11, 27), 1, "2026-11-27T10:00") == ("2026-12-04", 2)


def test_missed_dates_give_one_catch_up_and_are_counted() -> None:
    daily = all_day("FREQ=DAILY", "2026-11-20")
    assert opened(daily, date(2026, 11, 20), 1, "2026-11-24T10:00") == ("2026-11-24", 5)
    at_nine = timed("FREQ=DAILY", "2026-11-20T09:00")
    assert opened(at_nine, at("2026-11-20T09:00"), 1, "2026-11-24T08:59") == ("2026-11-24T09:00", 5)
    assert opened(at_nine, at("2026-11-20T09:00"), 1, "2026-11-24T09:00") == ("2026-11-25T09:00", 6)


def test_years_of_missed_dates_are_counted_exactly() -> None:
    daily = all_day("FREQ=DAILY;COUNT=10000", "2001-01-01")
    found = opened(daily, date(2001, 1, 1), 1, "2026-11-24T10:00")
    assert found == ("2026-11-24", (date(2026, 11, 24) - date(2001, 1, 1)).days + 1)


def test_today_is_a_question_of_the_users_zone_for_whole_days() -> None:
    daily = all_day("FREQ=DAILY", "2026-11-23")
    late_in_vienna = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    for zone, expected in ((VIENNA, date(2026, 11, 24)), ("Asia/Tokyo", date(2026, 11, 25))):
        found = next_open(daily, date(2026, 11, 23), 1, now=late_in_vienna, zone=zone)
        assert found == (expected, (expected - date(2026, 11, 22)).days)


def test_exceptions_are_left_out_and_still_counted() -> None:
    series = all_day("FREQ=DAILY;COUNT=4", "2026-11-24", exceptions=["2026-11-25", "2026-11-27"])
    assert [day.isoformat() for day, _ in occurrences(series, None, 0)] == [
        "2026-11-24",
        "2026-11-26",
    ]
    assert opened(series, date(2026, 11, 24), 1, "2026-11-24T10:00") == ("2026-11-26", 3)
    assert opened(series, date(2026, 11, 26), 3, "2026-11-26T10:00") is None


def test_the_stored_count_is_what_ends_a_series() -> None:
    series = all_day("FREQ=WEEKLY;COUNT=3", "2026-11-24")
    assert following(series, date(2026, 11, 24), passed=2) == date(2026, 12, 1)
    assert following(series, date(2026, 11, 24), passed=3) is None
    assert upcoming(series, date(2026, 11, 24), 9, 1) == [date(2026, 12, 1), date(2026, 12, 8)]


def test_missed_dates_can_use_up_the_count() -> None:
    series = all_day("FREQ=DAILY;COUNT=3", "2026-11-20")
    assert opened(series, date(2026, 11, 20), 1, "2026-11-24T10:00") is None
    assert opened(series, date(2026, 11, 20), 1, "2026-11-22T10:00") == ("2026-11-22", 3)


def test_a_timed_exception_is_one_moment_and_a_date_is_the_whole_day() -> None:
    start = "2026-11-24T09:00"
    for left_out in ("2026-11-25T09:00", "2026-11-25"):
        series = timed("FREQ=DAILY", start, exceptions=[left_out])
        assert following(series, at(start), passed=1) == at("2026-11-26T09:00")
    other = timed("FREQ=DAILY", start, exceptions=["2026-11-25T10:00"])
    assert following(other, at(start), passed=1) == at("2026-11-25T09:00")


def test_extra_dates_come_in_between_without_being_counted() -> None:
    series = all_day("FREQ=WEEKLY;COUNT=2", "2026-11-24", extra=["2026-11-26", "2026-12-24"])
    assert list(occurrences(series, None, 0)) == [
        (date(2026, 11, 24), 1),
        (date(2026, 11, 26), 1),
        (date(2026, 12, 1), 2),
        (date(2026, 12, 24), 2),
    ]
    assert following(series, date(2026, 12, 1), passed=2) == date(2026, 12, 24)


def test_an_extra_date_on_a_date_of_the_rule_is_one_date() -> None:
    series = all_day("FREQ=WEEKLY", "2026-11-24", extra=["2026-12-01"])
    assert upcoming(series, date(2026, 11, 24), 2, 1) == [date(2026, 12, 1), date(2026, 12, 8)]


def test_an_end_ends_it() -> None:
    series = timed("FREQ=DAILY;UNTIL=20261125", "2026-11-24T09:00")
    assert upcoming(series, at("2026-11-24T09:00"), 9, 1) == [at("2026-11-25T09:00")]
    exact = timed("FREQ=DAILY;UNTIL=20261125T085959", "2026-11-24T09:00")
    assert upcoming(exact, at("2026-11-24T09:00"), 9, 1) == []


def test_counting_from_completion_starts_on_the_day_it_was_done() -> None:
    series = all_day("FREQ=DAILY;INTERVAL=3", "2026-11-20", anchor="completion")
    late = opened(series, date(2026, 11, 20), 1, "2026-11-24T10:00")
    assert late == ("2026-11-27", 2)
    early = opened(series, date(2026, 11, 30), 4, "2026-11-24T10:00")
    assert early == ("2026-11-27", 5)


def test_counting_from_completion_keeps_the_time_of_day() -> None:
    series = timed("FREQ=WEEKLY", "2026-11-20T09:00", anchor="completion")
    done = opened(series, at("2026-11-20T09:00"), 1, "2026-11-24T23:30")
    assert done == ("2026-12-01T09:00", 2)


def test_an_earlier_completion_counts_from_then_but_never_into_the_past() -> None:
    series = all_day("FREQ=DAILY;INTERVAL=3", "2026-11-10", anchor="completion")
    yesterday = opened(series, date(2026, 11, 10), 1, "2026-11-24T10:00", "2026-11-23T10:00")
    assert yesterday == ("2026-11-26", 2)
    long_ago = opened(series, date(2026, 11, 10), 1, "2026-11-24T10:00", "2026-11-11T10:00")
    assert long_ago == ("2026-11-26", 2)


def test_a_month_after_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    series = all_day("FREQ=MONTHLY", "2027-01-31", anchor="completion")
    assert opened(series, date(2027, 1, 31), 1, "2027-01-31T10:00") == ("2027-02-28", 2)
    assert opened(series, date(2027, 1, 31), 1, "2027-03-31T10:00") == ("2027-04-30", 2)
    yearly = all_day("FREQ=YEARLY", "2028-02-29", anchor="completion")
    assert opened(yearly, date(2028, 2, 29), 1, "2028-02-29T10:00") == ("2029-02-28", 2)


def test_with_completion_count_counts_what_was_closed() -> None:
    series = all_day("FREQ=DAILY;COUNT=3", "2026-11-20", anchor="completion")
    assert opened(series, date(2026, 11, 20), 1, "2026-11-24T10:00") == ("2026-11-25", 2)
    assert opened(series, date(2026, 11, 25), 2, "2026-11-30T10:00") == ("2026-12-01", 3)
    assert opened(series, date(2026, 12, 1), 3, "2026-12-01T10:00") is None


def test_with_completion_an_end_still_ends_it() -> None:
    series = all_day("FREQ=WEEKLY;UNTIL=20261130", "2026-11-20", anchor="completion")
    assert opened(series, date(2026, 11, 20), 1, "2026-11-23T10:00") == ("2026-11-30", 2)
    assert opened(series, date(2026, 11, 20), 1, "2026-11-24T10:00") is None


@pytest.mark.parametrize("seed", range(8))
def test_series_with_exceptions_and_ends_agree_with_dateutil(seed: int) -> None:
    random = seeded(seed)
    for _ in range(250):
        series, dates = random_series(random)
        closed, gone = dates[0], series.exceptions
        assert following(series, closed, passed=1) == next(
            (day for day in dates[1:] if day not in gone), None
        )
        now = closed + timedelta(days=random.randint(0, 450), minutes=random.randint(-1, 1))
        left = [
            (day, n) for n, day in enumerate(dates, 1) if day > max(now, closed) and day not in gone
        ]
        found = next_open(series, closed, 1, now=now.replace(tzinfo=UTC), zone="UTC")
        assert found == (left[0] if left else None), f"{series} at {now}"


def random_series(random: Random) -> tuple[Recurrence, list[datetime]]:
    """A timed series that ends within some years, and what dateutil says are its dates."""
    while True:
        rule = random_rule(random)
        start = first_from(rule, datetime.combine(random_day(random), NINE))
        if isinstance(start, datetime):
            break
    last = datetime.combine(random_day(random, start.date(), 600), NINE)
    end = random.choice([{"count": random.randint(1, 12)}, {"until": last}])
    rule = rule.model_copy(update=end)
    dates = list(rrulestr(str(rule), dtstart=start))
    gone = random.sample(dates[1:], min(len(dates) - 1, random.choice([0, 1, 3])))
    series = Recurrence(rule=str(rule), zone="UTC", start=start, exceptions=tuple(gone))
    return series, dates


def test_a_series_is_what_its_json_says() -> None:
    for series in (
        all_day("FREQ=DAILY", "2026-11-24", exceptions=["2026-11-25"]),
        timed("FREQ=DAILY", "2026-11-24T00:00", exceptions=["2026-11-25T00:00", "2026-11-26"]),
    ):
        copy = Recurrence.model_validate_json(series.model_dump_json())
        assert copy == series
        assert [type(day) for day in copy.exceptions] == [type(day) for day in series.exceptions]
        assert copy.timed is series.timed


@pytest.mark.parametrize(
    "values",
    [
        {"rule": "FREQ=HOURLY"},
        {"rule": "every day"},
        {"zone": VIENNA},
        {"start": "2026-11-24T09:00"},
        {"start": "2026-11-24T09:00Z", "zone": VIENNA},
        {"exceptions": ["2026-11-24T09:00"]},
        {"extra": ["2026-11-24T09:00"]},
        {"anchor": "completion", "rule": "FREQ=WEEKLY;BYDAY=MO"},
        {"anchor": "completion", "extra": ["2026-11-24"]},
        {"exceptions": ["2026-11-24"] * 1001},
        {"color": "red"},
    ],
)
def test_what_cannot_be_a_series_is_none(values: dict[str, object]) -> None:
    fine = {"rule": "FREQ=DAILY", "zone": None, "start": "2026-11-24"}
    assert Recurrence.model_validate(fine)
    with pytest.raises(ValidationError):
        Recurrence.model_validate({**fine, **values})


@pytest.mark.milliseconds
def test_any_series_answers_in_milliseconds_after_years_of_silence() -> None:
    random, spent = seeded(17), list[float]()
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    while len(spent) < 1500:
        rule = random_rule(random, wild=True)
        start = first_from(rule, random_day(random, date(2008, 1, 1), 6000))
        if start is None:
            continue
        series = Recurrence(rule=str(rule), zone=None, start=start)
        before = time.thread_time()
        next_open(series, start, 1, now=now, zone=VIENNA)
        spent.append(time.thread_time() - before)
    spent.sort()
    assert spent[len(spent) * 99 // 100] < 0.004
