"""Zones by name, and wall time against instants, over every zone and every change of its clocks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings, strategies as st

from todo_mcp.domain.zone import around_gap, instant, wall, zone
from todo_mcp.errors import RuleError

NAMES = sorted(available_timezones() - {"localtime", "Factory"})
FROM, TO = datetime(1990, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Europe/Vienna", "Europe/Vienna"),
        ("europe/vienna", "Europe/Vienna"),
        (" AMERICA/NEW_YORK ", "America/New_York"),
        ("utc", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5"),
    ],
)
def test_a_zone_is_found_whatever_its_case(written: str, name: str) -> None:
    assert zone(written).key == name


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("Europe/Viena", "Did you mean Europe/Vienna?"),
        ("vienna", "Did you mean Europe/Vienna?"),
        ("new york", "Did you mean America/New_York?"),
        ("PST", "Did you mean America/Los_Angeles?"),
        ("Asia/Tokio", "Did you mean Asia/Tokyo?"),
        ("Mars/Olympus_Mons", "Use an IANA name such as Europe/Vienna, America/New_York or UTC."),
        ("localtime", "Use an IANA name"),
        ("Factory", "Use an IANA name"),
        ("", "Use an IANA name"),
        ("../../etc/passwd", "Use an IANA name"),
        ("/usr/share/zoneinfo/UTC", "Did you mean UTC?"),
        ("Europe", "Use an IANA name"),
        ("UTC\0", "Did you mean UTC?"),
        ("\ud800", "Use an IANA name"),
        ("x" * 100_000, "Use an IANA name"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_near_names(written: str, advice: str) -> None:
    with pytest.raises(RuleError) as caught:
        zone(written, "zone")
    assert str(caught.value).startswith("zone: ")
    assert advice in str(caught.value)
    assert len(str(caught.value)) < 300


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_zone_or_an_error_for_its_author(text: str) -> None:
    known = {name.lower() for name in NAMES}
    if text.strip().lower() in known:
        assert zone(text).key.lower() == text.strip().lower()
    else:
        with pytest.raises(RuleError, match=r"^zone: "):
            zone(text)


def in_gap(local: datetime, name: str) -> bool:
    """Whether the clock skips this wall time."""
    return wall(instant(local, name), name) != local


def test_a_zone_that_is_gone_is_refused_where_it_is_used() -> None:
    with pytest.raises(RuleError, match="zone: 'Asia/Atlantis' is not a time zone I know"):
        instant(datetime.fromisoformat("2026-11-27T17:00"), "Asia/Atlantis")


def changes(name: str) -> Iterator[datetime]:
    """The instants at which a zone's offset changes."""
    place = ZoneInfo(name)
    step = timedelta(days=20)
    at, offset = FROM, FROM.astimezone(place).utcoffset()
    while at < TO:
        after = (at + step).astimezone(place).utcoffset()
        if after != offset:
            low, high = at, at + step
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                same = middle.astimezone(place).utcoffset() == offset
                low, high = (middle, high) if same else (low, middle)
            yield high
        at, offset = at + step, after


@pytest.mark.many
def test_gaps_shift_forward_and_folds_take_the_first_at_every_change_of_every_zone() -> None:
    seen = 0
    for name in NAMES:
        for change in changes(name):
            seen += 1
            second = timedelta(seconds=1)
            before, after = wall(change - second, name) + second, wall(change, name)
            if before < after:
                for local in (before, before + (after - before) / 2, after - second):
                    assert in_gap(local, name)
                    assert instant(local, name) == change + (local - before)
                    assert wall(instant(local, name), name) == local + (after - before)
                    assert around_gap(local, name) == (
                        local - (after - before),
                        local + (after - before),
                    )
            else:
                for local in (after, after + (before - after) / 2, before - second):
                    assert not in_gap(local, name)
                    assert instant(local, name) == change - (before - local)
            for local in (min(before, after) - second, max(before, after)):
                assert not in_gap(local, name)
                assert wall(instant(local, name), name) == local
    assert seen > 20_000


@settings(deadline=None)
@given(
    st.datetimes(
        datetime.fromisoformat("1970-01-02"),
        datetime.fromisoformat("2200-12-30"),
        timezones=st.just(UTC),
    ),
    st.sampled_from(NAMES),
)
def test_an_instant_survives_the_way_over_the_wall_but_for_the_second_pass(
    at: datetime, name: str
) -> None:
    again = instant(wall(at, name), name)
    assert again <= at
    assert again == at or wall(again, name) == wall(at, name)
