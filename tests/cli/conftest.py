"""Fixtures of the tests that talk MCP."""

import pytest

from tests.server.eras import ERAS, Era


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """Both protocol eras, one after the other."""
    return request.param
