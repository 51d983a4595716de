"""Series on the wall of their zone: both changes of the clock, skipped and doubled times."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from todo_mcp.domain.recurrence import Recurrence, instant_of, next_open, upcoming
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.zone import instant, wall

VIENNA = "Europe/Vienna"
NINE = time(9)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def timed(rule: str, start: str, zone: str = VIENNA) -> Recurrence:
    return Recurrence(rule=rule, zone=zone, start=at(start))


CHANGES = {
    VIENNA: ("2026-03-28", "2026-10-24"),
    "America/New_York": ("2026-03-07", "2026-10-31"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),
    "America/St_Johns": ("2026-03-07", "2026-10-31"),
    "Africa/Cairo": ("2026-04-23", "2026-10-29"),
    "Pacific/Auckland": ("2026-04-04", "2026-09-26"),
}


@pytest.mark.parametrize("zone", CHANGES)
def test_nine_stays_nine_across_both_changes(zone: str) -> None:
    for start in CHANGES[zone]:
        series = timed("FREQ=DAILY", f"{start}T09:00", zone)
        local: Local = series.start
        moments = [instant(at(f"{start}T09:00"), zone)]
        for passed in range(1, 4):
            found = next_open(series, local, passed, now=moments[-1], zone="UTC")
            assert found is not None
            local = found[0]
            moment = instant_of(series, local)
            assert moment is not None
            assert wall(moment, zone).time() == NINE
            moments.append(moment)
        gaps = {later - earlier for earlier, later in pairwise(moments)}
        assert len(gaps) == 2, "one of the days is longer or shorter"


def test_a_skipped_time_is_an_hour_later_that_day_and_itself_the_next() -> None:
    series = timed("FREQ=DAILY", "2026-03-28T02:30")
    before, skipped, after = [series.start, *upcoming(series, series.start, 2, 1)]
    assert instant_of(series, before) == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    assert instant_of(series, skipped) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30
    assert instant_of(series, after) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    during = datetime(2026, 3, 29, 1, 29, tzinfo=UTC)
    assert next_open(series, before, 1, now=during, zone="UTC") == (skipped, 2)
    assert next_open(series, before, 1, now=during + timedelta(minutes=1), zone="UTC") == (after, 3)


def test_a_time_that_comes_twice_is_the_first_and_comes_once() -> None:
    series = timed("FREQ=DAILY", "2026-10-24T02:30")
    twice, after = upcoming(series, series.start, 2, 1)
    assert instant_of(series, twice) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second_pass = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert next_open(series, series.start, 1, now=second_pass, zone="UTC") == (after, 3)


def test_the_day_that_samoa_skipped_moves_into_the_next() -> None:
    series = timed("FREQ=DAILY", "2011-12-29T09:00", "Pacific/Apia")
    skipped, after = upcoming(series, series.start, 2, 1)
    assert skipped == at("2011-12-30T09:00")
    assert instant_of(series, skipped) == instant_of(series, after)
