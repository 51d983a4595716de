"""Searches among stored tasks: words, filters, orders, pages."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any, get_args

import pytest

from tests import sowing
from tests.store.searching import NOW, TODAY, ZONE, Shelf, days, local, task
from todo_mcp.domain.query_nodes import FIELDS, FLAGS, STATUSES
from todo_mcp.domain.task import Priority, Status, Task
from todo_mcp.errors import NotFoundError, RuleError
from todo_mcp.store import search as searching, search_sql
from todo_mcp.store.database import Database
from todo_mcp.store.search_fence import StrayRowError
from todo_mcp.store.search_order import SortName
from todo_mcp.store.search_parts import Args

SORTS: tuple[SortName, ...] = get_args(SortName)


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    await sowing.spaces(database, 11)
    return Shelf(database)


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


async def test_lists_are_found_with_those_below_them(shelf: Shelf) -> None:
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, parent_id, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', NULL, now(), now()), (1, 22, 1, 'Report', 21, now(), now())",
    )
    await shelf.put(task(1, "a", list_id=1), task(2, "b", list_id=21), task(3, "c", list_id=22))
    assert await shelf.ids("list:work") == [2, 3]
    assert await shelf.ids("list:l22") == [3]
    assert await shelf.ids("list:none") == [1]
    assert await shelf.ids("-list:work status:any") == [1]
    assert await shelf.ids("list:work status:done") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("list:wrok", r"^query, list: there is no list 'wrok'\. There is Work"),
        ("list:l99", r"^query, list: there is no list 'l99'"),
        ("assignee:bob", r"^query, assignee: there is no member 'bob'\. There is me, u1"),
        ("parent:t99", r"^query, parent: there is no task 't99'"),
        ("parent:Nothing", r"^query, parent: there is no task 'Nothing'"),
        ("parent:!", r"^query, parent: there is no task '!'"),
    ],
)
async def test_a_name_of_nothing_is_refused_with_what_there_is(
    shelf: Shelf, query: str, message: str
) -> None:
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', now(), now()), (2, 99, 1, 'Theirs', now(), now())",
    )
    with pytest.raises(NotFoundError, match=message):
        await shelf.ids(query)


async def test_a_tag_that_no_task_has_is_refused_with_the_near_ones(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "a", tags=("home",)),
        task(2, "b", tags=("old",), status=Status.DONE, completed_at=NOW),
    )
    with pytest.raises(
        NotFoundError, match=r"^query, tag: no task has the tag 'hoem'\. There is home"
    ):
        await shelf.ids("a tag:hoem")
    assert await shelf.ids("tag:old") == []
    assert await shelf.ids("tag:hoem OR a") == [1]
    assert await shelf.ids("a -tag:hoem") == [1]


async def test_parents_are_named_by_id_or_title(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "Plan party"),
        task(2, "Invite", parent_id=1),
        task(3, "Find addresses", parent_id=2),
        task(4, "Plan party tomorrow"),
    )
    assert await shelf.ids("parent:t1") == [2, 3]
    assert await shelf.ids('parent:"PLAN PARTY"') == [2, 3]


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


async def test_counts_are_exact_to_a_thousand_and_at_least_beyond(shelf: Shelf) -> None:
    await sowing.reminders(shelf.database, 1_000)
    await _index_everything(shelf)
    found = await shelf.search("", limit=0)
    assert (found.total, found.at_least, found.tasks, found.cursor) == (1_000, False, [], None)
    await sowing.reminders(shelf.database, 1, first=1_001)
    await _index_everything(shelf)
    for sort in SORTS:
        found = await shelf.search("task", sort)
        assert (found.total, found.at_least, len(found.tasks)) == (1_000, True, 25)


async def _index_everything(shelf: Shelf) -> None:
    await shelf.database.worker(
        "UPDATE tasks SET search = $1::text::tsvector WHERE search IS NULL", "'1:task':1A '1:#p0'"
    )
    await shelf.database.worker(
        "INSERT INTO words (space_id, word) VALUES (1, 'task') ON CONFLICT DO NOTHING"
    )


async def test_groups_of_matches_are_counted(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "a", tags=("x", "y"), priority=Priority.HIGH, due_on=TODAY),
        task(2, "b", tags=("x",), assignee=1, **local(TODAY, 23, "America/New_York")),
        task(3, "c", status=Status.STARTED),
    )
    expected: dict[searching.GroupName, dict[str | None, int]] = {
        "list": {"1": 3},
        "tag": {"x": 2, "y": 1},
        "status": {"open": 2, "started": 1},
        "priority": {"none": 2, "high": 1},
        "assignee": {None: 2, "1": 1},
        "day": {"2026-11-23": 1, "2026-11-24": 1, None: 1},
    }
    for group, counts in expected.items():
        counted = await searching.count(shelf.database, await shelf.asked(""), group)
        assert counted == searching.Counted(counts, 3, at_least=False, corrected={})
    counted = await searching.count(shelf.database, await shelf.asked("nothing"), "list")
    assert (counted.counts, counted.total) == ({}, 0)


def _random_task(rng: Random, number: int) -> Task:
    due = rng.choice([None, *(TODAY + days(n) for n in (-40, -1, 0, 1, 3, 20))])
    zone = rng.choice(["Europe/Vienna", "Pacific/Kiritimati", "America/Los_Angeles"])
    timed = local(due, rng.choice((0, 9, 11, 23)), zone) if due and rng.random() < 0.5 else {}
    status = rng.choice(list(Status))
    closed = status not in (Status.OPEN, Status.STARTED)
    created = NOW - days(rng.choice((0, 1, 6, 400)))
    return task(
        number,
        " ".join(rng.sample(["milk", "bread", "report", "tax", "berry", "blueberry"], 2)),
        **{"due_on": due, **timed},
        notes=rng.choice((None, "see the report", "blueberry tea")),
        list_id=rng.choice((1, 21, 22)),
        parent_id=rng.choice((None, None, rng.randrange(1, number))) if number > 1 else None,
        status=status,
        priority=Priority(rng.randrange(4)),
        tags=tuple(rng.sample(["Home", "work", "Büro"], rng.randrange(3))),
        start_on=rng.choice((None, TODAY - days(1), TODAY, TODAY + days(1))),
        deadline_on=rng.choice((None, TODAY, TODAY + days(9))),
        estimate_seconds=rng.choice((None, 60)),
        assignee=rng.choice((None, 1)),
        blocked_by=tuple(rng.sample(range(1, number), 1)) if number > 2 and number % 3 == 0 else (),
        created_at=created,
        updated_at=created + timedelta(hours=rng.randrange(3)),
        completed_at=created if closed else None,
        deleted_at=rng.choice((None, None, None, None, NOW)),
    )


FILTERS = (
    *(f"is:{flag}" for flag in FLAGS),
    *(f"has:{field}" for field in FIELDS),
    *(f"status:{status}" for status in STATUSES),
    *(
        [
            "due:today",
            "due:<today",
            "due:>=tomorrow",
            "due:none",
            "due:any",
            "due:overdue",
            "due:week",
        ]
    ),
    *(
        [
            "due:<=2026-11-23T12:00",
            "due:>2026-11-24T00:30",
            "start:today",
            "start:>today",
            "start:none",
        ]
    ),
    *(["start:<2026-11-23T08:00", "deadline:today", "deadline:any", "deadline:>today"]),
    *(["created:today", "created:<2026-01-01", "updated:today", "updated:week"]),
    *(["completed:today", "completed:any", "completed:none", "completed:<2026-11-20"]),
    *(["priority:high", "priority:none", "priority:>=medium", "priority:<medium"]),
    *(
        [
            "tag:home",
            "tag:büro",
            "tag:none",
            "list:Work",
            "list:l22",
            "list:none",
            "parent:t1",
            "parent:none",
        ]
    ),
    *(["assignee:me", "assignee:none", "id:t1,t5,t60", "milk", "bread", "report", "tea", "berry"]),
    '"milk bread"',
    '"see the report"',
)


async def test_every_query_finds_what_reading_each_task_finds(shelf: Shelf) -> None:
    rng = Random(5)  # noqa: S311 (always the same)
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, parent_id, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', NULL, now(), now()), (1, 22, 1, 'Report', 21, now(), now())",
    )
    shelf.lists = {"Work": [21, 22], "l22": [22], "none": [1]}
    await shelf.put(*(_random_task(rng, number) for number in range(1, 81)))
    for number in (4, 9, 33, 61):
        await shelf.say(number, rng.choice(["milk and tea", "tax report"]))
        await shelf.remind(number + 1)
        await shelf.remind(number + 2, fired=True)
    queries = [*FILTERS, *(_combined(rng) for _ in range(300))]
    for query in queries:
        sort = rng.choice(SORTS)
        assert set(await shelf.ids(query, sort)) == shelf.matching(query), (query, sort)


def _combined(rng: Random) -> str:
    parts = [rng.choice(("", "-")) + rng.choice(FILTERS) for _ in range(rng.randrange(2, 5))]
    if len(parts) > 2 and rng.random() < 0.5:
        parts[:2] = [rng.choice(("", "-")) + f"({parts[0]} OR {parts[1]})"]
    return rng.choice((" ", " ", " OR ")).join(parts)


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
    made = [_random_task(rng, number) for number in range(1, 61)]
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
    made = [_random_task(rng, number) for number in range(1, 181)]
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


class _Explaining(Database):
    """Collects how PostgreSQL would run each search."""

    plans: list[str]

    async def search(self, sql: str, *args: Any) -> list[Any]:
        rows = await super().search(f"EXPLAIN {sql}", *args)
        self.plans += [row[0] for row in rows]
        return await super().search(sql, *args)


async def test_no_search_reads_a_whole_table(shelf: Shelf) -> None:
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, parent_id, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', NULL, now(), now()), (1, 22, 1, 'Report', 21, now(), now())",
    )
    rng = Random(5)  # noqa: S311 (always the same)
    await shelf.put(*(_random_task(rng, number) for number in range(1, 81)))
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
