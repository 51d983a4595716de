"""What is asked of a rule alone: whether it ever happens, its first date, what it leaves out."""

import time
from datetime import date, datetime

import pytest

from tests.domain.rule_oracles import random_day, random_rule, seeded, walked_days
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_dates import check_possible, first, first_from, months_left_out
from todo_mcp.errors import RuleError

TUESDAY = date(2026, 11, 24)

NEVER = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-30",
    "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO",
    "FREQ=MONTHLY;BYMONTHDAY=20;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=24",
    "FREQ=MONTHLY;INTERVAL=1200;BYMONTH=2;BYMONTHDAY=30,31;BYDAY=MO,TU,WE,TH,FR,SA,SU",
]

LEFT_OUT = {
    "FREQ=MONTHLY;BYMONTHDAY=31": "February, April, June, September and November have no day 31",
    "FREQ=MONTHLY;BYMONTHDAY=15,30": "February has no day 30",
    "FREQ=MONTHLY;BYMONTHDAY=-31": "February, April, June, September and November have no day 31",
    "FREQ=MONTHLY;BYMONTHDAY=29": "leap years only",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29": "leap years only",
    "FREQ=YEARLY;BYMONTH=1,4;BYMONTHDAY=31": "April has no day 31",
    "FREQ=MONTHLY;BYDAY=5FR": "fewer than 5 Fridays",
    "FREQ=MONTHLY;BYDAY=1MO,-5MO": "fewer than 5 Mondays",
    "FREQ=YEARLY;BYDAY=53MO": "fewer than 53 Mondays",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=23": "have no such day",
}

NOTHING_LEFT_OUT = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=28",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTH=1,3;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=4FR,-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=20",
    "FREQ=YEARLY;BYDAY=52MO",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
]


@pytest.mark.parametrize("text", NEVER)
def test_a_rule_that_never_happens_is_refused_in_milliseconds(text: str) -> None:
    rule = parse_rule(text)
    before = time.thread_time()
    with pytest.raises(RuleError, match="never happens"):
        check_possible(rule, "recurrence")
    assert time.thread_time() - before < 0.02


def test_no_rule_is_refused_that_the_day_walker_finds_a_date_of() -> None:
    random, refused = seeded(5), 0
    while refused < 12:
        rule = random_rule(random, wild=True)
        try:
            check_possible(rule)
        except RuleError:
            refused += 1
            rule = rule.model_copy(update={"interval": 1})
            begin = random_day(random)
            end = date(begin.year + 8, 1, 1)
            assert not list(walked_days(rule, begin.replace(day=1), begin, end)), f"{rule}"


@pytest.mark.parametrize(("text", "warning"), LEFT_OUT.items())
def test_rules_that_leave_months_out_say_so(text: str, warning: str) -> None:
    assert warning in (months_left_out(parse_rule(text)) or "")


@pytest.mark.parametrize("text", NOTHING_LEFT_OUT)
def test_rules_that_leave_nothing_out_say_nothing(text: str) -> None:
    assert months_left_out(parse_rule(text)) is None


def test_the_start_decides_which_months_are_left_out() -> None:
    last_of_january = date(2027, 1, 31)
    monthly, quarterly, yearly = map(
        parse_rule, ("FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=3", "FREQ=YEARLY")
    )
    assert "February, April, June" in (months_left_out(monthly, last_of_january) or "")
    assert "April has no day 31" in (months_left_out(quarterly, last_of_january) or "")
    assert months_left_out(yearly, last_of_january) is None
    assert "leap years" in (months_left_out(yearly, date(2028, 2, 29)) or "")


def test_the_first_date_is_the_next_one_whatever_the_interval() -> None:
    every_other = parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")
    assert first_from(every_other, TUESDAY) == date(2026, 11, 30)
    assert first(every_other, TUESDAY) == date(2026, 12, 7)
    assert first_from(parse_rule("FREQ=DAILY;INTERVAL=3"), TUESDAY) == TUESDAY


def test_an_end_counts_itself_in() -> None:
    day = parse_rule("FREQ=DAILY;UNTIL=20261124")
    assert first(day, TUESDAY) == TUESDAY
    assert first(day, date(2026, 11, 25)) is None
    evening = datetime.fromisoformat("2026-11-24T18:00")
    assert first(day, evening) == evening
    assert first(parse_rule("FREQ=DAILY;UNTIL=20261124T180000"), evening) == evening
    assert first(parse_rule("FREQ=DAILY;UNTIL=20261124T175959"), evening) is None
    assert first(parse_rule("FREQ=DAILY;UNTIL=20261124T000000"), TUESDAY) == TUESDAY
