"""The next occurrence of any rule that can be stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from time import thread_time
from typing import Final

from tests.domain.rule_oracles import random_day, random_rule
from tools.bench.figures import Figure
from tools.bench.stage import Stage

from todo_mcp.domain.recurrence import Recurrence, following, next_open
from todo_mcp.domain.rule_shape import Local, Rule

RULES: Final = 4_000
ATTEMPTS: Final = 3
ZONE: Final = "Europe/Vienna"
# Rules that make a stepper walk far, count long or look at many days a step.
HARD: Final = (
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
    "FREQ=YEARLY;BYDAY=53MO",
    "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
    "FREQ=MONTHLY;INTERVAL=11;BYMONTHDAY=31;BYDAY=MO",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=31",
    "FREQ=DAILY;INTERVAL=365;BYMONTH=2",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO;BYMONTH=12",
    "FREQ=DAILY;COUNT=10000",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=10000",
    "FREQ=WEEKLY;INTERVAL=52;BYDAY=MO;BYMONTH=3",
)
# Days since the occurrence closed: what was missed meanwhile is counted, eleven years of it at most.
LONG_GONE: Final = (0, 1, 30, 400, 4_000)


def rules(random: Random) -> Iterator[str]:
    yield from HARD
    for number in range(RULES):
        rule: Rule = random_rule(random, wild=number % 2 == 0)
        yield f"{rule};COUNT={random.randint(2, 9999)}" if number % 5 == 0 else str(rule)


def series(random: Random) -> Iterator[tuple[Recurrence, Local]]:
    """Recurrences with their first occurrence; rules without any are refused when they are set."""
    for text in rules(random):
        timed = random.random() < 0.5
        day = random_day(random)
        start = datetime.combine(day, time(9)) if timed else day
        made = Recurrence(rule=text, zone=ZONE if timed else None, start=start)
        first = following(made, made.start - timedelta(days=1), passed=0)
        if first is not None:
            yield made.model_copy(update={"start": first}), first


def seconds(made: Recurrence, closed: Local, days_later: int) -> float:
    """CPU time of one step, the least of some: what else the machine does is not the stepper's."""
    at = datetime(closed.year, closed.month, closed.day, 12, tzinfo=UTC)
    now = at + timedelta(days=days_later)
    took: list[float] = []
    for _ in range(ATTEMPTS):
        begun = thread_time()
        next_open(made, closed, 1, now=now, zone=ZONE)
        took.append(thread_time() - begun)
    return min(took)


async def measure(_: Stage) -> list[Figure]:
    random = Random(11)
    took = sorted(seconds(made, first, random.choice(LONG_GONE)) for made, first in series(random))
    return [
        Figure.at_most(
            "next occurrence of any rule, p99", 1, took[int(len(took) * 0.99)] * 1e3, "ms"
        ),
        Figure.at_most("… the longest", 5, took[-1] * 1e3, "ms"),
        Figure.told("… the middle", took[len(took) // 2] * 1e6, "µs"),
        Figure.told("… rules", len(took), "rules"),
    ]
