"""Upgrading while others upgrade, work or have gone further."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from alembic import command

from tests import postgres, sowing
from tests.conftest import NOW, ZONE
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.meanwhile import follow
from todo_mcp.errors import UnavailableError
from todo_mcp.service.home import Home, open_home
from todo_mcp.store import migrate, spaces
from todo_mcp.store.database import Database

TABLES = "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'"


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Home]:
    home = await open_home(url, user="ada", zone=ZONE, space=None)
    yield home
    await home.database.close()


async def test_a_migration_that_has_to_wait_gives_up_and_says_why(empty_url: str) -> None:
    await asyncio.to_thread(command.upgrade, migrate.config(empty_url), "0002")
    busy = await asyncpg.connect(empty_url)
    transaction = busy.transaction()
    await transaction.start()
    await busy.fetch("SELECT * FROM tasks")
    async with asyncio.timeout(6):
        with pytest.raises(UnavailableError, match=r"holds a lock on a table.*run `todo-mcp migr"):
            await migrate.upgrade(empty_url)
    assert await migrate.current(empty_url) == "0002"
    await transaction.rollback()
    await busy.close()
    await migrate.upgrade(empty_url)
    assert await migrate.current(empty_url) == migrate.head()


async def test_a_migrator_waits_for_the_one_at_work(empty_url: str) -> None:
    first = await asyncpg.connect(empty_url)
    await first.execute("SELECT pg_advisory_lock(hashtext('todo-mcp:migrate'))")
    second = asyncio.create_task(migrate.upgrade(empty_url))
    done, _ = await asyncio.wait([second], timeout=0.5)
    assert not done
    assert await migrate.current(empty_url) is None
    await first.close()
    await second
    assert await migrate.current(empty_url) == migrate.head()


async def test_waiting_for_another_migrator_can_be_cancelled(empty_url: str) -> None:
    first = await asyncpg.connect(empty_url)
    await first.execute("SELECT pg_advisory_lock(hashtext('todo-mcp:migrate'))")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await migrate.upgrade(empty_url)
    await first.close()


async def test_a_database_of_a_newer_version_is_refused_by_migrate_and_at_start(
    empty_url: str,
) -> None:
    await migrate.upgrade(empty_url)
    await postgres.run(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    for act in (
        migrate.upgrade(empty_url),
        open_home(empty_url, user="ada", zone=ZONE, space=None),
    ):
        with pytest.raises(UnavailableError, match=r"schema 9999, .* newer .* Upgrade todo-mcp"):
            await act


async def test_this_code_works_on_the_next_schema(empty_url: str) -> None:
    hands = Hands(NOW)
    async with opened(empty_url) as home, agent(home, hands) as ada:
        milk = await ada.add("Buy milk", due="tomorrow 9am", reminders=["-30m"])
        await ada.call("update_tasks", ids=[milk], priority="high")
        # The next version migrates while this one is connected and has prepared its statements.
        for table in await postgres.run(empty_url, TABLES):
            await postgres.run(
                empty_url, f"ALTER TABLE {table} ADD COLUMN shade text NOT NULL DEFAULT 'pale'"
            )
        weekly = await ada.add("Water the plants", recurrence="every friday at 9:00")
        changed = await ada.one("update_tasks", ids=[milk], title="Buy oat milk", tags_add=["a"])
        assert changed["changed"]["title"] == ["Buy milk", "Buy oat milk"]
        await ada.call("set_reminder", ids=[milk], reminders=["-1h"])
        await ada.call("complete_tasks", ids=[milk, weekly])
        await follow(home, hands)
        context = await ada.call("get_context")
        assert context["lists"][0]["open"] == 1
    shades = await postgres.run(empty_url, "SELECT array_agg(DISTINCT shade) FROM tasks")
    assert shades == ["pale"]


async def test_two_processes_may_make_the_same_user_at_once(database: Database) -> None:
    others = [Database(database.url) for _ in range(8)]
    async with asyncio.TaskGroup() as group:
        made = [group.create_task(spaces.enter(one, "ada", ZONE)) for one in others]
    assert len({task.result() for task in made}) == 1
    assert await sowing.rows(database, "SELECT count(*) FROM spaces") == [(1,)]
    for one in others:
        await one.close()
