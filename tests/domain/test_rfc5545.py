"""The examples of RFC 5545, section 3.8.5.3, with the RFC's own dates."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from todo_mcp.domain.previewing import Place, Question, previewed
from todo_mcp.domain.recurrence import Recurrence, instant_of, occurrences
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_shape import Freq
from todo_mcp.errors import RuleError

ZONE = "America/New_York"
RULES_OF_THE_SECTION = 42
# Section 3.3.10.
PARTS_OF_THE_RFC = {
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY",
    "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
}  # fmt: skip
FREQUENCIES_OF_THE_RFC = {
    "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
}  # fmt: skip

# A rule and its start, then its dates by month; `…` where they go on.
EXAMPLES = """
FREQ=DAILY;COUNT=10 from 1997-09-02
    1997-09: 2 3 4 5 6 7 8 9 10 11
FREQ=DAILY;UNTIL=19971224T000000Z from 1997-09-02
    1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23
FREQ=DAILY;INTERVAL=2 from 1997-09-02
    1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-10: 2 4 6; …
FREQ=DAILY;INTERVAL=10;COUNT=5 from 1997-09-02
    1997-09: 2 12 22; 1997-10: 2 12
FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1 from 1998-01-01
    1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31
FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA from 1998-01-01
    1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31
FREQ=WEEKLY;COUNT=10 from 1997-09-02
    1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4
FREQ=WEEKLY;UNTIL=19971224T000000Z from 1997-09-02
    1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23
FREQ=WEEKLY;INTERVAL=2;WKST=SU from 1997-09-02
    1997-09: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; 1998-01: 6 20;
    1998-02: 3 17; …
FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH from 1997-09-02
    1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2
FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH from 1997-09-02
    1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2
FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR from 1997-09-01
    1997-09: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; 1997-11: 10 12 14 24 26 28;
    1997-12: 8 10 12 22
FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH from 1997-09-02
    1997-09: 2 4 16 18 30; 1997-10: 2 14 16
FREQ=MONTHLY;COUNT=10;BYDAY=1FR from 1997-09-05
    1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6;
    1998-04: 3; 1998-05: 1; 1998-06: 5
FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR from 1997-09-05
    1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5
FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU from 1997-09-07
    1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31
FREQ=MONTHLY;COUNT=6;BYDAY=-2MO from 1997-09-22
    1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16
FREQ=MONTHLY;BYMONTHDAY=-3 from 1997-09-28
    1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26; …
FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15 from 1997-09-02
    1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15
FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1 from 1997-09-30
    1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1
FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15 from 1997-09-10
    1997-09: 10-15; 1999-03: 10-13
FREQ=MONTHLY;INTERVAL=2;BYDAY=TU from 1997-09-02
    1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31; …
FREQ=YEARLY;COUNT=10;BYMONTH=6,7 from 1997-06-10
    1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; 2000-06: 10;
    2000-07: 10; 2001-06: 10; 2001-07: 10
FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3 from 1997-03-10
    1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10;
    2003-01: 10; 2003-02: 10; 2003-03: 10
FREQ=YEARLY;BYDAY=20MO from 1997-05-19
    1997-05: 19; 1998-05: 18; 1999-05: 17; …
FREQ=YEARLY;BYMONTH=3;BYDAY=TH from 1997-03-13
    1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25; …
FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8 from 1997-06-05
    1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; 1998-06: 4 11 18 25;
    1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27; 1999-06: 3 10 17 24; 1999-07: 1 8 15 22 29;
    1999-08: 5 12 19 26; …
FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13 from 1997-09-02
    1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13; …
FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13 from 1997-09-13
    1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7;
    1998-04: 11; 1998-05: 9; 1998-06: 13; …
FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8 from 1996-11-05
    1996-11: 5; 2000-11: 7; 2004-11: 2; …
FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3 from 1997-09-04
    1997-09: 4; 1997-10: 7; 1997-11: 6
FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2 from 1997-09-29
    1997-09: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-01: 29; 1998-02: 26; 1998-03: 30; …
FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO from 1997-08-05
    1997-08: 5 10 19 24
FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU from 1997-08-05
    1997-08: 5 17 19 31
FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5 from 2007-01-15
    2007-01: 15 30; 2007-02: 15; 2007-03: 15 30
"""

PAGE = Path(__file__).parents[2] / "docs" / "rfc5545.md"
PLACE = Place(datetime(1997, 9, 2, 12, tzinfo=UTC), ZONE)


def rows_of(heading: str) -> list[list[str]]:
    """A table of the page, without its head."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


EXAMPLES_REFUSED = rows_of("The examples of section 3.8.5.3")
FEATURES_REFUSED = rows_of("Refused features")


def examples() -> Iterator[tuple[str, str, str]]:
    for example in re.split(r"\n(?=FREQ)", EXAMPLES.strip()):
        head, _, dates = example.partition("\n")
        text, _, start = head.partition(" from ")
        yield text, start, dates


def days_of(dates: str) -> Iterator[date]:
    for month in dates.removesuffix("; …").split(";"):
        name, _, numbers = month.strip().partition(":")
        for number in numbers.split():
            first, _, last = number.partition("-")
            for day in range(int(first), int(last or first) + 1):
                yield date.fromisoformat(f"{name}-{day:02}")


@pytest.mark.parametrize(("text", "start", "dates"), list(examples()))
def test_the_examples_of_the_rfc_have_the_dates_of_the_rfc(
    text: str, start: str, dates: str
) -> None:
    at_nine = datetime.fromisoformat(f"{start}T09:00")
    series = Recurrence(rule=str(parse_rule(text, zone=ZONE)), zone=ZONE, start=at_nine)
    wanted = [datetime.combine(day, at_nine.time()) for day in days_of(dates)]
    found = [local for local, _ in islice(occurrences(series, None, 0), len(wanted) + 1)]
    assert found[: len(wanted)] == wanted
    assert (len(found) > len(wanted)) is dates.endswith("…")


def test_nine_in_the_morning_stays_nine_when_the_rfcs_summer_ends() -> None:
    series = Recurrence(
        rule="FREQ=DAILY", zone=ZONE, start=datetime.fromisoformat("1997-10-25T09:00")
    )
    found = [instant_of(series, local) for local, _ in islice(occurrences(series, None, 0), 2)]
    assert found == [
        datetime(1997, 10, 25, 13, tzinfo=UTC),
        datetime(1997, 10, 26, 14, tzinfo=UTC),
    ]


def test_every_example_of_the_rfc_is_here() -> None:
    assert len(list(examples())) + len(EXAMPLES_REFUSED) == RULES_OF_THE_SECTION


@pytest.mark.parametrize("row", EXAMPLES_REFUSED, ids=lambda row: row[0])
def test_the_examples_beyond_what_is_supported_are_refused(row: list[str]) -> None:
    with pytest.raises(RuleError, match="is not supported"):
        previewed(Question(recurrence=row[0]), PLACE)


@pytest.mark.parametrize("row", FEATURES_REFUSED, ids=lambda row: row[0])
def test_what_the_page_says_is_refused_is_refused_with_the_pages_words(row: list[str]) -> None:
    _, text, answered = row
    with pytest.raises(RuleError) as refused:
        previewed(Question(recurrence=text), PLACE)
    assert str(refused.value).startswith("recurrence: ")
    assert answered in str(refused.value)


def test_the_page_names_all_parts_of_rules_that_rfc_5545_has_and_this_has_not() -> None:
    supported = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY"}
    named = {word for feature, *_ in FEATURES_REFUSED for word in feature.split()}
    assert PARTS_OF_THE_RFC - supported <= named
    assert FREQUENCIES_OF_THE_RFC - set(Freq.__members__) <= {
        word.removeprefix("FREQ=") for word in named
    }
