"""Fixtures shared by all tests: a real PostgreSQL, emptied for each test that asks for a home."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from tests import postgres
from tests.hands import Hands
from todo_mcp.service.home import Home
from todo_mcp.store import embedded, spaces
from todo_mcp.store.database import Database

# A Monday, 10:00 in Vienna.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE = "Europe/Vienna"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-url",
        metavar="URL",
        action="append",
        help="a superuser on a PostgreSQL server to test on, instead of the embedded one; with -n 2 twice",
    )
    parser.addoption(
        "--nightly", action="store_true", help="ten times as many seeds for what tries at random"
    )


@pytest.fixture(scope="session")
async def server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, worker_id: str
) -> AsyncGenerator[str]:
    """The URL of this test process's own server.

    Sharing one would be quicker by a second, but a transaction in any database of a server holds back
    the event logs in all of them.
    """
    if given := pytestconfig.getoption("--database-url"):
        yield given[0 if worker_id == "master" else int(worker_id.removeprefix("gw"))]
        return
    used = await embedded.start(tmp_path_factory.getbasetemp() / "postgres", idle_seconds=5)
    yield used.url
    await used.release()


@pytest.fixture(scope="session")
async def url(server: str, worker_id: str) -> str:
    """The URL of this test process's own, migrated database."""
    return await postgres.create(server, f"test_{worker_id}")


@pytest.fixture(scope="session")
async def migrated(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def database(migrated: Database) -> Database:
    """A migrated database without a row of a user."""
    await postgres.empty(migrated)
    return migrated


@pytest.fixture
async def home(database: Database) -> Home:
    """The space of one user in Vienna."""
    return Home(database, await spaces.enter(database, "ada", ZONE))


@pytest.fixture
def hands() -> Hands:
    """The clock of the test: it stands still until it is moved."""
    return Hands(NOW)
