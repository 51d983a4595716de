"""What is at the other end of channels."""

from collections.abc import AsyncGenerator

import pytest

from tests.worker.receiving import Receiver, receiver


@pytest.fixture
async def other() -> AsyncGenerator[Receiver]:
    async with receiver() as made:
        yield made
