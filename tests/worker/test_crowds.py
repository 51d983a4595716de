"""Crowds of reminders of many users at once: each user is told once."""

from functools import partial

from tests import sowing
from tests.signals import eventually
from tests.worker import telling
from tests.worker.receiving import Receiver, receiver
from todo_mcp.domain.message import Target
from todo_mcp.service.home import Home
from todo_mcp.service.sealing import Sealer
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

USERS = 120
EACH = 20  # of a user, between those of all others: they fire by several statements
HANG = 64
CHANNEL = """
INSERT INTO channels (user_id, kind, name, settings, sealed, confirmed_at)
VALUES ($1, $2, 'phone', '{}', $3, now())
"""
MESSAGES = "SELECT count(*) FROM deliveries GROUP BY channel_id, message_id"


async def test_each_of_many_users_whose_reminders_fire_between_each_others_gets_one_message(
    database: Database,
) -> None:
    # Red with a burst looked for among the neighbours of all users, and with one that is told before
    # the rest of it has fired.
    await sowing.spaces(database, USERS)
    home = Home(database, Person(1, 1, "u1", "Europe/Vienna"))
    async with receiver() as other:
        await _channels(home, other)
        await eventually(partial(telling.early_in_a_minute, home), seconds=40)
        await sowing.reminders(database, USERS * EACH, among=USERS)
        async with telling.at_work(home):
            await telling.until(home, sent=USERS * EACH)
    assert await sowing.rows(database, MESSAGES) == [(EACH,)] * USERS
    assert sorted(post.path for post in other.posts.items) == sorted(
        f"/{number}" for number in range(1, USERS + 1)
    )
    assert {post.body.count(b'"task"') for post in other.posts.items} == {EACH}


async def test_sixty_four_calls_that_hang_hold_no_other(database: Database) -> None:
    # Red with as many threads as calls that hang.
    await sowing.spaces(database, HANG + 1)
    home = Home(database, Person(1, 1, "u1", "Europe/Vienna"))
    async with receiver() as other:
        place = f"json://127.0.0.1:{other.port}"
        for number in range(1, HANG + 1):
            await _channel(home, number, Target(f"{place}/hang/{number}?rto=60"))
        await _channel(home, HANG + 1, Target(f"{place}/quick"))
        await sowing.reminders(database, HANG, among=HANG)
        async with telling.at_work(home):
            await other.posts.until(HANG)
            await sowing.reminders(database, 1, among=HANG + 1, first=HANG)
            database.wake()
            await telling.until(home, sent=1, pending=HANG)
            assert other.under_way == HANG
    assert [post.path for post in other.posts.items[HANG:]] == ["/quick"]


async def _channels(home: Home, other: Receiver) -> None:
    """One of each user, who is told at a path of their number."""
    for number in range(1, USERS + 1):
        await _channel(home, number, Target(f"{other.url}/{number}", ("whsec_c2VjcmV0",)))


async def _channel(home: Home, user: int, target: Target) -> None:
    kind = "apprise" if target.url.startswith("json:") else "webhook"
    sealed = Sealer((telling.KEY,)).seal(target)
    await home.database.worker(CHANNEL, user, kind, sealed)
