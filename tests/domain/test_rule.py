"""RFC 5545 rule text: what is read, its one canonical form, and what is refused with which reason."""

import time
from datetime import date, datetime

import pytest
from pydantic import ValidationError

from tests.domain.rule_oracles import random_rule, seeded
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_shape import Freq, Rule
from todo_mcp.errors import RuleError

CANONICAL = {
    "RRULE:FREQ=DAILY": "FREQ=DAILY",
    "rrule:freq=daily;": "FREQ=DAILY",
    " FREQ=WEEKLY ; BYDAY = TU , MO ": "FREQ=WEEKLY;BYDAY=MO,TU",
    "BYDAY=TU;FREQ=WEEKLY": "FREQ=WEEKLY;BYDAY=TU",
    "FREQ=DAILY;INTERVAL=1": "FREQ=DAILY",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=DAILY;INTERVAL=2;BYDAY=MO": "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
    "FREQ=WEEKLY;BYDAY=TU;WKST=SU": "FREQ=WEEKLY;BYDAY=TU",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
    "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
    "FREQ=MONTHLY;BYDAY=+1FR,1FR": "FREQ=MONTHLY;BYDAY=1FR",
    "FREQ=MONTHLY;BYDAY=-1FR,2MO,1SU": "FREQ=MONTHLY;BYDAY=1SU,2MO,-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=-1,15,1": "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
    "FREQ=MONTHLY;BYDAY=FR,MO;BYSETPOS=-1,1": "FREQ=MONTHLY;BYDAY=MO,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYMONTH=12,01;BYMONTHDAY=25": "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=25",
    "FREQ=YEARLY;BYDAY=53MO": "FREQ=YEARLY;BYDAY=53MO",
    "FREQ=DAILY;COUNT=10000": "FREQ=DAILY;COUNT=10000",
    "FREQ=DAILY;UNTIL=20261224": "FREQ=DAILY;UNTIL=20261224",
    "FREQ=DAILY;UNTIL=20261224T170000": "FREQ=DAILY;UNTIL=20261224T170000",
    "FREQ=DAILY;UNTIL=20261224T170000Z": "FREQ=DAILY;UNTIL=20261224T180000",
    "FREQ=DAILY;INTERVAL=36500": "FREQ=DAILY;INTERVAL=36500",
    "FREQ=YEARLY;INTERVAL=100": "FREQ=YEARLY;INTERVAL=100",
}

REFUSED = {
    "": "NAME=value",
    "INTERVAL=2": "needs FREQ",
    "FREQ=": "NAME=value",
    "FREQ=DAYLY": "DAILY, WEEKLY, MONTHLY or YEARLY",
    "FREQ=HOURLY": "daily at most",
    "FREQ=MINUTELY;INTERVAL=5": "daily at most",
    "FREQ=SECONDLY": "daily at most",
    "FREQ=DAILY;FREQ=WEEKLY": "given twice",
    "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU": "given twice",
    "FREQ=DAILY;INTERVAL=0": "goes from 1 to 36500",
    "FREQ=DAILY;INTERVAL=-1": "goes from 1 to 36500",
    "FREQ=DAILY;INTERVAL=36501": "goes from 1 to 36500",
    "FREQ=WEEKLY;INTERVAL=5201": "goes from 1 to 5200",
    "FREQ=MONTHLY;INTERVAL=1201": "goes from 1 to 1200",
    "FREQ=YEARLY;INTERVAL=101": "goes from 1 to 100",
    "FREQ=DAILY;INTERVAL=1.5": "no whole number",
    "FREQ=DAILY;INTERVAL=١": "no whole number",
    "FREQ=DAILY;INTERVAL=99999999999999999999": "no whole number",
    "FREQ=DAILY;COUNT=0": "goes from 1 to 10000",
    "FREQ=DAILY;COUNT=10001": "goes from 1 to 10000",
    "FREQ=DAILY;COUNT=3;UNTIL=20261224": "keep one",
    "FREQ=DAILY;UNTIL=20260230": "no date",
    "FREQ=DAILY;UNTIL=20261224T250000Z": "no date",
    "FREQ=DAILY;UNTIL=2026-12-24": "UNTIL=20261224",
    "FREQ=DAILY;UNTIL=00010101T000000Z;WKST=XX": "no weekday",
    "FREQ=YEARLY;BYMONTH=13": "goes from 1 to 12",
    "FREQ=YEARLY;BYMONTH=0": "goes from 1 to 12",
    "FREQ=YEARLY;BYMONTH=-1": "goes from 1 to 12",
    "FREQ=MONTHLY;BYMONTHDAY=0": "1 to 31",
    "FREQ=MONTHLY;BYMONTHDAY=32": "1 to 31",
    "FREQ=MONTHLY;BYMONTHDAY=-32": "1 to 31",
    "FREQ=WEEKLY;BYMONTHDAY=1": "use FREQ=MONTHLY",
    "FREQ=DAILY;BYMONTHDAY=1": "use FREQ=MONTHLY",
    "FREQ=YEARLY;BYMONTHDAY=29": "needs BYMONTH",
    "FREQ=WEEKLY;BYDAY=XX": "no weekday",
    "FREQ=WEEKLY;BYDAY=": "NAME=value",
    "FREQ=WEEKLY;BYDAY=MO,,TU": "no weekday",
    "FREQ=WEEKLY;BYDAY=1MO": "use FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=6MO": "1 to 5",
    "FREQ=MONTHLY;BYDAY=0MO": "1 to 5",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=6MO": "1 to 5",
    "FREQ=YEARLY;BYDAY=54MO": "1 to 53",
    "FREQ=MONTHLY;BYDAY=2TH,MO": "use one kind",
    "FREQ=MONTHLY;BYSETPOS=1": "add one of them",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0": "1 to 31",
    "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1": "use FREQ=MONTHLY",
    "FREQ=YEARLY;BYMONTH=1;BYDAY=MO;BYSETPOS=1": "use FREQ=MONTHLY",
    "FREQ=YEARLY;BYWEEKNO=20": "is not supported",
    "FREQ=YEARLY;BYYEARDAY=100": "BYMONTH with BYMONTHDAY",
    "FREQ=YEARLY;BYEASTER=0": "no part of RFC 5545",
    "FREQ=DAILY;BYHOUR=9": "the time of day is that of the due",
    "FREQ=DAILY;BYMINUTE=9": "the time of day is that of the due",
    "FREQ=DAILY;BYSECOND=9": "the time of day is that of the due",
    "RSCALE=CHINESE;FREQ=DAILY": "Gregorian",
    "FREQ=DAILY;FOO=1": "the parts are FREQ",
    "FREQ=DAILY;DTSTART=20261124": "the task's due",
    "DTSTART:20261124T090000\nRRULE:FREQ=DAILY": "the task's due",
    "RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY": "exceptions",
    "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY": "one rule only",
    "FREQ=DAILY;TZID=Europe/Vienna": "an argument of its own",
    "FREQ=DAILY;" + "BYMONTH=" + "1," * 200: "at most 200 characters",
}


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.items())
def test_every_way_to_write_a_rule_has_one_canonical_text(text: str, canonical: str) -> None:
    rule = parse_rule(text, zone="Europe/Vienna")
    assert str(rule) == canonical
    assert parse_rule(canonical) == rule


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_is_wrong_is_refused_with_its_reason(text: str, reason: str) -> None:
    before = time.thread_time()
    with pytest.raises(RuleError) as refused:
        parse_rule(text, "rule")
    assert time.thread_time() - before < 0.02
    message = str(refused.value)
    assert message.startswith("rule: ")
    assert reason in message
    assert len(message) < 300


def test_random_rules_survive_their_text() -> None:
    random = seeded(11)
    for _ in range(3000):
        rule = random_rule(random, wild=True)
        assert parse_rule(str(rule)) == rule
        assert str(parse_rule(str(rule))) == str(rule)


def test_a_rule_survives_json_with_midnight_still_a_time() -> None:
    for until in (date(2026, 12, 24), datetime.fromisoformat("2026-12-24T00:00")):
        rule = Rule(freq=Freq.DAILY, until=until)
        copy = Rule.model_validate_json(rule.model_dump_json())
        assert copy == rule
        assert type(copy.until) is type(until)


def test_no_rule_can_be_built_that_no_text_says() -> None:
    with pytest.raises(ValidationError, match="keep one"):
        Rule(freq=Freq.DAILY, count=1, until=date(2026, 12, 24))
    with pytest.raises(ValidationError, match="no offset"):
        Rule(freq=Freq.DAILY, until=datetime.fromisoformat("2026-12-24T00:00Z"))
