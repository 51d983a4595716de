"""Reading the log in the order of commits."""

import asyncpg

from tests import sowing
from todo_mcp.store import events
from todo_mcp.store.database import Database
from todo_mcp.store.events import START, Entry, Position


def titles(entries: list[Entry]) -> list[str]:
    return [(entry.event().after or {})["title"] for entry in entries]


async def test_a_new_sink_starts_at_the_beginning_of_the_log(database: Database) -> None:
    assert await events.position(database.worker, "new") == START


async def test_a_cursor_never_goes_back(database: Database) -> None:
    for place in (Position(1, 9, 9), Position(1, 10, 1), Position(1, 9, 10), Position(0, 99, 99)):
        await events.move(database.worker, "sink", place)
    assert await events.position(database.worker, "sink") == Position(1, 10, 1)


async def test_cursors_of_two_sinks_do_not_touch_each_other(database: Database) -> None:
    await events.move(database.worker, "one", Position(1, 9, 9))
    await events.move(database.worker, "two", Position(1, 3, 3))
    assert await events.position(database.worker, "one") == Position(1, 9, 9)


async def test_a_batch_is_cut_by_rows_and_goes_on_where_it_was_cut(database: Database) -> None:
    await sowing.spaces(database)
    for number in range(1, 8):
        await sowing.event(database, number)
    await sowing.whole_log(database)
    found: list[int] = []
    at = START
    while batch := await events.read(database.worker, at, rows=3):
        assert len(batch) <= 3
        found += [entry.subject_id for entry in batch]
        at = batch[-1].position
    assert found == [1, 2, 3, 4, 5, 6, 7]


async def test_a_batch_is_cut_by_bytes_but_one_event_always_passes(database: Database) -> None:
    await sowing.spaces(database)
    for number, length in ((1, 400), (2, 9_000), (3, 400), (4, 400)):
        await sowing.event(database, number, title="x" * length)
    await sowing.whole_log(database)
    sizes: list[list[int]] = []
    at = START
    while batch := await events.read(database.worker, at, size=2_000):
        sizes.append([entry.subject_id for entry in batch])
        at = batch[-1].position
    assert sizes == [[1], [2], [3, 4]]


async def test_events_without_images_are_read_like_others(database: Database) -> None:
    await sowing.spaces(database)
    for number in (1, 2, 3):
        await sowing.event(database, number)
    await database.worker("UPDATE events SET before = NULL, after = NULL WHERE subject_id <= 2")
    read = await sowing.whole_log(database)
    assert [entry.subject_id for entry in read] == [1, 2, 3]


async def test_what_commits_beside_an_older_open_transaction_waits_for_it(
    database: Database,
) -> None:
    await sowing.spaces(database)
    older = await asyncpg.connect(database.url)
    try:
        await older.execute("BEGIN; SELECT pg_current_xact_id()")
        await sowing.event(database, title="later")
        assert await events.read(database.worker, START) == []
        assert await events.waiting(database.worker, START)
        await older.execute(
            "INSERT INTO events (space_id, generation, id, kind, subject_id, version, type, after) "
            "VALUES (1, 1, gen_random_uuid(), 'task', 2, 1, 't', '{\"title\": \"older\"}'); COMMIT"
        )
        assert titles(await sowing.whole_log(database)) == ["older", "later"]
    finally:
        await older.close()


async def test_nothing_waits_where_nothing_was_committed(database: Database) -> None:
    assert not await events.waiting(database.worker, START)


async def test_older_generations_are_read_whole_before_the_current_one(database: Database) -> None:
    await sowing.spaces(database)
    await sowing.event(database, title="before the restore")
    # Restored elsewhere: ids of old transactions lie far ahead of the server's own.
    await database.worker("UPDATE events SET tx = '900000000000'")
    assert await events.read(database.worker, START) == []
    await database.worker("UPDATE log SET generation = 2")
    await sowing.event(database, title="after it")
    assert titles(await sowing.whole_log(database)) == ["before the restore", "after it"]


async def test_lag_counts_what_a_sink_has_not_had(database: Database) -> None:
    await sowing.spaces(database)
    for number in (1, 2, 3):
        await sowing.event(database, number)
    await database.worker("UPDATE events SET created_at = now() - interval '1 hour'")
    behind = await events.lag(database.worker, "sink")
    assert behind.count == 3
    assert 3_600 <= behind.seconds < 3_700
    [*_, last] = await sowing.whole_log(database)
    await events.move(database.worker, "sink", last.position)
    assert await events.lag(database.worker, "sink") == events.Lag(0, 0, 0)
