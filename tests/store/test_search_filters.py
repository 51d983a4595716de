"""Filters, alone and combined, against reading each task; and how PostgreSQL finds them."""

from random import Random
from typing import Any

from tests.store.any_tasks import FILTERS, combined, put_lists, random_task
from tests.store.searching import SORTS, Shelf
from todo_mcp.store.database import Database


async def test_every_query_finds_what_reading_each_task_finds(shelf: Shelf) -> None:
    rng = Random(5)  # noqa: S311 (always the same)
    await put_lists(shelf)
    await shelf.put(*(random_task(rng, number) for number in range(1, 81)))
    for number in (4, 9, 33, 61):
        await shelf.say(number, rng.choice(["milk and tea", "tax report"]))
        await shelf.remind(number + 1)
        await shelf.remind(number + 2, fired=True)
    queries = [*FILTERS, *(combined(rng) for _ in range(300))]
    for query in queries:
        sort = rng.choice(SORTS)
        found = await shelf.search(query, sort, limit=100)
        expected = shelf.matching(query)
        assert {each.id for each in found.tasks} == expected, (query, sort)
        assert (found.total, found.at_least) == (len(expected), False), (query, sort)


class _Explaining(Database):
    """Collects how PostgreSQL would run each search."""

    plans: list[str]

    async def search(self, sql: str, *args: Any) -> list[Any]:
        rows = await super().search(f"EXPLAIN {sql}", *args)
        self.plans += [row[0] for row in rows]
        return await super().search(sql, *args)


async def test_no_search_reads_a_whole_table(shelf: Shelf) -> None:
    await put_lists(shelf)
    rng = Random(5)  # noqa: S311 (always the same)
    await shelf.put(*(random_task(rng, number) for number in range(1, 81)))
    await shelf.database.worker("INSERT INTO words (space_id, word) VALUES (1, 'mlik')")
    explaining = _Explaining(shelf.database.url)
    explaining.plans = []
    watched = Shelf(explaining)
    for sort in SORTS:
        await watched.ids("", sort)
    for query in (*FILTERS, "mlik", "blueberyr", "nothing milk"):
        await watched.ids(query)
    await explaining.close()
    assert len(explaining.plans) > 1_000
    assert [line for line in explaining.plans if "Seq Scan" in line] == []
