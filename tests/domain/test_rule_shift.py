"""A shifted rule has the rule's dates, each moved by the same step, or there is none."""

from datetime import date, timedelta

import pytest

from tests.domain.rule_oracles import random_day, random_rule, seeded, walked_days
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_shape import Freq, Rule
from todo_mcp.domain.rule_shift import shifted
from todo_mcp.errors import RuleError

YEARS = timedelta(days=1_200)


@pytest.mark.many
@pytest.mark.parametrize("seed", range(6))
def test_every_date_of_a_random_rule_moves_by_the_step_or_it_is_refused(seed: int) -> None:
    random = seeded(seed)
    moved = 0
    for _ in range(500):
        rule, start = random_rule(random), random_day(random)
        start = next(walked_days(rule, start, start, start + YEARS), None)
        if start is None or _one_date_a_year(rule):
            continue
        step = timedelta(days=random.choice([-28, -7, -3, -1, 1, 2, 7, 14, 35]))
        try:
            other = shifted(rule, start, start + step, "by")
        except RuleError:
            continue
        moved += 1
        wanted = [day + step for day in walked_days(rule, start, start, start + YEARS)]
        found = list(walked_days(other, start + step, start + step, start + step + YEARS))
        assert found == wanted, f"{rule} from {start} by {step}"
    assert moved > 100


def _one_date_a_year(rule: Rule) -> bool:
    """25 February a week later is 4 March, in leap years too, though that is eight days."""
    return rule.freq is Freq.YEARLY and not rule.by_day


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", "2026-11-27", "2026-11-30", "FREQ=WEEKLY;BYDAY=MO"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            "2026-11-23",
            "2026-11-24",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=TU",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=10,20",
            "2026-11-10",
            "2026-11-12",
            "FREQ=MONTHLY;BYMONTHDAY=12,22",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30", "2026-11-29", "FREQ=MONTHLY;BYMONTHDAY=-2"),
        ("FREQ=MONTHLY;BYDAY=2TU", "2026-12-08", "2026-12-15", "FREQ=MONTHLY;BYDAY=3TU"),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25",
            "2026-12-25",
            "2027-01-02",
            "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2",
        ),
        (
            "FREQ=DAILY;UNTIL=20261224",
            "2026-11-27",
            "2026-11-28",
            "FREQ=DAILY;UNTIL=20261225",
        ),
        ("FREQ=MONTHLY", "2026-11-10", "2026-11-12", "FREQ=MONTHLY"),
    ],
)
def test_a_rule_shifted_is_a_rule(text: str, old: str, new: str, expected: str) -> None:
    days = date.fromisoformat(old), date.fromisoformat(new)
    assert str(shifted(parse_rule(text), *days, "to")) == expected


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30", "2026-12-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=28", "2026-11-28", "2026-11-29"),
        ("FREQ=MONTHLY", "2026-11-28", "2026-11-30"),
        ("FREQ=MONTHLY", "2026-11-28", "2026-12-02"),
        ("FREQ=MONTHLY;BYDAY=2TU", "2026-12-08", "2026-12-09"),
        ("FREQ=MONTHLY;BYDAY=4TU", "2026-11-24", "2026-12-01"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30", "2026-11-27"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-11-13", "2026-11-14"),
        ("FREQ=DAILY;BYMONTH=11", "2026-11-13", "2026-11-14"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28", "2027-02-28", "2028-02-29"),
        ("FREQ=YEARLY", "2028-02-29", "2028-03-01"),
    ],
)
def test_what_would_move_unevenly_is_refused(text: str, old: str, new: str) -> None:
    days = date.fromisoformat(old), date.fromisoformat(new)
    with pytest.raises(RuleError, match=r"^to: FREQ.*set_recurrence"):
        shifted(parse_rule(text), *days, "to")
