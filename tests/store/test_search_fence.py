"""What searches, which see all spaces, never show of another."""

import pytest

from tests.store.searching import SORTS, Shelf, task
from todo_mcp.store import search as searching, search_sql
from todo_mcp.store.search_fence import StrayRowError
from todo_mcp.store.search_parts import Args


async def test_another_space_is_neither_found_nor_counted(shelf: Shelf) -> None:
    other = Shelf(shelf.database, 11)
    await shelf.put(task(1, "1milk"))
    await other.put(task(2, "milk", list_id=11))
    assert (await shelf.search("milk")).total == 1  # as a part of its own word
    assert (await other.search("1milk")).total == 0
    for sort in SORTS:
        assert await other.ids("", sort) == [2]


async def test_a_query_compiled_without_the_space_is_caught(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Shelf(shelf.database, 11)
    await shelf.put(task(1, "milk"))
    await other.put(task(2, "bread", list_id=11))
    monkeypatch.setattr(search_sql, "TASK", "'{}'::text")
    forgets = staticmethod(lambda *_: "true")
    monkeypatch.setattr("todo_mcp.store.search_where.Where._in_space", forgets)
    for sort in SORTS:
        with pytest.raises(StrayRowError):
            await shelf.search("", sort, limit=0)
    with pytest.raises(StrayRowError):
        await searching.count(shelf.database, await shelf.asked(""), "list")


async def test_the_vocabulary_of_another_space_is_caught(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Shelf(shelf.database, 11).put(task(2, "milk", list_id=11))
    monkeypatch.setattr(
        "todo_mcp.store.search_words._KNOWN",
        "select 0 as i, 'known' as kind, space_id, word from words"
        " where $1::bigint > 0 and $2::jsonb is not null",
    )
    with pytest.raises(StrayRowError):
        await shelf.search("milk")


def test_every_parameter_of_a_statement_is_typed() -> None:
    args = Args(7)
    assert args.add("x", "text") == "$2::text"
    assert args.values == [7, "x"]
