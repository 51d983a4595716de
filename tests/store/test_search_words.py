"""Words that tasks are found by: parts, typos, readings, comments."""

import pytest

from tests.store.searching import NOW, Shelf, task
from todo_mcp.domain.task import Status


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("milk", [1]),
        ("MILK buy", [1]),
        ("bu mil", []),
        ("buy mil", [1]),
        ('"buy oat milk"', [1]),
        ('"oat buy"', []),
        ('"oat mil"', []),
        ("creme brulee", [2]),
        ("CRÈME", [2]),
        ("strasse", [3]),
        ("e-mail", [4]),
        ("10:30", [4]),
        ("http://example.org/a", [4]),
        ("mail -example", []),
        ("牛乳", [5]),
        ("乳を買", [5]),
        ("買", [5]),
        ("牛を", []),
        ("นม", [6]),
        ("berry", [7]),
        ("ueber", [7]),
        ("groceries", [1]),
        ("oat pavlova", []),
        ("pavlova", [2]),
        ("🎉", [8]),
        ("milk OR party", [1, 8]),
    ],
)
async def test_words_find(shelf: Shelf, query: str, found: list[int]) -> None:
    await shelf.put(
        task(1, "Buy oat milk", tags=("groceries",)),
        task(2, "Crème brûlée", notes="or a pavlova"),
        task(3, "Sweep the Straße"),
        task(4, "E-mail at 10:30", notes="see http://example.org/a"),
        task(5, "牛乳を買う"),
        task(6, "ซื้อนมที่ตลาด"),
        task(7, "Blueberry muffins"),
        task(8, "Party 🎉"),
    )
    assert sorted(await shelf.ids(query, "due")) == found


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("blueberyr", "blueberry"),
        ("bluebery", "blueberry"),
        ("bluubarry", "blueberry"),
        ("mlik", "milk"),
        ("milkk", "milk"),
        ("mik", "milk"),
        ("ilk2", None),
        ("moolk", None),
        ("kxlm", None),
    ],
)
async def test_a_word_with_no_match_is_tried_with_typos(
    shelf: Shelf, wrong: str, right: str | None
) -> None:
    await shelf.put(task(1, "Blueberry milk"), task(2, "Something else"))
    found = await shelf.search(wrong)
    assert found.corrected == ({wrong: [right]} if right else {})
    assert [made.id for made in found.tasks] == ([1] if right else [])


async def test_quoted_words_and_words_with_a_match_are_not_corrected(shelf: Shelf) -> None:
    await shelf.put(task(1, "milk"), task(2, "silk"), task(3, "milky way"))
    assert (await shelf.search('"mlik"')).total == 0
    assert sorted(await shelf.ids("milk")) == [1, 3]
    assert await shelf.ids("-mlik milk") == [1, 3]


async def test_a_word_that_only_the_vocabulary_remembers_is_corrected(shelf: Shelf) -> None:
    await shelf.put(task(1, "milk"))
    await shelf.database.worker("INSERT INTO words (space_id, word) VALUES (1, 'mlik')")
    found = await shelf.search("mlik")
    assert (found.corrected, [made.id for made in found.tasks]) == ({"mlik": ["milk"]}, [1])


async def test_titles_rank_above_notes_and_whole_words_above_parts(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "Cranberry jam"),
        task(2, "Jam", notes="with a berry"),
        task(3, "A berry"),
        task(4, "Nothing"),
    )
    assert await shelf.ids("berry") == [3, 1, 2]


async def test_comments_are_found_with_words_of_the_task(shelf: Shelf) -> None:
    await shelf.put(task(1, "Call the plumber"), task(2, "Call grandma"), task(3, "Faucet"))
    await shelf.say(1, "he wants to see the faucet first")
    assert sorted(await shelf.ids("faucet")) == [1, 3]
    assert await shelf.ids("call faucet") == [1]
    assert await shelf.ids("wants faucet") == [1]
    assert await shelf.ids("faucet -wants") == [3]
    assert await shelf.ids("faucte") == [3, 1]


async def test_a_prefix_of_very_many_words_is_still_found(shelf: Shelf) -> None:
    await shelf.put(*(task(number, f"word{number:03}") for number in range(1, 101)))
    assert (await shelf.search("wo")).total == 100
    assert (await shelf.search("word01")).total == 10


async def test_nothing_found_shows_what_comes_near(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "Buy milk", status=Status.DONE, completed_at=NOW),
        task(2, "Buy bread"),
        task(3, "Milk the cow"),
    )
    found = await shelf.search("buy milk")
    assert (found.total, found.tasks) == (0, [])
    assert [made.id for made in found.near][:1] == [1]
    assert {made.id for made in found.near} == {1, 2, 3}
    assert [made.id for made in (await shelf.search("is:overdue")).near] == []
