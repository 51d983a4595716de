"""Random walks over the whole surface, with the worker and the clock, against a model of it."""

import random
from typing import Final

import pytest

from tests import postgres
from tests.conftest import NOW, ZONE
from tests.fuzz.walk import Walk, WrongError, walking
from tests.hands import Hands
from tests.server.eras import ERAS, Era
from todo_mcp.service.home import Home
from todo_mcp.store import spaces
from todo_mcp.store.database import Database

STEPS: Final = 60  # of each of 8 seeds; nightly 150 of each of 80
NIGHTLY_STEPS: Final = 150
CHECKED_EVERY: Final = 10
ATTEMPTS: Final = 60


async def follow(database: Database, era: Era, seeds: list[int]) -> tuple[str, Walk] | None:
    """Walk in an empty database; what went wrong, if anything did, and the walk."""
    await postgres.empty(database)
    home = Home(database, await spaces.enter(database, "ada", ZONE))
    async with walking(home, Hands(NOW), era) as walk:
        try:
            for number, seed in enumerate(seeds, start=1):
                await walk.step(seed)
                if number % CHECKED_EVERY == 0 or number == len(seeds):
                    await walk.check()
        except WrongError as wrong:
            return str(wrong), walk
    return None


async def shortest(database: Database, era: Era, seeds: list[int]) -> list[int]:
    """Fewer steps that go wrong too, found by leaving out runs of them."""
    size, left = len(seeds) // 2, ATTEMPTS
    while size and left:
        for start in range(0, len(seeds), size):
            left -= 1
            fewer = seeds[:start] + seeds[start + size :]
            if left < 0:
                break
            if fewer and await follow(database, era, fewer):
                seeds = fewer
                break
        else:
            size //= 2
        left = max(left, 0)
    return seeds


async def test_the_tools_do_what_the_model_says(
    database: Database, seed: int, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(seed)
    steps = NIGHTLY_STEPS if request.config.option.nightly else STEPS
    seeds = [rng.getrandbits(32) for _ in range(steps)]
    era = ERAS[seed % 2]
    failed = await follow(database, era, seeds)
    if failed is None:
        return
    least = await shortest(database, era, seeds)
    said, walk = await follow(database, era, least) or failed
    told = "\n".join(walk.log)
    pytest.fail(f"seed {seed}, steps {least}\n{told}\n{said}")
