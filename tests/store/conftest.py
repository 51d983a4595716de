"""Fixtures of the tests of the store."""

import pytest

from tests import sowing
from tests.hands import Hands
from tests.store.neighbours import CANARY, Neighbour, furnished
from tests.store.searching import Shelf
from todo_mcp.store.database import Database


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    """The first of eleven spaces, without a task."""
    await sowing.spaces(database, 11)
    return Shelf(database)


@pytest.fixture
async def ada(database: Database, hands: Hands) -> Neighbour:
    return await furnished(database, hands, "ada", "milk")


@pytest.fixture
async def bob(database: Database, hands: Hands) -> Neighbour:
    return await furnished(database, hands, "bob", CANARY)
