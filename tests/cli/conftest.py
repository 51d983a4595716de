"""Fixtures of the tests that talk MCP."""

import pytest

from tests.server.eras import ERAS, Era
from todo_mcp.store.database import Database


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """Both protocol eras, one after the other."""
    return request.param


@pytest.fixture
def emptied(database: Database) -> str:
    """The URL of a database without a row of a user."""
    return database.url
