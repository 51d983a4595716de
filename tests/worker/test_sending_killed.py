"""A worker that is killed, or stopped for a while, in the middle of sending."""

import asyncio
from asyncio.subprocess import Process
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest

from tests import sowing
from tests.worker import telling
from tests.worker.process import started
from tests.worker.receiving import Receiver
from todo_mcp.service.home import Home

STATES = "SELECT state, attempts, lease_token FROM deliveries"
RAN_OUT = "UPDATE deliveries SET next_try_at = now(), lease_until = now() WHERE state = 'pending'"
CUT_OFF = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted
"""


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    telling.operate(monkeypatch)


async def test_what_a_killed_worker_was_sending_is_sent_again_under_the_same_id(
    home: Home, other: Receiver
) -> None:
    # Red with an id of its own for each attempt, and with a delivery that is settled before it is sent.
    await telling.confirmed(home, other, "phone", "/slow")
    async with started(home.database.url) as first:
        await telling.remind(home, "Buy milk")
        await other.posts.until(1)
        first.send_signal(SIGKILL)
        await first.wait()
    assert await sowing.rows(home.database, STATES) == [("pending", 1, 1)]
    await home.database.worker(RAN_OUT)
    other.let_go.set()
    async with started(home.database.url):
        await telling.until(home, sent=1)
    assert len(other.posts.items) == 2
    assert len({post.headers["webhook-id"] for post in other.posts.items}) == 1
    assert await sowing.rows(home.database, STATES) == [("sent", 2, 2)]


async def test_a_worker_that_comes_back_late_changes_nothing_of_what_its_successor_settled(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/slow")
    async with started(home.database.url, heard=True) as first:
        await telling.remind(home, "Buy milk")
        await other.posts.until(1)
        first.send_signal(SIGSTOP)
        await sowing.as_admin(home.database, CUT_OFF)
        await home.database.worker(RAN_OUT)
        await telling.lead(home, other, "/gone")
        async with started(home.database.url):
            await telling.until(home, failed=1)
            other.let_go.set()  # the first one's message was taken
            first.send_signal(SIGCONT)
            await _heard(first, "duty.interrupted", "role=deliveries")
            assert await sowing.rows(home.database, STATES) == [("failed", 2, 2)]
    assert [post.path for post in other.posts.items] == ["/slow", "/gone"]


async def _heard(process: Process, *words: str) -> None:
    """Until its log has a line with all of these."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        async for line in process.stdout:
            if all(word in line.decode() for word in words):
                return
