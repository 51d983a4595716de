"""What is at the other end of channels, and a database whose time stands still."""

from collections.abc import AsyncGenerator

import pytest

from tests import postgres
from tests.conftest import NOW
from tests.sundial import Sundial
from tests.worker.receiving import Receiver, receiver
from todo_mcp.store import migrate
from todo_mcp.store.database import Database


@pytest.fixture
async def other() -> AsyncGenerator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def sundial(url: str) -> AsyncGenerator[Sundial]:
    """Of a database of its own: a minute there lasts until the test turns it."""
    async with postgres.scratch(url) as scratch:
        await migrate.upgrade(scratch)
        made = Sundial(scratch)
        await made.make()
        await made.turn(NOW)
        yield made


@pytest.fixture
async def still(sundial: Sundial) -> AsyncGenerator[Database]:
    database = Database(sundial.url)
    yield database
    await database.close()
