"""Logins that are no superusers: one that migrates, one that serves."""

from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest

from tests import postgres
from tests.conftest import NOW, ZONE
from tests.hands import Hands
from tests.server import meanwhile
from tests.server.agent import agent
from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.service.home import Home, open_home
from todo_mcp.store import embedded, health

GRANT = "GRANT todo_app, todo_worker, todo_search TO serves"


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    """A server that knows two logins and none of our roles."""
    folder: Path = tmp_path_factory.mktemp("logins")
    used = await embedded.start(folder)
    await postgres.run(used.url, "CREATE ROLE serves LOGIN PASSWORD 'serves'")
    await postgres.run(used.url, "CREATE ROLE migrates LOGIN PASSWORD 'migrates' CREATEROLE")
    yield used.url
    await used.release()
    await embedded.stop(folder)


async def test_a_login_that_may_create_roles_migrates_and_one_with_the_roles_serves(
    cluster: str,
) -> None:
    made = await postgres.create_empty(cluster, "mine")
    await postgres.run(cluster, "ALTER DATABASE mine OWNER TO migrates")
    serves, migrates = (postgres.as_login(made, name) for name in ("serves", "migrates"))

    async def opened(url: str, migrate_url: str | None = None) -> Home:
        return await open_home(url, user="ada", zone=ZONE, space=None, migrate_url=migrate_url)

    with pytest.raises(UnavailableError, match=r"MIGRATE_DATABASE_URL naming a login"):
        await opened(serves)
    with pytest.raises(UnavailableError, match=r"GRANT todo_app, todo_worker, todo_search TO"):
        await opened(serves, migrates)
    await postgres.run(migrates, GRANT)

    hands = Hands(NOW)
    for url in (serves, migrates):  # one login may do both
        home = await opened(url, migrates)
        try:
            async with agent(home, hands) as ada:
                task = await ada.add("Water the plants", recurrence="every friday at 9:00")
                await ada.call("complete_tasks", ids=[task])
                await meanwhile.follow(home, hands)
                found = await ada.call("search_tasks", query="water")
            assert found["total"] >= 1
        finally:
            await home.database.close()
    findings = await health.examine(serves, "local", utc_now)
    assert [item.name for item in findings if not item.well] in ([], ["events"])


async def test_a_refused_login_says_which_part_of_the_url_is_wrong(cluster: str) -> None:
    somebody = postgres.as_login(cluster, "nobody")
    for url, words in (
        (somebody, "refuses the login of DATABASE_URL"),
        (postgres.another(cluster, "nowhere"), "names a database that does not exist"),
        ("postgresql://[", "is no URL of a PostgreSQL database"),
        ("mysql://there/db", "is no URL of a PostgreSQL database"),
    ):
        with pytest.raises(UnavailableError, match=words):
            await open_home(url, user="ada", zone=ZONE, space=None)
        with pytest.raises(UnavailableError, match=words):
            await health.examine(url, "local", utc_now)


async def test_a_login_without_inheritance_serves_too(cluster: str) -> None:
    """PostgreSQL 16 and later can grant a role to be taken and not to be inherited."""
    made = await postgres.create(cluster, "theirs")
    connection = await asyncpg.connect(made)
    await connection.execute("CREATE ROLE takes LOGIN NOINHERIT PASSWORD 'takes'")
    await connection.execute("GRANT todo_app, todo_worker, todo_search TO takes")
    await connection.close()
    url = postgres.as_login(made, "takes")
    home = await open_home(url, user="ada", zone=ZONE, space=None)
    await home.database.close()
    assert all(finding.well for finding in await health.examine(url, "local", utc_now))
