"""Words for times and recurrences: what reading them costs, and previewing fifty occurrences."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from random import Random
from time import thread_time

from tests.domain.test_rule_phrase import TABLE
from tests.domain.test_when import ROWS
from tools.bench.figures import Figure
from tools.bench.stage import Stage
from tools.bench.stepper import ATTEMPTS, ZONE, rules

from todo_mcp.domain.previewing import Place, Question, previewed
from todo_mcp.domain.rule_phrase import parse_recurrence
from todo_mcp.domain.when import parse_when
from todo_mcp.errors import RuleError

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SHOWN = 50


def seconds(act: Callable[[], object]) -> float:
    """CPU time, the least of some: what else the machine does is not counted. Refusals cost too."""
    took: list[float] = []
    for _ in range(ATTEMPTS):
        begun = thread_time()
        with suppress(RuleError):
            act()
        took.append(thread_time() - begun)
    return min(took)


def phrases() -> list[float]:
    """Every row of both tables, those that must be refused included."""
    took = [
        seconds(partial(parse_when, phrase, now=now, zone=zone)) for zone, now, phrase, _ in ROWS
    ]
    took += [seconds(partial(parse_recurrence, row[0], now=NOW, zone=ZONE)) for row in TABLE]
    return sorted(took)


def previews() -> list[float]:
    place = Place(NOW, ZONE)
    questions = [
        Question(when="2026-11-24T09:00", recurrence=text, count=SHOWN)
        for number, text in enumerate(rules(Random(12)))
        if number % 4 == 0
    ]
    return sorted(seconds(partial(previewed, question, place)) for question in questions)


async def measure(_: Stage) -> list[Figure]:
    words, shown = phrases(), previews()
    return [
        Figure.at_most("resolving a phrase, p99", 1, words[int(len(words) * 0.99)] * 1e3, "ms"),
        Figure.told("… the longest", words[-1] * 1e3, "ms"),
        Figure.told("… the middle", words[len(words) // 2] * 1e6, "µs"),
        Figure.told("… phrases", len(words), "phrases"),
        Figure.at_most(
            "previewing 50 occurrences of any rule, p99",
            5,
            shown[int(len(shown) * 0.99)] * 1e3,
            "ms",
        ),
        Figure.told("… the longest", shown[-1] * 1e3, "ms"),
        Figure.told("… the middle", shown[len(shown) // 2] * 1e3, "ms"),
        Figure.told("… rules", len(shown), "rules"),
    ]
