"""Durations in short, in words and in ISO 8601, and what they do to wall time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from todo_mcp.domain.duration import Duration, parse_duration, shift
from todo_mcp.domain.zone import instant, wall
from todo_mcp.errors import RuleError

MEANT = [
    ("45m", Duration(0, 2700)),
    ("2h", Duration(0, 7200)),
    ("1d", Duration(1)),
    ("1w", Duration(7)),
    ("1h30m", Duration(0, 5400)),
    ("1h30", Duration(0, 5400)),
    ("1h 30m", Duration(0, 5400)),
    ("1H30M", Duration(0, 5400)),
    ("90s", Duration(0, 90)),
    ("0m", Duration()),
    ("1d2h", Duration(1, 7200)),
    ("1w 2d", Duration(9)),
    ("24h", Duration(0, 86_400)),
    ("36525d", Duration(36_525)),
    ("45 minutes", Duration(0, 2700)),
    ("45 mins", Duration(0, 2700)),
    ("2 hours", Duration(0, 7200)),
    ("2 hrs 30 mins", Duration(0, 9000)),
    ("1 hour and 5 minutes", Duration(0, 3900)),
    ("2 weeks, 1 day", Duration(15)),
    ("1.5h", Duration(0, 5400)),
    ("0.25 hours", Duration(0, 900)),
    ("1.5d", Duration(1, 43_200)),
    ("an hour", Duration(0, 3600)),
    ("half an hour", Duration(0, 1800)),
    ("half hour", Duration(0, 1800)),
    ("a quarter of an hour", Duration(0, 900)),
    ("three quarters of an hour", Duration(0, 2700)),
    ("an hour and a half", Duration(0, 5400)),
    ("two and a half hours", Duration(0, 9000)),
    ("a couple of days", Duration(2)),
    ("twenty minutes", Duration(0, 1200)),
    ("a fortnight", Duration(14)),
    ("PT45M", Duration(0, 2700)),
    ("P1DT2H", Duration(1, 7200)),
    ("P2W", Duration(14)),
    ("pt1h30m15s", Duration(0, 5415)),
]
SIGNED = [("+1d", Duration(1)), ("-2h", Duration(0, -7200)), ("−30m", Duration(0, -1800))]
REFUSED = [
    ("", "is not a duration"),
    ("3", "is not a duration"),
    ("m", "is not a duration"),
    ("a m", "is not a duration"),
    ("1,5h", "is not a duration"),
    ("1h-5m", "is not a duration"),
    ("3 days ago", "is not a duration"),
    ("P", "is not a duration"),
    ("PT", "is not a duration"),
    ("P1DT", "is not a duration"),
    ("٣ days", "is not a duration"),
    ("soon", "is not a duration"),
    ("1h" * 60, "is not a duration"),
    ("1mo", "counts months or years"),
    ("2 years", "counts months or years"),
    ("P1M", "counts months or years"),
    ("+1d", "has a sign"),
    ("-1d", "has a sign"),
    ("36526d", "at most a hundred years"),
    ("999999999999999999999999h", "at most a hundred years"),
    ("PT" + "9" * 90 + "S", "at most a hundred years"),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_a_duration_is_days_and_seconds(text: str, meant: Duration) -> None:
    assert parse_duration(text, argument="estimate") == meant
    assert parse_duration(str(meant), argument="estimate") == meant


@pytest.mark.parametrize(("text", "meant"), SIGNED)
def test_a_sign_is_taken_where_a_shift_is_meant(text: str, meant: Duration) -> None:
    assert parse_duration(text, argument="by", signed=True) == meant


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_no_duration_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RuleError, match=f"^estimate: .*{reason}"):
        parse_duration(text, argument="estimate")


@settings(deadline=None)
@given(st.text(max_size=120) | st.text("0123456789.pthmswdy +-an", max_size=40))
def test_any_text_is_a_duration_or_an_error_for_its_author(text: str) -> None:
    try:
        duration = parse_duration(text, argument="by", signed=True)
    except RuleError as error:
        refusal = str(error)
    else:
        refusal = "by: "
        assert parse_duration(str(duration), argument="by", signed=True) == duration
    assert refusal.startswith("by: ")


@settings(deadline=None)
@given(st.integers(0, 30_000), st.integers(0, 30_000_000), st.booleans())
def test_the_canonical_text_parses_to_the_same(days: int, seconds: int, back: bool) -> None:  # noqa: FBT001 (drawn)
    duration = -Duration(days, seconds) if back else Duration(days, seconds)
    assert parse_duration(str(duration), argument="by", signed=True) == duration


def test_days_and_seconds_of_one_duration_have_one_sign() -> None:
    with pytest.raises(ValueError, match="one sign"):
        Duration(1, -60)


def test_days_keep_the_wall_time_and_hours_keep_their_length() -> None:
    evening = instant(datetime.fromisoformat("2027-03-27T20:00"), "Europe/Vienna")
    assert wall(shift(evening, Duration(1), "Europe/Vienna"), "Europe/Vienna") == (
        datetime.fromisoformat("2027-03-28T20:00")
    )
    assert shift(evening, Duration(0, 86_400), "Europe/Vienna") - evening == timedelta(days=1)


def test_a_shift_of_hours_alone_leaves_the_second_pass_of_an_hour_alone() -> None:
    second_pass = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert shift(second_pass, Duration(), "Europe/Vienna") == second_pass


def test_a_day_on_from_a_naive_wall_time_starts_at_the_wall() -> None:
    skipped = datetime.fromisoformat("2027-03-28T02:30")
    assert shift(skipped, Duration(1), "Europe/Vienna") == datetime(2027, 3, 29, 0, 30, tzinfo=UTC)
