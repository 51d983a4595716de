"""Words as stretches of time, for filters."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from tests.domain.test_when import instants, phrases, zones
from todo_mcp.domain.period import parse_period
from todo_mcp.errors import RuleError

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # a Monday, 15:00 in Vienna
DAYS = [
    ("today", "2026-11-23", "2026-11-23"),
    ("tomorrow", "2026-11-24", "2026-11-24"),
    ("yesterday", "2026-11-22", "2026-11-22"),
    ("3 days ago", "2026-11-20", "2026-11-20"),
    ("in 3 days", "2026-11-26", "2026-11-26"),
    ("week", "2026-11-23", "2026-11-29"),
    ("this week", "2026-11-23", "2026-11-29"),
    ("last week", "2026-11-16", "2026-11-22"),
    ("next week", "2026-11-30", "2026-12-06"),
    ("month", "2026-11-01", "2026-11-30"),
    ("last month", "2026-10-01", "2026-10-31"),
    ("next month", "2026-12-01", "2026-12-31"),
    ("quarter", "2026-10-01", "2026-12-31"),
    ("last quarter", "2026-07-01", "2026-09-30"),
    ("year", "2026-01-01", "2026-12-31"),
    ("last year", "2025-01-01", "2025-12-31"),
    ("weekend", "2026-11-28", "2026-11-29"),
    ("last weekend", "2026-11-21", "2026-11-22"),
    ("last 7 days", "2026-11-17", "2026-11-23"),
    ("next 7 days", "2026-11-23", "2026-11-29"),
    ("next 2 weeks", "2026-11-23", "2026-12-06"),
    ("2026-11-27", "2026-11-27", "2026-11-27"),
    ("2026-02", "2026-02-01", "2026-02-28"),
    ("2028-02", "2028-02-01", "2028-02-29"),
    ("2026", "2026-01-01", "2026-12-31"),
    ("february 2028", "2028-02-01", "2028-02-29"),
    ("friday next week", "2026-12-04", "2026-12-04"),
    ("last friday", "2026-11-20", "2026-11-20"),
]
SIDES = [
    ("fri", "2026-11-27", "2026-11-20"),
    ("monday", "2026-11-30", "2026-11-16"),
    ("27 nov", "2026-11-27", "2025-11-27"),
    ("the 12th", "2026-12-12", "2026-11-12"),
    ("december", "2026-12-01", "2025-12-01"),
]
TIMES = [
    ("2026-11-27T17:00", "2026-11-27T16:00Z", timedelta(minutes=1)),
    ("2026-11-27T17:00:30", "2026-11-27T16:00:30Z", timedelta(seconds=1)),
    ("2026-11-27T16:00:00.5Z", "2026-11-27T16:00:00.500Z", timedelta(microseconds=1)),
    ("friday 5pm", "2026-11-27T16:00Z", timedelta(minutes=1)),
    ("2 hours ago", "2026-11-23T12:00Z", timedelta(minutes=1)),
    ("this morning", "2026-11-23T05:00Z", timedelta(hours=6)),
    ("yesterday evening", "2026-11-22T17:00Z", timedelta(hours=6)),
    ("tonight", "2026-11-23T19:00Z", timedelta(hours=4)),
    ("last night", "2026-11-22T19:00Z", timedelta(hours=4)),
    ("friday afternoon", "2026-11-27T11:00Z", timedelta(hours=6)),
]


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize(("text", "first", "last"), DAYS)
def test_days_are_whole_whichever_way_one_looks(
    text: str,
    first: str,
    last: str,
    past: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    period = parse_period(text, now=NOW, zone="Europe/Vienna", argument="query", past=past)
    assert (str(period.first), str(period.last), period.timed) == (first, last, False)


@pytest.mark.parametrize(("text", "ahead", "behind"), SIDES)
def test_what_comes_again_is_the_next_or_the_last(text: str, ahead: str, behind: str) -> None:
    def first(*, past: bool) -> str:
        period = parse_period(text, now=NOW, zone="Europe/Vienna", argument="query", past=past)
        return str(period.first)

    assert (first(past=False), first(past=True)) == (ahead, behind)


@pytest.mark.parametrize(("text", "start", "width"), TIMES)
def test_a_time_is_as_wide_as_it_was_written(text: str, start: str, width: timedelta) -> None:
    period = parse_period(text, now=NOW, zone="Europe/Vienna", argument="query")
    assert period.timed
    assert period.start == datetime.fromisoformat(start)
    assert period.end - period.start == width


def test_a_week_begins_on_the_users_day() -> None:
    period = parse_period("week", now=NOW, zone="UTC", argument="query", week_start=6)
    assert (str(period.first), str(period.last)) == ("2026-11-22", "2026-11-28")


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("2027-03-28", "Europe/Vienna", 23),
        ("2027-10-31", "Europe/Vienna", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2027-04-30", "Africa/Cairo", 23),
        ("2011-12-30", "Pacific/Apia", 0),
        ("2027-03-28", "Asia/Kolkata", 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(text: str, zone: str, hours: float) -> None:
    period = parse_period(text, now=NOW, zone=zone, argument="query")
    assert period.end - period.start == timedelta(hours=hours)


def test_a_whole_week_has_no_time_of_day() -> None:
    with pytest.raises(RuleError, match="query: 'this week 5pm' is a whole week and a time"):
        parse_period("this week 5pm", now=NOW, zone="UTC", argument="query")


@settings(deadline=None)
@given(st.text(max_size=120) | phrases, instants, zones, st.booleans())
def test_any_text_is_a_period_or_an_error_for_its_author(
    text: str,
    now: datetime,
    zone: str,
    past: bool,  # noqa: FBT001 (drawn)
) -> None:
    try:
        period = parse_period(text, now=now, zone=zone, argument="query", past=past)
    except RuleError as error:
        refusal = str(error)
    else:
        refusal = "query: "
        assert period.first <= period.last
        assert period.start <= period.end
    assert refusal.startswith("query: ")
