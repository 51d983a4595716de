"""Both protocol eras, one after the other."""

import pytest

from tests.server.eras import ERAS, Era


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return request.param
