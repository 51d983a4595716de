"""Reminders: how they are written, how they are stored, when they fire."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings, strategies as st

from tests.domain.test_when import ROWS, instants, phrases, zones
from todo_mcp.domain.remind import Spec, parse_reminder, parse_spec
from todo_mcp.domain.when import When, parse_when
from todo_mcp.errors import RuleError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday, 10:00 in Vienna
VIENNA = "Europe/Vienna"
NINE = time(9)
STORED = [
    ("-30m", "-30m"),
    ("- 30 min", "-30m"),
    ("−30m", "-30m"),
    ("-90m", "-1h30m"),
    ("-1h 30m", "-1h30m"),
    ("-1d", "-1d"),
    ("-24h", "-24h"),
    ("-7d", "-1w"),
    ("-1w", "-1w"),
    ("-1d2h", "-1d2h"),
    ("0m", "0m"),
    ("-0m", "0m"),
    ("0", "0m"),
    ("at due", "0m"),
    ("at the time", "0m"),
    ("when due", "0m"),
    ("30 minutes before", "-30m"),
    ("half an hour before", "-30m"),
    ("an hour before the due", "-1h"),
    ("1 hour before due date", "-1h"),
    ("a day before", "-1d"),
    ("the day before", "-1d"),
    ("1 week before the deadline", "-1w"),
    ("2 days and 3 hours before", "-2d3h"),
    ("-1d 09:00", "-1d 09:00"),
    ("-1d 9am", "-1d 09:00"),
    ("-1d at 9", "-1d 09:00"),
    ("-1w 18:00", "-1w 18:00"),
    ("-2d noon", "-2d 12:00"),
    ("-1d 09:00:30", "-1d 09:00:30"),
    ("a day before at 9am", "-1d 09:00"),
    ("the day before at 18:00", "-1d 18:00"),
    ("2 days before the due at noon", "-2d 12:00"),
    ("0d 09:00", "0d 09:00"),
    ("on the day at 8am", "0d 08:00"),
    ("same day at 8", "0d 08:00"),
    ("the morning of", "0d 09:00"),
    ("the evening before", "-1d 19:00"),
    ("friday 5pm", "2026-11-27T17:00@Europe/Vienna"),
    ("tomorrow", "2026-11-24@Europe/Vienna"),
    ("tomorrow all day", "2026-11-24@Europe/Vienna"),
    ("in 2 hours", "2026-11-23T12:00@Europe/Vienna"),
    ("in 2 seconds", "2026-11-23T10:00:02@Europe/Vienna"),
    ("3 days before 24 december", "2026-12-21@Europe/Vienna"),
    ("tomorrow 9am Asia/Tokyo", "2026-11-24T09:00@Asia/Tokyo"),
    ("2026-11-27T17:00", "2026-11-27T17:00@Europe/Vienna"),
    ("2026-11-27T17:00+01:00", "2026-11-27T16:00Z"),
    ("2026-10-25T02:30+01:00", "2026-10-25T01:30Z"),
]
REFUSED = [
    ("30m", "Write '30m before' or 'in 30m'"),
    ("+30m", "may mean before the due or from now"),
    ("an hour", "may mean before the due or from now"),
    ("-x", "is not a reminder. Use -30m, -1d, '-1d 09:00'"),
    ("-", "is not a reminder"),
    ("-friday", "is not a reminder"),
    ("-1mo", "counts months or years"),
    ("a month before", "counts months or years"),
    ("-9999d", "at most ten years"),
    ("-2h 09:00", "counts hours and names a time of day"),
    ("-1d at 5", "may mean 05:00 or 17:00"),
    ("-1d 25:00", "names no time of day"),
    ("yesterday", "looks back"),
    ("next friday", "is ambiguous on a Monday"),
    ("fryday", "is not a date or a phrase I know"),
    ("", "is not a date or a phrase I know"),
    ("x" * 101, "too long"),
]
FIRINGS = [
    ("-30m", "2026-11-27T17:00", "2026-11-27T15:30Z"),
    ("0m", "2026-11-27T17:00", "2026-11-27T16:00Z"),
    ("-1d", "2026-11-27T17:00", "2026-11-26T16:00Z"),
    ("-1d 09:00", "2026-11-27T17:00", "2026-11-26T08:00Z"),
    ("0d 09:00", "2026-11-27T17:00", "2026-11-27T08:00Z"),
    ("0m", "2026-11-27", "2026-11-27T08:00Z"),
    ("-30m", "2026-11-27", "2026-11-27T07:30Z"),
    ("-1d", "2026-11-27", "2026-11-26T08:00Z"),
    ("-1d 18:00", "2026-11-27", "2026-11-26T17:00Z"),
    ("-1d", "2027-03-28T17:00", "2027-03-27T16:00Z"),  # over the change: a day, not 24 hours
    ("-24h", "2027-03-28T17:00", "2027-03-27T15:00Z"),
    ("-1d", "2027-03-29T02:30", "2027-03-28T01:30Z"),  # 02:30 does not exist: 03:30
    ("-1d 02:30", "2027-03-29T12:00", "2027-03-28T01:30Z"),
    ("-1d", "2027-11-01T02:30", "2027-10-31T00:30Z"),  # comes twice: the first
    ("-1w", "2026-10-30", "2026-10-23T07:00Z"),
    ("-1d", "2026-11-27T17:00 Asia/Tokyo", "2026-11-26T08:00Z"),
    ("-1d 09:00", "2026-11-27T17:00 Asia/Tokyo", "2026-11-26T00:00Z"),
    ("friday 5pm", "2026-12-24", "2026-11-27T16:00Z"),
    ("friday", "2026-12-24", "2026-11-27T08:00Z"),
]


def reminder(text: str) -> Spec:
    return parse_reminder(text, now=NOW, zone=VIENNA)


@pytest.mark.parametrize(("text", "stored"), STORED)
def test_a_reminder_is_stored_in_one_form_and_read_back_the_same(text: str, stored: str) -> None:
    spec = reminder(text)
    assert str(spec) == stored
    assert parse_spec(stored) == spec
    assert spec.relative == ("@" not in stored and not stored.endswith("Z"))


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_no_reminder_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(RuleError) as caught:
        reminder(text)
    assert str(caught.value).startswith("reminders: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(("text", "due", "fires"), FIRINGS)
def test_a_reminder_fires_where_the_wall_says(text: str, due: str, fires: str) -> None:
    when = parse_when(due, now=NOW, zone=VIENNA)
    assert reminder(text).fire_at(when, NINE) == datetime.fromisoformat(fires)


def test_a_relative_reminder_needs_a_due_and_another_does_not() -> None:
    with pytest.raises(RuleError, match="reminders: -30m counts back from the due, and there is"):
        reminder("-30m").fire_at(None, NINE)
    fires = reminder("2026-11-27T17:00Z").fire_at(None, NINE)
    assert fires == datetime(2026, 11, 27, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "30 minutes before", "-30m ", "-1mo", "-3", "2026-11-27", "2026-13-01@UTC", "Z"],
)
def test_a_broken_stored_reminder_is_a_bug_and_not_the_callers_error(text: str) -> None:
    with pytest.raises(ValueError, match="not the canonical text of a reminder"):
        parse_spec(text)


@settings(deadline=None)
@given(
    st.text(max_size=120) | phrases | st.sampled_from([row[2] for row in ROWS]),
    instants,
    zones,
)
def test_any_text_is_a_reminder_or_an_error_for_its_author(
    text: str, now: datetime, zone: str
) -> None:
    try:
        spec = parse_reminder(text.strip(), now=now, zone=zone)
    except RuleError as error:
        refusal = str(error)
    else:
        refusal = "reminders: "
        assert parse_spec(str(spec)) == spec
        due: When = parse_when("tomorrow noon", now=now, zone=zone)
        assert spec.fire_at(due, NINE).tzinfo is UTC
    assert refusal.startswith("reminders: ")
