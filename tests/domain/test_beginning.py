"""How a series begins: from words or a rule, with a due or without one."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from todo_mcp.domain.beginning import Beginning, begin
from todo_mcp.domain.rule_phrase import parse_recurrence
from todo_mcp.errors import RuleError

ZONE = "Europe/Vienna"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 on the wall


def begun(text: str, due: str | None = None, **more: Any) -> Beginning:
    when = None
    if due is not None:
        when = datetime.fromisoformat(due) if "T" in due else date.fromisoformat(due)
    parsed = parse_recurrence(text, now=NOW, zone=ZONE, due=when)
    return begin(parsed, due=when, now=NOW, zone=ZONE, **more)


@pytest.mark.parametrize(
    ("text", "due", "first"),
    [
        ("every day", None, "2026-11-24"),
        ("every tuesday", None, "2026-11-24"),
        ("every other monday", None, "2026-11-30"),
        ("every 3 months on the 1st", None, "2026-12-01"),
        ("every day at 12:00", None, "2026-11-24T12:00"),
        ("every day at 11:00", None, "2026-11-25T11:00"),
        ("every tuesday at 9:00", None, "2026-12-01T09:00"),
        ("monthly", "2026-12-31", "2026-12-31"),
        ("every tuesday", "2026-12-01", "2026-12-01"),
        ("every tuesday", "2026-11-25", "2026-12-01"),
        ("every tuesday at 18:00", "2026-12-01", "2026-12-01T18:00"),
        ("every tuesday", "2026-12-01T17:00", "2026-12-01T17:00"),
        ("every tuesday at 18:00", "2026-12-01T19:00", "2026-12-01T18:00"),
        ("every day starting 3 december", None, "2026-12-03"),
        ("last weekday of the quarter at 15:00", None, "2026-12-31T15:00"),
        ("every! 3 days", None, "2026-11-24"),
    ],
)
def test_the_first_date_is_the_rules_next(text: str, due: str | None, first: str) -> None:
    beginning = begun(text, due)
    assert beginning.first.isoformat()[:16] == first
    assert beginning.recurrence.start == beginning.first
    assert beginning.recurrence.zone == (ZONE if "T" in first else None)
    assert beginning.passed == 1


def test_a_due_off_the_rule_moves_with_a_warning() -> None:
    assert begun("every tuesday", "2026-11-25").warnings == (
        "2026-11-25 is off the rule; the first date is 2026-12-01",
    )
    assert begun("every tuesday", "2026-12-01").warnings == ()


def test_the_time_of_the_words_wins_over_that_of_the_due_with_a_warning() -> None:
    (warning,) = begun("every day at 18:00", "2026-12-01T17:00").warnings
    assert "18:00" in warning


def test_a_time_is_kept_where_neither_words_nor_due_give_one() -> None:
    kept = begun("every tuesday", keep=time(9))
    assert kept.first == datetime.fromisoformat("2026-12-01T09:00")
    assert begun("every tuesday at 18:00", keep=time(9)).recurrence.time == time(18)


def test_months_left_out_depend_on_the_first_date() -> None:
    (warning,) = begun("monthly", "2026-12-31").warnings
    assert warning.startswith("February, April")
    assert begun("monthly", "2026-12-15").warnings == ()
    assert begun("monthly", "2026-12-31", anchor="completion").warnings == ()


def test_words_and_anchor_agree_or_are_refused() -> None:
    assert begun("every! week").recurrence.anchor == "completion"
    assert begun("every week", anchor="completion").recurrence.anchor == "completion"
    assert begun("every week").recurrence.anchor == "schedule"
    with pytest.raises(RuleError, match="anchor says schedule"):
        begun("every! week", anchor="schedule")
    with pytest.raises(RuleError, match="plain interval"):
        begun("every monday", anchor="completion")


@pytest.mark.parametrize(
    ("text", "due", "reason"),
    [
        ("FREQ=DAILY;UNTIL=20261101", None, "ends before it begins"),
        ("every day until 24 december", "2026-12-25", "ends before it begins"),
        ("every monday until tomorrow", None, "first date would be 2026-11-30"),
        ("every day starting 1 december", "2026-12-02", "give one"),
        ("FREQ=YEARLY;BYMONTH=2", "2026-01-30", "never happens"),
    ],
)
def test_what_cannot_begin_is_refused(text: str, due: str | None, reason: str) -> None:
    with pytest.raises(RuleError, match=reason) as refused:
        begun(text, due)
    assert str(refused.value).startswith("recurrence: ")


def test_a_rule_with_one_date_says_so() -> None:
    assert begun("every year until tomorrow").warnings == ("the rule has this one date only",)
    assert begun("every day for 1 times").warnings == ()
