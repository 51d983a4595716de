"""Searches among a million tasks, in ten spaces and in one.

For trying one thing: `python -m tools.bench.search URL [query [sort]]` on a database filled before;
without a query all cases, slowest last.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter
from typing import Any, Final, cast, get_args

from tools.bench.figures import Figure
from tools.bench.search_data import NOW, VOCABULARY, WORDS, Layout, fill
from tools.bench.stage import Stage

from todo_mcp.domain.query import parse_query
from todo_mcp.store.database import Database
from todo_mcp.store.search import Search, search
from todo_mcp.store.search_names import resolve
from todo_mcp.store.search_order import SortName
from todo_mcp.store.search_parts import Asker

TASKS: Final = 1_000_000
ROUNDS: Final = 12
SORTS: Final[tuple[SortName, ...]] = get_args(SortName)
# Ranks from which on a word of the vocabulary is in at most 1 % of the tasks.
SELDOM: Final = 150

FILTERS: Final = """
list:L1|list:L7|list:L25|list:none|tag:home|tag:kids|tag:topic/40|tag:none|assignee:me|assignee:none
parent:t10000001|parent:none|status:open|status:started|status:done|status:cancelled|status:skipped
status:any|status:trash|priority:high|priority:low|priority:none|priority:>=medium|due:today|due:overdue
due:tomorrow|due:week|due:month|due:none|due:any|due:<=today|due:>=2027-03-01|start:today|start:>today
start:any|start:none|deadline:week|deadline:any|deadline:<=today|created:today|created:"last week"
created:<2025-01-01|updated:today|updated:>=2026-11-01|completed:today|completed:"last week"|completed:any
is:overdue|is:blocked|is:ready|is:deferred|is:recurring|is:subtask|is:unread|has:due|has:start|has:deadline
has:notes|has:subtasks|has:reminders|has:comments|has:recurrence|has:tags|has:estimate|id:t10000001,t10000777
"""
COMBINED: Final[tuple[tuple[str, SortName | None], ...]] = (
    ("priority:high due:<=today", None),
    ("tag:home", "due"),
    ("tag:home due:week", None),
    ("list:L1 priority:high", None),
    ("tag:work -tag:home", "priority"),
    ("is:overdue priority:high", None),
    ("status:done completed:week", None),
    ("status:done list:L3", "updated"),
    ("list:L2 is:blocked", None),
    ("tag:topic/40 priority:high", None),
    ("tag:kids list:L9 due:<=today", None),
    ("has:estimate due:week", None),
    ("is:ready priority:high", None),
    ("assignee:me due:any", "priority"),
    ("tag:home OR tag:work", "created"),
    ("(priority:high OR due:today) -tag:later", None),
    ("created:week -has:due", "created"),
    ("is:ready", "urgency"),
    ("list:L7 is:subtask", "updated"),
    ("priority:>=medium due:week -is:blocked", "priority"),
)


@dataclass(frozen=True)
class Case:
    query: str
    sort: SortName | None = None


async def measure(stage: Stage) -> list[Figure]:
    figures: list[Figure] = []
    for name, layout in (("10 spaces", Layout(10, TASKS // 10)), ("one space", Layout(1, TASKS))):
        database = Database(await _filled(stage, layout))
        try:
            figures += await _figures(database, name)
        finally:
            await database.close()
    return figures


async def _filled(stage: Stage, layout: Layout) -> str:
    url = await stage.database(f"search_{layout.spaces}")
    await fill(url, layout)
    return url


async def _figures(database: Database, name: str) -> list[Figure]:
    cases = {
        "two words": [Case(text) for text in await _pairs(database, SELDOM, VOCABULARY, 60)],
        "a typo": [Case(text) for text in _typos(60)],
        "one word": [Case(word) for word in WORDS[SELDOM : VOCABULARY // 3 : 170]],
    }
    common = [*await _pairs(database, 0, SELDOM, 30), *WORDS[:SELDOM:10]]
    any_words = [Case(text) for text in common]
    alone = [Case(query) for query in FILTERS.replace("\n", "|").split("|") if query]
    sorts = [Case("", sort) for sort in SORTS]
    combined = [Case(query, sort) for query, sort in COMBINED]
    figures = [
        Figure.at_most(f"search, {name}: {what}, p99", 12, _p99(await _run(database, some)), "ms")
        for what, some in cases.items()
    ]
    taken = await _run(database, any_words)
    figures.append(Figure.at_most(f"search, {name}: any words, p99", 150, _p99(taken), "ms"))
    for what, some in (("filter alone", alone), ("sort alone", sorts), ("combined", combined)):
        figures.append(await _worst(database, name, what, some))
    return figures


async def _worst(database: Database, name: str, what: str, cases: Sequence[Case]) -> Figure:
    """The slowest case's own p99."""
    slowest, at = max(
        [(_p99(await _run(database, [case] * ROUNDS)), case) for case in cases], key=lambda t: t[0]
    )
    told = f"{at.query or 'all'}{f' by {at.sort}' if at.sort else ''}"
    return Figure.at_most(f"search, {name}: {what}, worst p99 ({told})", 12, slowest, "ms")


def _p99(taken: Sequence[float]) -> float:
    return quantiles(taken, n=100, method="inclusive")[98]


async def _run(database: Database, cases: Sequence[Case]) -> list[float]:
    """Milliseconds of each; everything was read once before."""
    for case in dict.fromkeys(cases):
        await _search(database, case)
    return [await _search(database, case) for case in cases]


async def _search(database: Database, case: Case, space: int = 1) -> float:
    started = perf_counter()
    query = parse_query(case.query, now=NOW, zone="UTC", week_start=0)
    names = await resolve(database, space, space, query)
    asked = Search(space, query, Asker(space, NOW, "UTC"), names)
    await search(database, asked, sort=case.sort)
    return (perf_counter() - started) * 1_000


async def _pairs(database: Database, first: int, last: int, count: int) -> list[str]:
    """Two words of such ranks that stand in the title of an open task."""
    allowed = set(WORDS[first:last])
    rows = await database.search(_TITLES)
    found: list[str] = []
    for row in rows:
        words = list(dict.fromkeys(w for w in row["title"].lower().split() if w in allowed))
        if len(words) > 1:
            found.append(" ".join(words[:2]))
    return random.Random(first).sample(found, count)


_TITLES: Final = """
select title from tasks where space_id = 1 and status = 'open' and deleted_at is null
order by created_at desc limit 5000"""


def _typos(count: int) -> list[str]:
    """Words of six letters and more with two neighbours swapped."""
    rng = random.Random(count)
    found: list[str] = []
    while len(found) < count:
        word = rng.choice(WORDS[SELDOM : VOCABULARY // 3])
        at = rng.randrange(1, len(word) - 2)
        wrong = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
        if len(word) >= 6 and wrong not in WORDS:
            found.append(wrong)
    return found


class _Told(Database):
    """Says what it runs, and how PostgreSQL does it."""

    async def search(self, sql: str, *args: Any) -> list[Any]:
        for row in await super().search(f"explain (analyze, buffers, costs) {sql}", *args):
            print(row[0])
        return await super().search(sql, *args)


async def _try(url: str, query: str | None, sort: str | None) -> None:
    if query is not None:
        database = _Told(url)
        await _search(database, Case(query, cast("SortName | None", sort)))
        await database.close()
        return
    database = Database(url)
    cases = [Case(text) for text in FILTERS.replace("\n", "|").split("|") if text]
    cases += [Case("", each) for each in SORTS] + [Case(text, each) for text, each in COMBINED]
    taken = [(sorted(await _run(database, [case] * 6)), case) for case in cases]
    for each, case in sorted(taken, key=lambda t: t[0][3]):
        print(f"{each[0]:7.1f} {each[3]:7.1f} {each[-1]:7.1f}  {case.query} {case.sort or ''}")
    pairs = await _pairs(database, SELDOM, VOCABULARY, 40)
    common = await _pairs(database, 0, SELDOM, 40)
    for what, words in (("pairs", pairs), ("typos", _typos(40)), ("any", common)):
        each = sorted(await _run(database, [Case(text) for text in words]))
        print(f"{what}: median {each[20]:.1f}, max {each[-1]:.1f}")
    await database.close()


if __name__ == "__main__":
    url, query, sort, *_ = [*sys.argv[1:], None, None, None]
    asyncio.run(_try(url or "", query, sort))
