"""Numbers for new rows: leased ahead, and nobody has one twice."""

import asyncio

from todo_mcp.store.database import Database


async def test_numbers_asked_for_at_once_are_all_there_and_all_different(
    database: Database,
) -> None:
    other = Database(database.url)
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(one.ids("task", count))
            for one in (database, other)
            for count in (1, 7, 3, 90, 2, 5, 300, 4)
        ]
    counts = [len(task.result()) for task in asked]
    assert counts == [1, 7, 3, 90, 2, 5, 300, 4] * 2
    numbers = [number for task in asked for number in task.result()]
    assert len(set(numbers)) == len(numbers)
    await other.close()


async def test_a_number_given_back_is_the_next_one_handed_out(database: Database) -> None:
    first, second = await database.ids("task", 2)
    database.return_ids("task", [first, second])
    assert await database.ids("task", 2) == [first, second]


async def test_what_others_take_meanwhile_is_asked_for_again(database: Database) -> None:
    database.return_ids("task", await database.ids("task", 300))
    async with asyncio.TaskGroup() as group:
        more = group.create_task(database.ids("task", 500))
        fewer = group.create_task(database.ids("task", 250))
    assert len({*more.result(), *fewer.result()}) == 750
