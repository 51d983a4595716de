"""What the one statement for every change promises, on a real PostgreSQL."""

import asyncio
import random

import asyncpg
import pytest
from pydantic_core import to_json

from tests.signals import eventually
from tests.store.writing import FIELDS, Row, Rows, Writer, writer
from todo_mcp.service.home import Home
from todo_mcp.store.commit import VERSIONED, Commit, statement
from todo_mcp.store.database import Database
from todo_mcp.store.failures import LostRaceError

NEXT: dict[str, Row] = {
    "lists": {"name": "Chores"},
    "series": {"n": 2},
    "tasks": {"title": "Buy oat milk"},
    "reminders": {"state": "fired"},
    "notifications": {"acknowledged_at": "2026-11-23T10:00:00Z"},
    "filters": {"name": "Yours"},
}


@pytest.fixture
async def ada(home: Home) -> Writer:
    return await writer(home)


async def test_all_parts_of_a_change_are_written_together(ada: Writer) -> None:
    task, op = await ada.row("tasks"), await ada.operation()
    assert not await ada.put(
        {"tasks": [task], "operations": [op], "events": [ada.event("task", task, op)]}
    )
    assert [r["title"] for r in await ada.rows("SELECT title FROM tasks")] == ["Buy milk"]
    [event] = await ada.rows("SELECT subject_id, version, op FROM events")
    assert tuple(event) == (task["id"], 1, op["id"])


@pytest.mark.parametrize("table", VERSIONED)
async def test_a_row_that_moved_on_is_not_overwritten(ada: Writer, table: str) -> None:
    row = await ada.row(table)
    await ada.put({table: [row]})
    second = {**row, **NEXT[table], "version": 2}
    assert not await ada.put({table: [second]}, {table: {row["id"]: 1}})
    before = await ada.stored()
    op = await ada.operation()
    event = ada.event("task", row, op)
    rows: Rows = {
        table: [{**row, "version": 2}],
        "operations": [op],
        "events": [event],
        "consumed": [{"consumer": "test", "event_id": event["id"]}],
    }
    missed = await ada.put(rows, {table: {row["id"]: 1}}, worker=True)
    assert missed == {(table, row["id"])}
    assert await ada.stored() == before


@pytest.mark.parametrize("table", VERSIONED)
async def test_a_row_that_was_only_read_must_hold_too(ada: Writer, table: str) -> None:
    read, task = await ada.row(table), await ada.row("tasks")
    await ada.put({table: [read]})
    await ada.put({"tasks": [task]})
    moved = {**read, **NEXT[table], "version": 2}
    await ada.put({table: [moved]}, {table: {read["id"]: 1}})
    before = await ada.stored()
    expect = {"tasks": {task["id"]: 1}}
    expect.setdefault(table, {})[read["id"]] = 1
    missed = await ada.put({"tasks": [{**task, "version": 2}]}, expect)
    assert missed == {(table, read["id"])}
    assert await ada.stored() == before


async def test_all_ids_that_did_not_hold_are_told(ada: Writer) -> None:
    rows = [await ada.row("tasks") for _ in range(4)]
    await ada.put({"tasks": rows})
    for row in rows[::2]:
        await ada.changed(row)
    gone = rows[3]["id"] + 1_000_000
    expect = {row["id"]: 1 for row in rows} | {gone: 1}
    missed = await ada.put({"tasks": [{**rows[1], "version": 2}]}, {"tasks": expect})
    assert missed == {("tasks", rows[0]["id"]), ("tasks", rows[2]["id"]), ("tasks", gone)}


async def test_a_row_above_its_first_version_has_to_be_expected(ada: Writer) -> None:
    row = await ada.row("tasks")
    await ada.put({"tasks": [row]})
    before = await ada.stored()
    for expect in ({}, {"tasks": {row["id"]: 2}}):
        with pytest.raises(AssertionError, match="without being expected"):
            await ada.put({"tasks": [{**row, "version": 2}]}, expect)
    assert await ada.stored() == before


async def test_a_new_row_whose_number_is_taken_is_an_error_and_leaves_no_event(
    ada: Writer,
) -> None:
    row, op = await ada.row("tasks"), await ada.operation()
    await ada.put({"tasks": [row]})
    before = await ada.stored()
    again = {**row, "title": "Another"}
    with pytest.raises(Exception, match="division by zero"):
        await ada.put(
            {"tasks": [again], "operations": [op], "events": [ada.event("task", again, op)]}
        )
    assert await ada.stored() == before


async def test_a_key_of_a_user_is_used_once(ada: Writer) -> None:
    async def add() -> None:
        op = await ada.operation(key="buy-milk-1", args_hash="x")
        await ada.put({"tasks": [await ada.row("tasks")], "operations": [op]})

    await add()
    before = await ada.stored()
    with pytest.raises(LostRaceError):
        await add()
    assert await ada.stored() == before


async def test_an_event_is_consumed_once_by_each_consumer(ada: Writer) -> None:
    event_id = ada.event("task", {"id": 1, "version": 1}, {"id": 1})["id"]

    async def handle(consumer: str) -> None:
        consumed = [{"consumer": consumer, "event_id": event_id}]
        await ada.put({"tasks": [await ada.row("tasks")], "consumed": consumed}, worker=True)

    await handle("recurrence")
    await handle("delivery")
    before = await ada.stored()
    with pytest.raises(LostRaceError):
        await handle("recurrence")
    assert await ada.stored() == before


async def test_a_series_has_one_open_occurrence_and_one_of_each_number(ada: Writer) -> None:
    series = await ada.made("series")

    async def occur(n: int, **fields: object) -> None:
        row = await ada.row("tasks", series_id=series, n=n, occurs_on="2026-11-23", **fields)
        await ada.put({"tasks": [row]})

    await occur(1)
    closed = {"status": "done", "completed_at": "2026-11-23T09:00:00Z"}
    for n, fields in ((2, {}), (1, closed)):
        with pytest.raises(LostRaceError):
            await occur(n, **fields)
    await occur(2, **closed)
    await occur(3, deleted_at="2026-11-23T09:00:00Z")
    assert [r["n"] for r in await ada.rows("SELECT n FROM tasks ORDER BY n")] == [1, 2, 3]


async def test_one_of_sixteen_writers_of_one_version_wins(ada: Writer) -> None:
    for _ in range(10):
        row = await ada.row("tasks")
        await ada.put({"tasks": [row]})
        async with asyncio.TaskGroup() as group:
            tries = [group.create_task(ada.changed(row, title=f"{n}")) for n in range(16)]
        won = [not task.result() for task in tries]
        assert won.count(True) == 1
        stored = await ada.rows(
            "SELECT t.version, t.title, (SELECT count(*) FROM events e WHERE e.subject_id = t.id) "
            "FROM tasks t WHERE t.id = $1",
            row["id"],
        )
        assert tuple(stored[0]) == (2, f"{won.index(True)}", 1)


async def test_writers_that_cross_each_other_never_deadlock(home: Home) -> None:
    database = Database(home.database.url, size=16)
    ada = await writer(Home(database, home.person))
    tasks = {row["id"]: row for row in [await ada.row("tasks") for _ in range(8)]}
    lists = [await ada.row("lists", name=f"List {n}") for n in range(4)]
    await ada.put({"tasks": [*tasks.values()], "lists": lists})
    chance = random.Random(8)  # noqa: S311 (repeatable)
    held = 0

    async def storm() -> None:
        nonlocal held
        for _ in range(30):
            picked = chance.sample([*tasks.values()], 4)
            read = chance.sample(lists, 2)
            new = [{**row, "version": row["version"] + 1} for row in picked]
            expect = {
                "tasks": {row["id"]: row["version"] for row in picked},
                "lists": {row["id"]: 1 for row in read},
            }
            if not await ada.put({"tasks": new}, expect):  # a deadlock raises LostRaceError
                held += 1
                tasks.update({row["id"]: row for row in new})

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(storm())
    assert held
    assert sum(row["version"] - 1 for row in tasks.values()) == 4 * held
    await database.close()


async def test_rows_are_locked_in_the_order_of_their_ids_whatever_the_plan(ada: Writer) -> None:
    low, high = [await ada.row("tasks") for _ in range(2)]
    await ada.put({"tasks": [high]})  # lies before the other in the table
    await ada.put({"tasks": [low]})
    url, space = ada.home.database.url, ada.home.person.space
    writer, other = await asyncpg.connect(url), await asyncpg.connect(url)
    await writer.execute("SET enable_indexscan = off; SET enable_seqscan = off")
    change = Commit(space, {"tasks": {high["id"]: 1, low["id"]: 1}})
    sql = statement(frozenset({"tasks"}), frozenset[str]())
    async with other.transaction():
        await other.fetch("SELECT FROM tasks WHERE id = $1 FOR UPDATE", high["id"])
        waiting = asyncio.create_task(writer.fetch(sql, space, to_json(change.expected()).decode()))
        pid = writer.get_server_pid()
        await eventually(lambda: other.fetchval("SELECT pg_blocking_pids($1) <> '{}'", pid))
        free = "SELECT id FROM tasks WHERE id = $1 FOR UPDATE SKIP LOCKED"
        assert await other.fetchval(free, low["id"]) is None, "it waits without the lower one"
    [row] = await waiting
    assert row["held"]
    await writer.close()
    await other.close()


async def test_the_space_is_never_taken_from_a_row(ada: Writer) -> None:
    row = await ada.row("tasks")
    await ada.put({"tasks": [{**row, "space_id": ada.home.person.space + 1}]})
    assert [r["space_id"] for r in await ada.rows("SELECT space_id FROM tasks")] == [
        ada.home.person.space
    ]


async def test_statements_stay_prepared_with_one_plan(home: Home) -> None:
    database = Database(home.database.url, size=1)
    ada = await writer(Home(database, home.person))
    for n in range(10):
        row = await ada.row("tasks", title=f"Task {n}")
        await ada.put({"tasks": [row]})
        await ada.changed(row, title=f"Changed {n}")
    plans = await ada.rows(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
        "WHERE statement LIKE 'with %put_tasks%'"
    )
    assert sorted(tuple(row) for row in plans) == [(10, 0), (10, 0)]
    await database.close()


async def test_thousands_of_rows_are_not_compared_each_with_each(ada: Writer) -> None:
    """Sets of rows are joined by nested loops only: the product of their sizes."""
    tables = frozenset({"tasks", "reminders"})
    sql = statement(tables, tables | {"operations", "events"})
    one = '[{"id": 1, "version": 1}]'
    args = (ada.home.person.space, f'{{"tasks": {one}, "reminders": {one}}}', "{}")
    plan = await ada.rows(f"EXPLAIN {sql}", *args)
    assert not [line for (line,) in plan if "Nested Loop" in line]


def test_the_statement_knows_every_table_with_a_version() -> None:
    assert VERSIONED.keys() == FIELDS.keys()
