"""Recurrences in words: a table of phrases, what is refused, and that no text breaks the reader.

The table in `recurrence_phrases.txt` has three lines a row: the phrase; the rule with `@` time,
`after completion` and `from` first day where the phrase says so; the sentence it is answered with.
"""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.domain.phrases_refused import REFUSED
from tests.domain.rule_oracles import random_rule, seeded
from todo_mcp.domain.rule_phrase import Parsed, parse_recurrence
from todo_mcp.domain.rule_shape import Rule
from todo_mcp.domain.rule_text import sentence
from todo_mcp.errors import RuleError, TodoError

ZONE = "Europe/Vienna"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 on the wall

LINES = Path(__file__).with_name("recurrence_phrases.txt").read_text(encoding="utf-8").splitlines()
TABLE = [tuple(map(str.strip, LINES[at : at + 3])) for at in range(0, len(LINES), 3)]


def read(text: str, now: datetime = NOW) -> Parsed:
    return parse_recurrence(text, now=now, zone=ZONE)


def written(parsed: Parsed) -> str:
    return (
        str(parsed.rule)
        + (f" @{parsed.time:%H:%M}" if parsed.time else "")
        + (" after completion" if parsed.anchor == "completion" else "")
        + (f" from {parsed.start}" if parsed.start else "")
    )


@pytest.mark.parametrize(("phrase", "meaning", "answer"), TABLE)
def test_a_phrase_means_its_rule_and_is_answered_with_its_sentence(
    phrase: str, meaning: str, answer: str
) -> None:
    parsed = read(phrase)
    assert written(parsed) == meaning
    assert sentence(parsed.rule, parsed.time, parsed.anchor or "schedule") == answer


@pytest.mark.parametrize("answer", sorted({answer for _, _, answer in TABLE}))
def test_a_sentence_reads_back_as_itself(answer: str) -> None:
    much_later = datetime(2031, 3, 3, 3, tzinfo=UTC)
    parsed = read(answer, much_later)
    assert sentence(parsed.rule, parsed.time, parsed.anchor or "schedule") == answer


@pytest.mark.parametrize(("phrase", "reason"), REFUSED.items())
def test_what_is_no_recurrence_is_refused_with_reason_and_way_out(phrase: str, reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_recurrence(phrase, now=NOW, zone=ZONE, argument="recurrence")
    message = str(refused.value)
    assert message.startswith("recurrence: ")
    assert reason in message
    assert len(message) < 400


def test_rule_text_is_taken_as_it_is() -> None:
    assert str(read("RRULE:FREQ=WEEKLY;BYDAY=TU").rule) == "FREQ=WEEKLY;BYDAY=TU"
    assert str(read("freq=daily;until=20261224T170000Z").rule) == "FREQ=DAILY;UNTIL=20261224T180000"
    for text in ("FREQ=SECONDLY", "INTERVAL=2", "DTSTART:20261124T090000\nRRULE:FREQ=DAILY"):
        with pytest.raises(RuleError, match="recurrence: "):
            read(text)


def test_a_rule_that_leaves_months_out_warns() -> None:
    (warning,) = read("every month on the 31st").warnings
    assert "February, April, June, September and November" in warning
    assert not read("last day of the month").warnings


def test_a_stretch_counts_from_the_first_date() -> None:
    def until(text: str, due: date | None = None) -> object:
        return parse_recurrence(text, now=NOW, zone=ZONE, due=due).rule.until

    assert until("every day for 10 days") == date(2026, 12, 3)
    assert until("every monday for 3 weeks") == date(2026, 12, 20)
    assert until("every monday for 3 weeks", date(2026, 12, 9)) == date(2027, 1, 3)
    assert until("every day for a month starting 31 january 2027") == date(2027, 2, 27)


def test_the_users_week_start_matters_where_weeks_are_counted() -> None:
    def rule(text: str) -> str:
        return str(parse_recurrence(text, now=NOW, zone=ZONE, week_start=6).rule)

    assert rule("every 2 weeks on mon and sun") == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"
    assert rule("every monday") == "FREQ=WEEKLY;BYDAY=MO"


@pytest.mark.parametrize("seed", range(4))
def test_every_storable_rule_has_a_sentence_that_means_it(seed: int) -> None:
    random = seeded(seed)
    for _ in range(500):
        rule = with_end(random, random_rule(random, wild=True))
        at = random.choice([None, *map(datetime.fromisoformat, TIMES)])
        clock = at.time() if at else None
        said = sentence(rule, clock)
        try:
            parsed = read(said)
        except RuleError as error:
            assert "never happens" in str(error), said  # noqa: PT017 (either is right)
            continue
        assert (parsed.rule, parsed.time) == (rule, clock), said


TIMES = ("2026-01-01T00:00", "2026-01-01T09:30", "2026-01-01T23:59:59")
ENDS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"count": 1},
    {"count": 10_000},
    {"until": date(2027, 1, 31)},
    {"until": date(9000, 1, 1)},
    {"until": datetime.fromisoformat("2027-03-04T17:00")},
    {"until": datetime.fromisoformat("2199-03-04T00:00:05")},
)


def with_end(random: Random, rule: Rule) -> Rule:
    return rule.model_copy(update=random.choice(ENDS))


VOCABULARY = [
    "every",
    "each",
    "!",
    "other",
    "second",
    "third",
    "first",
    "last",
    "2nd",
    "15th",
    "31st",
    "day",
    "week",
    "months",
    "quarter",
    "year",
    "mon",
    "tuesday",
    "fridays",
    "weekday",
    "weekends",
    "january",
    "december",
    "may",
    "of",
    "in",
    "on",
    "and",
    "the",
    ",",
    "-",
    "to",
    "at",
    "9:00",
    "18:00",
    "5",
    "9am",
    "noon",
    "morning",
    "until",
    "till",
    "for",
    "starting",
    "from",
    "10",
    "3",
    "times",
    "x",
    "only",
    "except",
    "completion",
    "after",
    "done",
    "weeks",
    "sunday",
    "end",
    "2026-12-24",
    "tomorrow",
    "30",
    "february",
    "0",
    "daily",
    "weekly",
    "monthly",
    "twice",
    "once",
    "a",
    "business",
    "hour",
    "FREQ=DAILY",
    ";",
    "INTERVAL=2",
    "BYDAY=MO",
    "=",
    ":",
    "/",
    "next",
    "penultimate",
    "second-to-last",
]


@pytest.mark.milliseconds
@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    before = time.thread_time()
    try:
        parsed = read(text)
    except TodoError as error:
        assert str(error).startswith("recurrence: ")  # noqa: PT017 (either is right)
    else:
        again = read(sentence(parsed.rule, parsed.time, parsed.anchor or "schedule"))
        assert (again.rule, again.time, again.anchor) == (parsed.rule, parsed.time, parsed.anchor)
    assert time.thread_time() - before < 0.1


@pytest.mark.parametrize(
    "piece", ["at 9, ", "every ", "1st and ", "for 1 day and ", "mon tue ", "9"]
)
def test_long_texts_take_milliseconds(piece: str) -> None:
    text = ("every day " + piece * 1200)[:1200]
    before = time.thread_time()
    with pytest.raises(RuleError):
        read(text)
    assert time.thread_time() - before < 0.05
