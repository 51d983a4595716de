"""Databases for tests that change the schema."""

from collections.abc import AsyncGenerator

import pytest

from tests import postgres


@pytest.fixture
async def empty_url(url: str) -> AsyncGenerator[str]:
    """The URL of a database without a schema."""
    async with postgres.scratch(url) as made:
        yield made
