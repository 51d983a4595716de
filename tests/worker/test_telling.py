"""Quiet hours, chosen channels, and what a user has done meanwhile."""

import pytest

from tests import sowing
from tests.conftest import NOW
from tests.worker import telling
from tests.worker.receiving import Receiver
from todo_mcp.clock import utc_now
from todo_mcp.errors import RuleError
from todo_mcp.service import preferences
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work


async def choose(home: Home, *changes: str) -> None:
    await preferences.change(Work(home.database, home.person, NOW, "user"), changes)


async def test_in_quiet_hours_only_what_is_urgent_is_brought_and_the_rest_comes_together(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/phone")
    [[begin, end]] = await sowing.rows(
        home.database,
        "SELECT to_char(now() AT TIME ZONE 'Europe/Vienna' - interval '1 hour', 'HH24:MI'), "
        "to_char(now() AT TIME ZONE 'Europe/Vienna' + interval '2 hours', 'HH24:MI')",
    )
    await choose(home, f"quiet_hours={begin}-{end}")
    async with telling.at_work(home):
        await telling.remind(home, "House burns", priority="high")
        await telling.until(home, sent=1)
        await telling.remind(home, "Buy milk")
        await telling.until(home, sent=1, pending=1)
        [held] = await telling.row(
            home,
            "SELECT extract(epoch FROM next_try_at - now())::int FROM deliveries WHERE state = 'pending'",
        )
        assert 7_100 < held <= 7_200
        await telling.hurry(home)
        await telling.until(home, sent=2)
    assert [post.body.count(b"House burns") for post in other.posts.items] == [2, 0]
    unread = "SELECT count(*) FROM notifications WHERE acknowledged_at IS NULL"
    assert await telling.row(home, unread) == (2,)


async def test_only_a_confirmed_channel_can_be_chosen(home: Home, other: Receiver) -> None:
    # Red with a choice among all channels: what was added, and never confirmed, is named by its name.
    await telling.confirmed(home, other, "phone", "/phone")
    async with telling.channels(home, telling.settings()) as made:
        await made.add("theirs", f"{other.url}/theirs", utc_now())
    for name in ("theirs", "https://example.com/x"):
        with pytest.raises(RuleError, match=r"is no confirmed channel; confirmed are 'phone'"):
            await choose(home, f"channels={name}")
    await choose(home, "channels=phone")


async def test_only_chosen_channels_are_told(home: Home, other: Receiver) -> None:
    for name in ("phone", "mail"):
        await telling.confirmed(home, other, name, f"/{name}")
    await choose(home, "channels=mail")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        await telling.until(home, sent=1)
    assert [post.path for post in other.posts.items] == ["/mail"]
