"""One real stack for the tests of this folder: daprd, Kafka, the scheduler and our own processes."""

import os
from collections.abc import AsyncGenerator

import pytest
from tools.stack import Plan, Stack, stack

from tests.e2e.stack import checking
from tests.worker.receiving import Receiver, receiver
from todo_mcp.service.sealing import new_key
from todo_mcp.store.database import Database


@pytest.fixture(scope="session")
async def other() -> AsyncGenerator[Receiver]:
    """Who listens where the component `todo-webhook` leads, at the path `/hook`."""
    async with receiver() as made:
        yield made


@pytest.fixture(scope="session")
async def up(tmp_path_factory: pytest.TempPathFactory, other: Receiver) -> AsyncGenerator[Stack]:
    """Ready, with a server, a worker and the chatbot's sidecar."""
    plan = Plan(
        settings={
            "TODO_MCP_CHANNEL_KEYS": new_key(),
            "TODO_MCP_CHANNEL_BINDINGS": "todo-webhook,todo-absent",
            "TODO_MCP_LOG_LEVEL": "debug",  # what was handled, and when
        }
    )
    environment = {**os.environ, "TODO_WEBHOOK_URL": f"{other.url}/hook"}  # noqa: TID251 (handed on)
    async with stack(tmp_path_factory.mktemp("stack"), plan, environment) as made:
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
