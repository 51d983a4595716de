"""`todo-mcp restore`: rows made anew from the events that told of them."""

import asyncio
from functools import partial
from typing import Any

import asyncpg

from tests import living, sowing
from tests.cli.commands import Said, todo_mcp
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.signals import eventually
from todo_mcp.service.home import Home

# What refers to others first.
TABLES = ("notifications", "reminders", "tasks", "series", "filters", "lists")
MOVED = (
    "UPDATE tasks SET title = 'secret', due_on = NULL, due_time = NULL, due_at = NULL WHERE id = $1"
)

INBOX = "SELECT (after ->> 'list_id')::bigint FROM events WHERE subject_id = $1"
AGAIN = """
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
VALUES ($1, $2, 7, 'Inbox', true, now(), now())
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def restore(home: Home, *more: str) -> Said:
    space = str(home.person.space)
    return await todo_mcp("restore", "--space", space, *more, DATABASE_URL=home.database.url)


async def dump(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    return {name: await living.table(home, name) for name in (*TABLES, "events")}


async def wipe(home: Home, *tables: str) -> None:
    for table in tables:
        await home.database.worker(
            f"DELETE FROM {table} WHERE space_id = $1",  # noqa: S608 (our own table)
            home.person.space,
        )


async def nest(ada: Agent) -> None:
    """Tasks below later ones, three levels of them."""
    one, two, three = [await ada.add(f"Level {n}", tags=["Größe"]) for n in "321"]
    await ada.call("update_tasks", ids=[one], parent=two)
    await ada.call("update_tasks", ids=[two], parent=three)


async def lived(home: Home, hands: Hands) -> dict[str, list[tuple[Any, ...]]]:
    await living.live(home, hands)
    async with agent(home, hands) as ada:
        await nest(ada)
    return await dump(home)


async def test_deleted_rows_come_back_as_they_were(home: Home, hands: Hands) -> None:
    before = await lived(home, hands)
    await wipe(home, *TABLES, "words")
    said = await restore(home)
    assert (said.code, said.err) == (0, "")
    assert await dump(home) == before
    counts = {name: len(before[name]) for name in TABLES if before[name]}
    assert all(f"{count:,} {name}" in said.out for name, count in counts.items())
    said = await todo_mcp("verify", DATABASE_URL=home.database.url)
    assert said.out.endswith(": all equal.\n")


async def test_what_lies_below_a_much_later_task_comes_after_it(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        early = await ada.add("Early")
        below = await ada.add("Below it", parent=early)
        for _ in range(11):  # more than are written at once
            await ada.call("add_tasks", tasks=[{"title": "Between"}] * 50)
        late = await ada.add("Late")
        await ada.call("update_tasks", ids=[early], parent=late)
    before = await dump(home)
    await wipe(home, *TABLES)
    assert (await restore(home)).code == 0
    assert await dump(home) == before
    # One that is there need not be written again.
    await home.database.worker("DELETE FROM tasks WHERE id = $1", int(below[1:]))
    await home.database.worker("DELETE FROM tasks WHERE id = $1", int(early[1:]))
    assert (await restore(home)).code == 0
    assert await dump(home) == before


async def test_after_a_restore_the_tools_go_on(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        milk = await ada.one("add_task", title="Buy milk", reminders=["-1h"], due="friday 5pm")
        done = await ada.call("complete_tasks", ids=[milk["id"]])
        await wipe(home, *TABLES)
        assert (await restore(home)).code == 0
        undone = await ada.one("undo", op=done["op"])
        assert (undone["id"], undone["version"]) == (milk["id"], 3)
        found = await ada.call("search_tasks", query="milk")
        assert [row["id"] for row in found["tasks"]] == [milk["id"]]
        assert await ada.add("Bread") != milk["id"]
    said = await todo_mcp("verify", DATABASE_URL=home.database.url)
    assert said.out.endswith(": all equal.\n")


async def test_a_part_that_is_missing_is_added_to_what_is_there(home: Home, hands: Hands) -> None:
    before = await lived(home, hands)
    await wipe(home, "notifications", "reminders", "words")
    leaf = "DELETE FROM tasks t WHERE NOT EXISTS (SELECT FROM tasks c WHERE c.parent_id = t.id)"
    await home.database.worker(leaf)
    await home.database.worker("UPDATE tasks SET search = ''")
    said = await restore(home)
    assert (said.code, said.err) == (0, "")
    assert "search of 3 tasks" in said.out
    assert await dump(home) == before


async def test_a_dry_run_tells_the_same_and_writes_nothing(home: Home, hands: Hands) -> None:
    await lived(home, hands)
    await wipe(home, *TABLES, "words")
    empty = await dump(home)
    dry = await restore(home, "--dry-run")
    assert dry.code == 0
    assert "would be restored: 1 lists, " in dry.out
    assert await dump(home) == empty
    assert (await restore(home)).out == dry.out.replace("would be restored", "restored")


async def test_rows_that_are_other_than_the_log_are_left_alone(home: Home, hands: Hands) -> None:
    await lived(home, hands)
    await wipe(home, "notifications", "reminders")
    [(task,)] = await sowing.rows(home.database, "SELECT id FROM tasks WHERE title = 'Clean'")
    await home.database.worker(MOVED, task)
    before = await dump(home)
    for more in ([], ["--dry-run"]):
        said = await restore(home, *more)
        assert said.code == 1
        assert f"t{task}: other in the table: title\n" in said.out
        assert "1 rows are not as the log has them. Nothing was restored." in said.err
        assert "secret" not in said.out + said.err
        assert await dump(home) == before


async def test_a_row_the_log_does_not_know_is_in_the_way(home: Home, hands: Hands) -> None:
    before = await lived(home, hands)
    [(task,)] = await sowing.rows(home.database, "SELECT id FROM tasks WHERE title = 'Level 3'")
    await wipe(home, "notifications", "reminders")
    await home.database.worker("DELETE FROM events WHERE kind = 'task' AND subject_id = $1", task)
    said = await restore(home)
    assert (said.code, said.out) == (1, f"space {home.person.space}: t{task}: not in the log\n")
    assert await living.table(home, "tasks") == before["tasks"]
    assert not await living.table(home, "reminders")


async def test_who_changes_the_space_meanwhile_keeps_it_whole(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        await ada.add("First")
        last = await ada.add("Last")
    await wipe(home, *TABLES)
    connection = await asyncpg.connect(home.database.url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        [(inbox,)] = await sowing.rows(home.database, INBOX, int(last[1:]))
        await connection.execute(AGAIN, home.person.space, inbox)
        restoring = asyncio.create_task(restore(home))
        await eventually(partial(sowing.as_admin, home.database, WAITING))
        await transaction.commit()
    finally:
        await connection.close()
    said = await restoring
    assert said.code == 1
    assert "Nothing was restored." in said.err
    assert await living.table(home, "tasks") == []
    assert (await restore(home)).code == 1


async def test_a_space_is_named(home: Home) -> None:
    said = await todo_mcp("restore", DATABASE_URL=home.database.url)
    assert (said.code, said.out) == (1, "")
    assert "space: missing" in said.err
