"""Days and times in words: the phrase table, and what holds for any words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings, strategies as st

from tests.domain.phrases_when import GROUPS
from todo_mcp.domain.duration import Duration
from todo_mcp.domain.span import WEEKDAYS
from todo_mcp.domain.when import When, due_text, moved, parse_past_when, parse_when
from todo_mcp.domain.zone import zone as zone_named
from todo_mcp.errors import RuleError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
VIENNA = "Europe/Vienna"
ROWS = [
    (zone, datetime.fromisoformat(now), line[:at], line[at + 4 :])
    for zone, now, lines in GROUPS
    for line in lines.split("\n")
    if (at := line.find(" -> ")) >= 0
]


def attempt(parse: Callable[..., When], text: str, **how: Any) -> When | str:
    """The result, or what the refusal said."""
    try:
        return parse(text, **how)
    except RuleError as error:
        return str(error)


def told(when: When, zone: str) -> str:
    """A result as the table writes it."""
    text = f"{when.on}"
    if when.time and when.at:
        assert when.at.tzinfo is UTC
        local = when.at.astimezone(zone_named(when.zone))
        assert (local.date(), local.time()) == (when.on, when.time)
        offset = local.isoformat()[-6:]
        text += f" {local:%H:%M}{f':{local:%S}' if local.second else ''} {offset}"
    text += " all day" * when.all_day + " fixed" * when.fixed
    return text + (f" in {when.zone}" if when.zone != zone else "")


@pytest.mark.parametrize(("zone", "now", "phrase", "expected"), ROWS)
def test_a_phrase_means_what_the_table_says(
    zone: str, now: datetime, phrase: str, expected: str
) -> None:
    answer = attempt(parse_when, phrase[8:], now=now, zone=zone)
    if isinstance(answer, str):
        assert expected.startswith("refused: "), answer
        assert answer.startswith("due: ")
        assert expected.removeprefix("refused: ") in answer
    else:
        assert told(answer, zone) == expected


def test_the_table_is_as_wide_as_promised() -> None:
    assert len(ROWS) >= 400
    assert len({zone for zone, *_ in ROWS}) >= 6


PAST_ROWS = [
    ("today", "2026-11-23"),
    ("yesterday", "2026-11-22"),
    ("yesterday 5pm", "2026-11-22 17:00 +01:00"),
    ("yesterday evening", "2026-11-22 18:00 +01:00"),
    ("the day before yesterday", "2026-11-21"),
    ("friday", "2026-11-20"),
    ("fri 5pm", "2026-11-20 17:00 +01:00"),
    ("monday", "2026-11-16"),
    ("last monday", "2026-11-16"),
    ("last friday", "2026-11-20"),
    ("this monday", "2026-11-23"),
    ("last week", "2026-11-16"),
    ("this week", "2026-11-23"),
    ("last month", "2026-10-01"),
    ("last quarter", "2026-07-01"),
    ("last year", "2025-01-01"),
    ("last weekend", "2026-11-21"),
    ("monday last week", "2026-11-16"),
    ("last 7 days", "2026-11-17"),
    ("past two weeks", "2026-11-10"),
    ("3 days ago", "2026-11-20"),
    ("a week ago", "2026-11-16"),
    ("2 weeks ago", "2026-11-09"),
    ("a month ago", "2026-10-23"),
    ("a year ago", "2025-11-23"),
    ("3 business days ago", "2026-11-18"),
    ("2 hours ago", "2026-11-23 08:00 +01:00"),
    ("10 minutes ago", "2026-11-23 09:50 +01:00"),
    ("half an hour ago", "2026-11-23 09:30 +01:00"),
    ("now", "2026-11-23 10:00 +01:00"),
    ("this morning", "2026-11-23 06:00 +01:00"),
    ("last night", "2026-11-22 20:00 +01:00"),
    ("9am", "2026-11-23 09:00 +01:00"),
    ("10:00", "2026-11-23 10:00 +01:00"),
    ("10:01", "2026-11-22 10:01 +01:00"),
    ("5pm", "2026-11-22 17:00 +01:00"),
    ("noon", "2026-11-22 12:00 +01:00"),
    ("midnight", "2026-11-23 00:00 +01:00"),
    ("midnight today", "2026-11-23 00:00 +01:00"),
    ("27 nov", "2025-11-27"),
    ("23 nov", "2026-11-23"),
    ("29 feb", "2024-02-29"),
    ("the 12th", "2026-11-12"),
    ("the 23rd", "2026-11-23"),
    ("the 31st", "2026-10-31"),
    ("the 1st of last month", "2026-10-01"),
    ("end of last month", "2026-10-31"),
    ("last friday of october", "2026-10-30"),
    ("last monday of the month", "2026-10-26"),
    ("end of november", "2025-11-30"),
    ("december", "2025-12-01"),
    ("november", "2026-11-01"),
    ("2026-10", "2026-10-01"),
    ("2026", "2026-01-01"),
    ("2026-11-20", "2026-11-20"),
    ("2026-11-20T17:00", "2026-11-20 17:00 +01:00"),
    ("2026-10-25T02:30", "2026-10-25 02:30 +02:00"),
    ("2026-11-20T16:00Z", "2026-11-20 17:00 +01:00 fixed"),
]


@pytest.mark.parametrize(("phrase", "expected"), PAST_ROWS)
def test_looking_back_the_same_words_mean_the_last_one(phrase: str, expected: str) -> None:
    assert told(parse_past_when(phrase, now=NOW, zone=VIENNA), VIENNA) == expected


def test_the_week_begins_where_the_user_says() -> None:
    def resolve(phrase: str) -> str:
        return str(parse_when(phrase, now=NOW, zone=VIENNA, week_start=6))

    assert resolve("next week") == "2026-11-29"
    assert resolve("end of week") == "2026-11-28"
    assert resolve("friday next week") == "2026-12-04"


def test_an_error_names_its_argument_and_quotes_no_more_than_sixty_characters() -> None:
    with pytest.raises(RuleError) as caught:
        parse_when("x" * 90, now=NOW, zone=VIENNA, argument="deadline")
    assert str(caught.value).startswith("deadline: 'xxx")
    assert "x" * 60 not in str(caught.value)
    with pytest.raises(RuleError, match="since: 'fryday' is not a date or a phrase I know"):
        parse_past_when("fryday", now=NOW, zone=VIENNA)


def test_more_than_a_hundred_characters_are_refused() -> None:
    assert parse_when("friday" + " " * 94, now=NOW, zone=VIENNA)
    with pytest.raises(RuleError, match=r"due: .* is too long for a date; at most 100 characters"):
        parse_when("friday" + " " * 95, now=NOW, zone=VIENNA)


def test_an_unknown_zone_is_refused_before_any_date_is_guessed() -> None:
    with pytest.raises(RuleError, match="zone: 'Europe/Wien' is not a time zone"):
        parse_when("2026-11-27", now=NOW, zone="Europe/Wien")


def test_an_instant_from_now_is_never_early() -> None:
    now = NOW.replace(second=10, microsecond=1)
    when = parse_when("in 2 seconds", now=now, zone=VIENNA)
    assert when.at == NOW.replace(second=13)
    assert parse_when("now", now=now, zone=VIENNA).at == NOW.replace(second=10)


DUE_TEXTS = [
    ("2026-11-27T17:00", "Fri 27 Nov 2026, 17:00, in 4 days"),
    ("2026-11-27", "Fri 27 Nov 2026, in 4 days"),
    ("today", "Mon 23 Nov 2026, today"),
    ("today 5pm", "Mon 23 Nov 2026, 17:00, today"),
    ("tomorrow 9am", "Tue 24 Nov 2026, 09:00, tomorrow"),
    ("2026-11-22", "Sun 22 Nov 2026, yesterday"),
    ("2026-11-20", "Fri 20 Nov 2026, 3 days ago"),
    ("2026-11-24 06:00 Asia/Tokyo", "Tue 24 Nov 2026, 06:00 Asia/Tokyo, tomorrow"),
    ("2026-11-27 Asia/Tokyo", "Fri 27 Nov 2026, in 4 days"),
]


@pytest.mark.parametrize(("phrase", "expected"), DUE_TEXTS)
def test_a_due_is_told_as_a_person_would(phrase: str, expected: str) -> None:
    assert due_text(parse_when(phrase, now=NOW, zone=VIENNA), now=NOW, zone=VIENNA) == expected


def test_a_shifted_when_keeps_its_wall_time_by_days_and_its_length_by_hours() -> None:
    due = parse_when("2027-03-27T09:00", now=NOW, zone=VIENNA)
    assert str(moved(due, Duration(days=1), "by")) == "2027-03-28T09:00"
    assert str(moved(due, Duration(seconds=86_400), "by")) == "2027-03-28T10:00"
    whole = parse_when("2027-03-27", now=NOW, zone=VIENNA)
    assert str(moved(whole, Duration(days=-7), "by")) == "2027-03-20"
    with pytest.raises(RuleError, match="by: 2h counts hours, and 2027-03-27 has no time"):
        moved(whole, Duration(seconds=7200), "by")
    with pytest.raises(RuleError, match=r"by: .* outside the years 1970 to 2200"):
        moved(parse_when("2200-12-31", now=NOW, zone=VIENNA), Duration(days=1), "by")


instants = st.datetimes(
    datetime.fromisoformat("1971-01-01"),
    datetime.fromisoformat("2199-12-01"),
    timezones=st.just(UTC),
)
zones = st.sampled_from(
    sorted({zone for zone, *_ in ROWS} | {"Africa/Casablanca", "Asia/Tehran", "America/Caracas"})
)
WORDS = sorted(
    {word for _, _, phrase, _ in ROWS for word in phrase.split()}
    | {word for phrase, _ in PAST_ROWS for word in phrase.split()}
)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@settings(deadline=None)
@given(st.text(max_size=120) | phrases, instants, zones, st.sampled_from([0, 5, 6]))
def test_any_text_is_a_when_or_an_error_for_its_author(
    text: str, now: datetime, zone: str, week_start: int
) -> None:
    for parse in (parse_when, parse_past_when):
        when = attempt(parse, text, now=now, zone=zone, argument="due", week_start=week_start)
        if isinstance(when, str):
            assert when.startswith("due: ")
            continue
        assert 1970 <= when.on.year <= 2200
        assert (when.time is None) == (when.at is None)
        if when.at:
            assert when.at.tzinfo is UTC
            assert when.at.astimezone(zone_named(when.zone)).replace(tzinfo=None) == (
                datetime.combine(when.on, when.time or time())
            )


def test_the_canonical_text_of_every_row_parses_to_the_same() -> None:
    for zone, now, phrase, _ in ROWS:
        when = attempt(parse_when, phrase[8:], now=now, zone=zone)
        if isinstance(when, When):
            again = parse_when(str(when), now=now, zone=when.zone)
            assert again == replace(when, fixed=again.fixed)
            assert again.fixed == (when.fixed or not when.by_wall)


def test_the_second_pass_of_an_hour_is_told_with_its_offset() -> None:
    now = datetime.fromisoformat("2027-10-31T02:45+02:00")
    when = parse_when("in 45 minutes", now=now, zone=VIENNA)
    assert str(when) == "2027-10-31T02:30:00+01:00"


@settings(deadline=None)
@given(phrases | st.sampled_from([row[2] for row in ROWS]), instants, zones)
def test_the_canonical_text_of_a_when_parses_to_the_same(
    phrase: str, now: datetime, zone: str
) -> None:
    when = attempt(parse_when, phrase.strip(), now=now, zone=zone)
    if isinstance(when, str):
        return
    again = parse_when(str(when), now=now, zone=when.zone)
    assert (again.on, again.time, again.at) == (when.on, when.time, when.at)
    assert again.all_day == when.all_day
    assert again.fixed == (when.fixed or not when.by_wall)


@settings(deadline=None)
@given(st.integers(0, 6), instants, zones)
def test_a_weekday_is_the_next_one_and_never_today(weekday: int, now: datetime, zone: str) -> None:
    today = parse_when("today", now=now, zone=zone).on
    for parse, low, high in ((parse_when, 1, 7), (parse_past_when, -7, -1)):
        on = parse(WEEKDAYS[weekday], now=now, zone=zone).on
        assert on.weekday() == weekday
        assert low <= (on - today).days <= high


@settings(deadline=None)
@given(st.times(), instants, zones)
def test_a_bare_time_is_the_nearest_on_its_side(clock: time, now: datetime, zone: str) -> None:
    for parse, side in ((parse_when, 1), (parse_past_when, -1)):
        when = attempt(parse, f"{clock:%H:%M}", now=now, zone=zone)
        if isinstance(when, str):
            assert "does not exist" in when
            continue
        assert when.at
        assert when.time == clock.replace(second=0, microsecond=0)
        away = (when.at - now) * side
        assert timedelta() <= away <= timedelta(hours=49)
        assert side == -1 or away


@settings(deadline=None)
@given(st.integers(0, 10_000), instants.map(lambda at: at.replace(microsecond=0)), zones)
def test_minutes_from_now_are_exact_in_any_zone(count: int, now: datetime, zone: str) -> None:
    assert parse_when(f"in {count + 1} minutes", now=now, zone=zone).at == now + timedelta(
        minutes=count + 1
    )


def test_every_zone_can_tell_noon() -> None:
    for zone in available_timezones() - {"localtime", "Factory"}:
        when = parse_when("2026-11-27T12:00", now=NOW, zone=zone)
        assert when.at
        assert abs(when.at - datetime(2026, 11, 27, 12, tzinfo=UTC)) <= timedelta(hours=14)
