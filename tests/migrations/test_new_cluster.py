"""A cluster of its own: made roles, crowds of migrators, and a database that moves in."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests import postgres, sowing
from tests.conftest import ZONE
from todo_mcp.store import embedded, events, migrate, spaces
from todo_mcp.store.database import Database
from todo_mcp.store.embedded import binaries

SINK = "test"
# Subtransactions that write take a transaction id each.
BURN = """
DO $$ BEGIN
  CREATE TEMP TABLE burnt (i int);
  FOR i IN 1..5000 LOOP
    BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN others THEN NULL; END;
  END LOOP;
END $$
"""
MIGRATE = """
import asyncio, sys
from todo_mcp.store import migrate
for url in sys.argv[1:]:
    asyncio.run(migrate.upgrade(url))
"""
OPERATOR = "CREATE ROLE operator LOGIN PASSWORD 'operator' CREATEROLE CREATEDB"


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    """The URL of a server on which nothing of ours has ever been."""
    folder = tmp_path_factory.mktemp("cluster")
    used = await embedded.start(folder)
    await postgres.run(used.url, OPERATOR)
    yield used.url
    await used.release()
    await embedded.stop(folder)


async def called(*command: str | Path, told: bytes = b"") -> bytes:
    """What a program says that has to work."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        out, said = await process.communicate(told)
    assert process.returncode == 0, said.decode()
    return out


async def test_four_migrators_at_once_on_two_databases_of_a_new_cluster(cluster: str) -> None:
    urls = [await postgres.create_empty(cluster, name) for name in ("one", "two")]
    async with asyncio.TaskGroup() as group:
        for order in (urls, urls[::-1], urls, urls[::-1]):
            group.create_task(called(sys.executable, "-c", MIGRATE, *order))
    for url in urls:
        assert await migrate.current(url) == migrate.head()
        await _work_on(Database(url))


async def test_events_flow_on_after_a_dump_and_a_restore_into_another_cluster(
    empty_url: str, cluster: str
) -> None:
    await postgres.run(empty_url, BURN)
    await migrate.upgrade(empty_url)
    old = Database(empty_url)
    await spaces.enter(old, "ada", ZONE)
    await sowing.event(old, title="published")
    [read] = await events.read(old.worker, events.START)
    await events.move(old.worker, SINK, read.position)
    await sowing.event(old, title="not published yet")
    last = await postgres.run(empty_url, "SELECT max(tx) FROM events")
    await old.close()

    new = Database(await _moved(empty_url, cluster))
    [now] = (await new.worker("SELECT pg_snapshot_xmax(pg_current_snapshot())"))[0]
    assert now < last, "the new cluster is not behind the old one: nothing to prove"
    await sowing.event(new, title="first after")
    # Further connections find it raised.
    others = [Database(new.url) for _ in range(3)]
    for other in others:
        await sowing.event(other, title="later")
        await other.close()
    at = await events.position(new.worker, SINK)
    assert at == read.position
    found = await events.read(new.worker, at)
    titles = [(entry.event().after or {})["title"] for entry in found]
    assert titles == ["not published yet", "first after", "later", "later", "later"]
    assert await sowing.rows(new, "SELECT generation FROM log") == [(2,)]
    await _work_on(new)


async def test_a_lone_timer_or_relay_too_raises_the_generation_before_it_writes(
    empty_url: str,
) -> None:
    await migrate.upgrade(empty_url)
    database = Database(empty_url)
    await sowing.spaces(database)
    await sowing.event(database)
    await database.close()
    await postgres.run(empty_url, "UPDATE events SET tx = '9999999999999'")
    connection = await database.listen()
    assert await connection.fetchval("SELECT generation FROM log") == 2
    await connection.close()


async def _moved(url: str, cluster: str) -> str:
    """Dumped and restored by a login that is no superuser; the URL of the copy."""
    programs = binaries.folder()
    if not await postgres.run(url, "SELECT 1 FROM pg_roles WHERE rolname = 'operator'"):
        await postgres.run(url, OPERATOR)
    await postgres.run(url, "GRANT todo_owner, todo_app, todo_worker, todo_search TO operator")
    name = "moved"
    dump = await called(
        programs / "pg_dump",
        "--enable-row-security",
        "--role=todo_owner",
        "--dbname",
        postgres.as_login(url, "operator"),
    )
    roles = await called(programs / "pg_dumpall", "--roles-only", "--dbname", url)
    made = postgres.as_login(await postgres.create_empty(cluster, name), "operator")
    await postgres.run(cluster, f"ALTER DATABASE {name} OWNER TO operator")
    await called(programs / "psql", "-q", "--dbname", cluster, told=roles)
    await postgres.run(made, "GRANT USAGE, CREATE ON SCHEMA public TO todo_owner")
    await called(programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "--dbname", made, told=dump)
    return made


async def _work_on(database: Database) -> None:
    """A new user can enter: numbers go on where they were."""
    person = await spaces.enter(database, "bob", ZONE)
    assert await sowing.rows(database, "SELECT max(id) FROM spaces") == [(person.space,)]
    await database.close()
