"""When and in which words a user is told."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from todo_mcp.domain.message import (
    DIGEST,
    LONGEST_PAUSE_SECONDS,
    Burst,
    Quiet,
    Told,
    compose,
    pause,
    when_told,
)

NIGHT = Quiet(time(22), time(7), "Europe/Vienna")
NAP = Quiet(time(13), time(14, 30), "Europe/Vienna")
NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("quiet", "moment", "over"),
    [
        (NIGHT, "2026-11-23T20:59:59Z", "2026-11-23T20:59:59Z"),
        (NIGHT, "2026-11-23T21:00:00Z", "2026-11-24T06:00:00Z"),
        (NIGHT, "2026-11-24T02:00:00Z", "2026-11-24T06:00:00Z"),
        (NIGHT, "2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z"),
        (NAP, "2026-11-23T12:10:00Z", "2026-11-23T13:30:00Z"),
        (NAP, "2026-11-23T13:30:00Z", "2026-11-23T13:30:00Z"),
        # The night in which clocks are put back, and the one in which they are put forward.
        (NIGHT, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),
        (NIGHT, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
        # Ends in the gap: clocks go from 02:00 to 03:00.
        (
            Quiet(time(22), time(2, 30), "Europe/Vienna"),
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:30:00Z",
        ),
    ],
)
def test_quiet_hours_end_at_their_wall_time(quiet: Quiet, moment: str, over: str) -> None:
    assert quiet.over(at(moment)) == at(over)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (given the zone)
    st.times(),
    st.times(),
    st.sampled_from(["Europe/Vienna", "Australia/Lord_Howe", "America/New_York", "Pacific/Apia"]),
)
def test_quiet_hours_never_hurry_and_last_no_longer_than_a_day(
    moment: datetime, begin: time, end: time, zone: str
) -> None:
    over = Quiet(begin.replace(fold=0), end.replace(fold=0), zone).over(moment)
    assert moment <= over <= moment + timedelta(hours=49 if zone == "Pacific/Apia" else 25)


MINUTE = at("2026-11-23T09:00:00Z")
END = at("2026-11-23T09:01:00Z")


def test_few_are_told_at_once() -> None:
    assert when_told(Burst(MINUTE, DIGEST - 1, away=True), NOW, None) == (NOW, NOW)
    assert when_told(Burst(MINUTE, 1, ahead=DIGEST - 2), NOW, None) == (NOW, NOW)


def test_many_that_fired_together_are_told_at_once() -> None:
    assert when_told(Burst(MINUTE, DIGEST), NOW, None) == (NOW, NOW)


def test_many_of_which_some_have_yet_to_fire_are_held_until_the_last_has() -> None:
    waiting = Burst(MINUTE, 1, ahead=DIGEST - 1)
    assert waiting.waits
    assert when_told(waiting, NOW, None) == (END, END)
    assert not Burst(MINUTE, DIGEST).waits


def test_those_after_the_first_few_wait_for_the_end_of_the_minute() -> None:
    assert when_told(Burst(MINUTE, DIGEST, away=True), NOW, None) == (END, END)
    late = NOW + timedelta(hours=1)
    assert when_told(Burst(MINUTE, DIGEST, away=True), late, None) == (late, late)


def test_only_the_urgent_disturb_in_quiet_hours() -> None:
    night, morning = at("2026-11-23T22:00:00Z"), at("2026-11-24T06:00:00Z")
    assert when_told(Burst(night, 2), night, NIGHT) == (morning, night)


def test_one_is_told_by_its_title_and_many_by_their_titles() -> None:
    timed = Told(1, 1, "Call", NOW, date(2026, 11, 23), at("2026-11-23T16:00:00Z"), "Asia/Tokyo")
    plain = Told(2, 2, "Buy milk", NOW, date(2026, 11, 27))
    bare = Told(3, 3, "Breathe", NOW)
    one = compose(7, [timed], "Europe/Vienna")
    assert (one.id, one.subject, one.text) == (
        "d7",
        "Call",
        "Due Tue 24 Nov 2026, 01:00 (Asia/Tokyo)",
    )
    assert compose(7, [bare], "UTC").text == "Reminder"
    many = compose(8, [plain, bare, *[plain] * 10], "UTC")
    assert many.subject == "12 reminders"
    lines = many.text.splitlines()
    assert lines[:2] == ["- Buy milk (due Fri 27 Nov 2026)", "- Breathe"]
    assert lines[10:] == ["and 2 more"]
    crowd = compose(9, [plain] * 12, "UTC", more=9_988)
    assert crowd.subject == "10,000 reminders"
    assert crowd.text.splitlines()[10:] == ["and 9,990 more"]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_to_an_hour_and_are_never_none(attempts: int, luck: float) -> None:
    seconds = pause(attempts, luck)
    assert 2.5 <= seconds <= LONGEST_PAUSE_SECONDS
    assert pause(attempts + 1, luck) >= seconds
