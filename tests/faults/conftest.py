"""A server to do harm to."""

import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.conftest import ZONE
from tests.faults.victim import Victim
from todo_mcp.service.home import Home, open_home


@pytest.fixture(scope="module")
async def made() -> AsyncGenerator[Victim]:
    folder = Path(tempfile.mkdtemp(prefix="todo-"))  # short enough for a socket
    victim = Victim(folder)
    await victim.make()
    yield victim
    await victim.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def victim(made: Victim) -> Victim:
    """It runs when the test begins."""
    await made.start()
    return made


@pytest.fixture
async def home(victim: Victim, request: pytest.FixtureRequest) -> AsyncGenerator[Home]:
    """A home of the test's own on the server to do harm to."""
    opened = await open_home(victim.url, user=request.node.name, zone=ZONE, space=None)
    yield opened
    await victim.start()
    await opened.database.close()
