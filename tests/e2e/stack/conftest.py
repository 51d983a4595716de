"""One real stack for the tests of this folder: daprd, Kafka, the scheduler and our own processes."""

from collections.abc import AsyncGenerator

import pytest
from tools.stack import Plan, Stack, stack

from tests.e2e.stack import checking
from todo_mcp.store.database import Database


@pytest.fixture(scope="session")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stack]:
    """Ready, with a server, a worker and the chatbot's sidecar."""
    async with stack(tmp_path_factory.mktemp("stack"), Plan()) as made:
        yield made


@pytest.fixture(scope="session")
async def stored(up: Stack) -> AsyncGenerator[Database]:
    """The database of the stack, to look at and to sow into."""
    database = Database(up.database.url)
    yield database
    await database.close()


@pytest.fixture
def letters(up: Stack) -> int:
    """How many dead letters there are before the test."""
    return checking.dead(up)
