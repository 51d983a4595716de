"""Crowds of reminders at once, of many users or of one: each user is told once."""

import json
from datetime import timedelta
from functools import partial
from signal import SIGKILL

import pytest

from tests import sowing
from tests.conftest import NOW
from tests.signals import eventually
from tests.sundial import Sundial
from tests.worker import telling
from tests.worker.process import started
from tests.worker.receiving import Receiver, receiver
from todo_mcp.domain.message import Target
from todo_mcp.service.home import Home
from todo_mcp.service.sealing import Sealer
from todo_mcp.store import sending
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

USERS = 120
EACH = 20  # of a user, between those of all others: they fire by several statements
HANG = 64
BURST = 1_200  # of one user: they fire by two statements, and are opened by several
CHANNEL = """
INSERT INTO channels (user_id, kind, name, settings, sealed, confirmed_at)
VALUES ($1, $2, $3, '{}', $4, now())
"""
FIRED = (
    "SELECT count(*), count(DISTINCT subject_id) FROM events WHERE type = 'todo.reminder.fired.v1'"
)
SOME_OPENED = "SELECT count(*) > 0 FROM deliveries"
MESSAGES = "SELECT count(*) FROM deliveries GROUP BY channel_id, message_id"


async def test_each_of_many_users_whose_reminders_fire_between_each_others_gets_one_message(
    still: Database,
) -> None:
    # Red with a burst looked for among the neighbours of all users, and with one that is told before
    # the rest of it has fired.
    await sowing.spaces(still, USERS)
    home = Home(still, Person(1, 1, "u1", "Europe/Vienna"))
    async with receiver() as other:
        await _channels(home, other)
        await sowing.reminders(still, USERS * EACH, among=USERS)
        async with telling.at_work(home):
            await telling.until(home, sent=USERS * EACH)
    assert await sowing.rows(still, MESSAGES) == [(EACH,)] * USERS
    assert sorted(post.path for post in other.posts.items) == sorted(
        f"/{number}" for number in range(1, USERS + 1)
    )
    assert {post.body.count(b'"task"') for post in other.posts.items} == {EACH}


async def test_a_burst_of_one_user_is_one_message_on_each_channel_however_large_it_is(
    still: Database,
) -> None:
    # Red with a message that tells no more than it names, and with a burst of which only the
    # neighbours of the first are let go together.
    await sowing.spaces(still)
    home = Home(still, Person(1, 1, "u1", "Europe/Vienna"))
    async with receiver() as other:
        for name in ("ok", "fail"):
            await _channel(home, 1, _hook(other, f"/{name}"), name)
        await sowing.reminders(still, BURST)
        async with telling.at_work(home):
            await telling.until(home, sent=BURST, pending=BURST)
            await other.posts.until(2)
            await eventually(partial(_settled, home))
            other.statuses.clear()
            await telling.hurry(home)
            await telling.until(home, sent=2 * BURST)
    assert await sowing.rows(still, MESSAGES) == [(BURST,)] * 2
    assert await sowing.rows(still, FIRED) == [(BURST, BURST)]
    [first, again] = other.at("/fail")
    [post] = other.at("/ok")
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != post.headers["webhook-id"]
    for one in (post, first, again):
        _tells_the_burst(one.body)


def _tells_the_burst(body: bytes) -> None:
    """By number, with the first of them."""
    data = json.loads(body)["data"]
    assert data["subject"] == f"{BURST:,} reminders"
    assert data["text"].splitlines()[10:] == [f"and {BURST - 10:,} more"]
    assert len(data["notifications"]) == sending.TOLD
    assert data["more"] == BURST - sending.TOLD
    assert len(body) < 50_000


async def _settled(home: Home) -> bool:
    [waiting] = await telling.row(
        home, "SELECT count(*) FROM deliveries WHERE state = 'pending' AND lease_until IS NULL"
    )
    return waiting == BURST


async def test_a_burst_stays_one_message_though_the_worker_is_killed_in_it(
    still: Database, sundial: Sundial, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Red with those that have fired told before the rest of the minute has.
    telling.operate(monkeypatch)
    await sowing.spaces(still)
    home = Home(still, Person(1, 1, "u1", "Europe/Vienna"))
    async with receiver() as other:
        await _channel(home, 1, _hook(other, "/ok"))
        await sowing.reminders(still, BURST)
        await sowing.reminders(still, 1, first=BURST + 1, seconds=10)
        async with started(still.url) as first:
            await eventually(partial(telling.row_says, home, SOME_OPENED))
            first.send_signal(SIGKILL)
            await first.wait()
        await sundial.turn(NOW + timedelta(seconds=30))
        async with started(still.url):
            await telling.until(home, sent=BURST + 1)
    assert len(other.posts.items) == 1
    assert await sowing.rows(still, MESSAGES) == [(BURST + 1,)]
    assert await sowing.rows(still, FIRED) == [(BURST + 1, BURST + 1)]


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
        await _channel(home, number, _hook(other, f"/{number}"))


def _hook(other: Receiver, path: str) -> Target:
    return Target(f"{other.url}{path}", ("whsec_c2VjcmV0",))


async def _channel(home: Home, user: int, target: Target, name: str = "phone") -> None:
    kind = "apprise" if target.url.startswith("json:") else "webhook"
    sealed = Sealer((telling.KEY,)).seal(target)
    await home.database.worker(CHANNEL, user, kind, name, sealed)
