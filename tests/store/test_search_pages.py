"""The orders of searches and their pages.

Red without the stream of what blocks, and with nothing taken for what blocks among many.
"""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest

from tests.store.any_tasks import random_task
from tests.store.searching import NOW, TODAY, ZONE, Shelf, days, local, task
from todo_mcp.domain.task import Status, Task
from todo_mcp.errors import RuleError
from todo_mcp.store import search_sql
from todo_mcp.store.search_order import SortName


def _due(made: Task) -> tuple[Any, ...]:
    at = made.due_at.timestamp() if made.due_at else float("inf")
    return (made.due_on or date.max, at)


ORDERS: dict[SortName, Callable[[Task], Any]] = {
    "due": lambda made: (*_due(made), -made.priority, made.id),
    "priority": lambda made: (-made.priority, *_due(made), made.id),
    "created": lambda made: (-made.created_at.timestamp(), made.id),
    "updated": lambda made: (-made.updated_at.timestamp(), made.id),
    "urgency": lambda made: (-_urgency(made), made.id),
}


def _urgency(made: Task) -> float:
    """Of a task that neither blocks nor is blocked."""
    score = {3: 6.0, 2: 3.9, 1: 1.8, 0: 0.0}[made.priority]
    if made.due_on is not None:
        over = local(made.due_on + days(1), 0, ZONE)["due_at"]
        late = (NOW - (made.due_at or over)) / days(1)
        score += 12 * (0.2 + 0.8 * min(max((late + 14) / 21, 0), 1))
    score += 4 if made.status is Status.STARTED else 0
    score -= 3 if (made.start_on or TODAY) > TODAY else 0
    return score + 2 * min((NOW - made.created_at) / days(365), 1)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("sort", sorted(ORDERS))
async def test_pages_bring_every_match_once_and_in_order(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    sort: SortName,
    few: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    if not few:  # as among a thousand matches: no longer sorted, but read in the order of an index
        monkeypatch.setattr(search_sql, "EXACT", 10)
        monkeypatch.setattr(search_sql, "SORTED", 10)
    rng = Random(7)  # noqa: S311 (always the same)
    made = [random_task(rng, number) for number in range(1, 61)]
    await shelf.put(*(each.but(list_id=1, parent_id=None, blocked_by=()) for each in made))
    expected = sorted((each for each in shelf.tasks.values() if each.live), key=ORDERS[sort])
    assert await _paged(shelf, "", sort) == [each.id for each in expected]


async def _paged(shelf: Shelf, query: str, sort: SortName) -> list[int]:
    """The matches of all pages, one page behind the other."""
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = await shelf.search(query, sort, limit=7, cursor=cursor)
        found += [each.id for each in page.tasks]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("sort", ["due", "priority", "updated"])
@pytest.mark.parametrize(
    "query",
    ["completed:<2026-11-23", "completed:<2026-11-23 status:done", "due:<2026-12-24 status:any"],
)
async def test_ranges_are_sorted_or_read_in_order(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    sort: SortName,
    few: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    if not few:
        for limit in ("EXACT", "SORTED", "SORTED_BY_INDEX"):
            monkeypatch.setattr(search_sql, limit, 10)
    rng = Random(11)  # noqa: S311 (always the same)
    made = [random_task(rng, number) for number in range(1, 181)]
    await shelf.put(*(each.but(list_id=1, parent_id=None, blocked_by=()) for each in made))
    matching = [shelf.tasks[number] for number in shelf.matching(query)]
    assert len(matching) > 10
    expected = [each.id for each in sorted(matching, key=ORDERS[sort])]
    assert await _paged(shelf, query, sort) == expected


@pytest.mark.parametrize("sorted_up_to", [50, 20])
async def test_of_more_matches_than_are_ranked_the_newest_are(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, sorted_up_to: int
) -> None:
    monkeypatch.setattr(search_sql, "EXACT", 10)
    monkeypatch.setattr(search_sql, "SORTED", sorted_up_to)
    ages = Random(3).sample(range(30), 30)  # noqa: S311 (always the same)
    await shelf.put(
        *(task(n, "Buy milk", created_at=NOW - days(age)) for n, age in enumerate(ages, 1))
    )
    page = await shelf.search("milk", limit=100)
    newest = [n for n, age in enumerate(ages, 1) if age < 10]
    assert [each.id for each in page.tasks] == newest
    assert (page.total, page.at_least) == (10, True)


async def test_urgency_knows_what_blocks_and_what_waits(shelf: Shelf) -> None:
    await shelf.put(task(1, "blocks"), task(2, "waits", blocked_by=(1,)), task(3, "plain"))
    assert await shelf.ids("", "urgency") == [1, 3, 2]


async def test_among_many_what_blocks_and_what_waits_is_weighed_too(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_sql, "EXACT", 10)
    await shelf.put(
        *(task(n, "due", due_on=TODAY + days(n + 5)) for n in range(1, 81)),
        task(81, "blocks, and is due never"),
        task(82, "waits", blocked_by=(81, 83), due_on=TODAY),
        task(83, "blocked it", status=Status.DONE, completed_at=NOW),
        task(84, "in the trash", blocked_by=(80,), deleted_at=NOW),
    )
    found = await shelf.search("", "urgency", limit=100)
    shown = [each.id for each in found.tasks]
    assert shown[:3] == [81, 1, 2]  # 8 for what it blocks; what is due first is next
    assert shown.index(82) > shown.index(4)  # due before all, and 5 off
    assert 80 not in shown


async def test_a_cursor_belongs_to_its_search(shelf: Shelf) -> None:
    await shelf.put(*(task(number, f"milk {number}") for number in range(1, 5)))
    cursor = (await shelf.search("milk", "due", limit=2)).cursor
    assert cursor is not None
    assert [made.id for made in (await shelf.search("milk", "due", cursor=cursor)).tasks] == [3, 4]
    wrong: list[tuple[str, SortName, str]] = [
        ("milk", "created", cursor),
        ("mil", "due", cursor),
        *(("milk", "due", text) for text in (cursor[:-2], "x", "é", "")),
    ]
    for query, sort, text in wrong:
        with pytest.raises(RuleError, match=r"^cursor: is not one of this search"):
            await shelf.search(query, sort, cursor=text)
