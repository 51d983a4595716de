"""`todo-mcp doctor` on databases that are well and not well."""

import re

import asyncpg

from tests import postgres
from tests.cli.commands import todo_mcp
from tests.conftest import NOW, ZONE
from todo_mcp.service import tasks
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store import spaces
from todo_mcp.store.database import Database


async def test_a_database_that_is_well_is_said_to_be(url: str, database: Database) -> None:
    assert database.url == url
    said = await todo_mcp("doctor", DATABASE_URL=url)
    assert (said.code, said.err) == (0, "")
    checks = [line.split(": ")[0] for line in said.out.splitlines()[1:]]
    names = ("database", "clock", "schema", "roles", "row-level security", "events", "dead letters")
    assert checks == [f"ok        {name}" for name in names]


async def test_what_is_not_well_is_told_with_what_to_do(server: str, worker_id: str) -> None:
    url = await postgres.create(server, f"doctor_{worker_id}")
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY")
    await connection.close()
    said = await todo_mcp("doctor", DATABASE_URL=url)
    assert said.code == 1
    assert "NOT WELL  row-level security: off for tasks\n          → ALTER TABLE" in said.out


async def test_a_schema_that_is_missing_or_newer_is_told(server: str, worker_id: str) -> None:
    url = await postgres.create(server, f"doctor_{worker_id}")
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    said = await todo_mcp("doctor", DATABASE_URL=url)
    assert said.code == 1
    assert "NOT WELL  schema: 9999" in said.out


async def test_events_that_wait_too_long_are_told(server: str, worker_id: str) -> None:
    url = await postgres.create(server, f"doctor_{worker_id}")
    database = Database(url)
    home = Home(database, await spaces.enter(database, "ada", ZONE))
    await tasks.add(Work(database, home.person, NOW, "test"), {"title": "Wait"}, [])
    await database.worker("UPDATE events SET created_at = now() - interval '1 minute'")
    await database.close()
    said = await todo_mcp("doctor", DATABASE_URL=url)
    assert said.code == 1
    assert re.search(r"NOT WELL  events: 1 wait, the oldest for \d{2,3} s", said.out)
    assert "todo-mcp worker" in said.out


async def test_a_database_that_does_not_answer_is_told_in_one_line() -> None:
    said = await todo_mcp("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert said.code == 1
    assert said.err.startswith("todo-mcp: The database does not answer. See that it runs and, ")
    assert "idempotency_key" not in said.err  # what an agent is told
    assert "Traceback" not in said.err
