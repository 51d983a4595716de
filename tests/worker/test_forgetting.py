"""Words that no task has any more leave the vocabulary, and no word that one has."""

from collections.abc import AsyncGenerator
from functools import partial

import asyncpg
import pytest

from tests import sowing
from tests.hands import Hands
from tests.server.agent import agent
from tests.signals import eventually, running
from todo_mcp.domain.lexemes import WORDS_MAX
from todo_mcp.service.home import Home
from todo_mcp.store import vocabulary
from todo_mcp.store.database import Database
from todo_mcp.store.duty import beside
from todo_mcp.worker import forgetting

WORDS = "SELECT word FROM words"
TASK = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at, search)
VALUES (1, 1, 1, 'Bread', 1, 'open', 0, '{}', '{}', now(), now(),
  '''1:bread'':1A')
"""


@pytest.fixture
async def sweeping(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Database]:
    """The worker goes through all words without a pause."""
    for name in ("FIRST_SECONDS", "ROUND_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(forgetting, name, 0.001)
    async with running(partial(forgetting.run, database)):
        yield database


async def words(database: Database) -> set[str]:
    return {word for (word,) in await sowing.rows(database, WORDS)}


async def left(database: Database, *expected: str) -> bool:
    return await words(database) == set(expected)


async def test_purged_words_go_and_those_of_any_other_task_stay(
    home: Home, hands: Hands, monkeypatch: pytest.MonkeyPatch, sweeping: Database
) -> None:
    monkeypatch.setattr(vocabulary, "BATCH", 2)
    async with agent(home, hands) as ada:
        await ada.add("Buy milk", tags=["shop"])
        done = await ada.add("Bake bread")
        await ada.call("complete_tasks", ids=[done])
        trashed = await ada.add("Grow tomatoes", notes="in the garden")
        gone = await ada.add("Buy dynamite for grandmother")
        await ada.call("delete_tasks", ids=[trashed, gone])
        await ada.call("delete_tasks", ids=[gone], purge=True, confirm=True)
        kept = ["buy", "milk", "shop", "bake", "bread", "grow", "tomatoes", "in", "the", "garden"]
        await eventually(partial(left, sweeping, *kept))
        found = await ada.call("search_tasks", query="tomatoe status:trash")
    assert [task["id"] for task in found["tasks"]] == [trashed]


async def swept(database: Database) -> None:
    async with beside(database) as duty:
        async for _ in vocabulary.sweep(duty):
            pass


async def test_a_word_that_a_commit_under_way_has_found_stays(database: Database) -> None:
    await sowing.spaces(database)
    word = "INSERT INTO words (space_id, word) VALUES (1, 'bread') ON CONFLICT DO NOTHING"
    await database.worker(word)
    writer = await asyncpg.connect(database.url)
    try:
        async with writer.transaction():  # as the commit statement does, in one
            await writer.execute(word)
            await writer.execute(TASK)
            await swept(database)
    finally:
        await writer.close()
    await swept(database)
    assert await words(database) == {"bread"}
    await database.worker("DELETE FROM tasks")
    await swept(database)
    assert await words(database) == set()


async def test_words_behind_those_indexed_are_none_of_the_vocabulary(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        await ada.add("Novel", notes="a " * (WORDS_MAX - 3) + "last behind")
    assert await words(home.database) == {"novel", "a", "last"}
