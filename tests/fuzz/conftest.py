"""Both protocol eras, and the seeds of what tries at random."""

import pytest

from tests.server.eras import ERAS, Era

SEEDS = 8
NIGHTLY = 80


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return request.param


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(NIGHTLY if metafunc.config.option.nightly else SEEDS))
