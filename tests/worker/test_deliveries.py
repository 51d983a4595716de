"""Deliveries under failures: claimed once, tried again, given up, and never in each other's way."""

import asyncio
from collections.abc import MutableMapping
from functools import partial
from typing import Any

import asyncpg
from structlog.testing import capture_logs

from tests import sowing
from tests.signals import eventually, running
from tests.worker import telling
from tests.worker.receiving import Receiver
from todo_mcp.clock import utc_now
from todo_mcp.service.home import Home
from todo_mcp.service.sealing import Sealer
from todo_mcp.store import sending
from todo_mcp.worker.deliveries import Deliveries
from todo_mcp.worker.senders import senders

ERRORS = "SELECT DISTINCT state, attempts, error FROM deliveries"


async def test_a_channel_that_fails_is_tried_again_with_the_same_id_until_it_takes(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/fail")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        for attempt in (1, 2):
            await other.posts.until(attempt)
            await eventually(partial(_waits, home, attempt))
            await telling.hurry(home)
        await other.posts.until(3)
        await eventually(partial(_waits, home, 3))
        await telling.lead(home, other, "/ok")
        await telling.hurry(home)
        await telling.until(home, sent=1)
    assert len({post.headers["webhook-id"] for post in other.posts.items}) == 1
    assert [post.path for post in other.posts.items] == ["/fail"] * 3 + ["/ok"]


async def _waits(home: Home, attempts: int) -> bool:
    sql = f"{ERRORS} WHERE lease_until IS NULL"
    return await sowing.rows(home.database, sql) == [("pending", attempts, "http 500")]


async def test_pauses_grow_and_a_day_is_the_end(home: Home, other: Receiver) -> None:
    await telling.confirmed(home, other, "phone", "/fail")
    seconds = "SELECT extract(epoch FROM next_try_at - now())::float8 FROM deliveries"
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        await other.posts.until(1)
        await eventually(partial(_waits, home, 1))
        [[first]] = await sowing.rows(home.database, seconds)
        assert 2 <= first <= 5
        await home.database.worker("UPDATE deliveries SET attempts = 6")
        await telling.hurry(home)
        await eventually(partial(_waits, home, 7))
        [[later]] = await sowing.rows(home.database, seconds)
        assert 155 <= later <= 320
        await home.database.worker("UPDATE deliveries SET created_at = now() - interval '23:59:59'")
        await telling.hurry(home)
        await telling.until(home, failed=1)
    assert await sowing.rows(home.database, ERRORS) == [("failed", 8, "http 500")]


async def test_a_channel_that_is_gone_is_not_tried_again(home: Home, other: Receiver) -> None:
    await telling.confirmed(home, other, "phone", "/gone")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        await telling.until(home, failed=1)
    assert await sowing.rows(home.database, ERRORS) == [("failed", 1, "http 410")]


async def test_channels_that_hang_or_are_slow_delay_no_other(home: Home, other: Receiver) -> None:
    for name in ("hang", "slow", "fail", "redirect", "quick"):
        await telling.confirmed(home, other, name, f"/{name}")
    async with telling.at_work(home):
        for number in range(3):  # more would wait for each other
            await telling.remind(home, f"Task {number}")
            await eventually(partial(_arrived, other, "/quick", number + 1))
        assert (len(other.at("/hang")), len(other.at("/slow"))) == (1, 1)
        other.let_go.set()
        await eventually(partial(_told, home, "slow"))
    assert other.at("/elsewhere") == []


async def _arrived(other: Receiver, path: str, count: int) -> bool:
    told = [post.body.count(b'"task"') for post in other.at(path)]
    return sum(told) >= count


async def _told(home: Home, name: str) -> bool:
    rows = await sowing.rows(
        home.database,
        "SELECT bool_and(d.state = 'sent') FROM deliveries d JOIN channels c ON c.id = d.channel_id "
        "WHERE c.name = $1",
        name,
    )
    return bool(rows[0][0])


async def test_after_failures_in_a_row_a_channel_rests_and_is_tried_with_one_message(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/fail")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        for attempt in range(1, sending.BREAKER + 1):
            await other.posts.until(attempt)
            await eventually(partial(_waits, home, attempt))
            await telling.hurry(home)
        assert await telling.row(
            home, "SELECT open_until > now() + interval '20 s' FROM channels"
        ) == (True,)
        await telling.remind(home, "Call Grace")
        await telling.until(home, pending=2)
        await telling.hurry(home)
        assert await _claimed(home) == []
        await telling.lead(home, other, "/ok")
        await home.database.worker("UPDATE channels SET open_until = now()")
        home.database.wake()
        await telling.until(home, sent=2)
    assert len(other.at("/fail")) == sending.BREAKER
    assert await telling.row(home, "SELECT failures, open_until FROM channels") == (0, None)


async def test_the_failures_of_a_channel_are_its_own(home: Home, other: Receiver) -> None:
    # Red with failures that are counted for all channels of those who were told.
    for name in ("fail", "mail"):
        await telling.confirmed(home, other, name, f"/{name}")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        await telling.until(home, sent=1, pending=1)
        for failures in (1, 2):
            await eventually(partial(_failed, home, failures))
            await telling.hurry(home)
    row = "SELECT failures, open_until FROM channels WHERE name = 'mail'"
    assert await telling.row(home, row) == (0, None)


async def _failed(home: Home, times: int) -> bool:
    [failures] = await telling.row(home, "SELECT failures FROM channels WHERE name = 'fail'")
    return failures >= times


async def _claimed(home: Home) -> list[sending.Claimed]:
    return await sending.claim(home.database.worker, after=0, busy=(), channels=10)


async def _opened(home: Home, other: Receiver, *titles: str) -> None:
    """Deliveries that nobody has claimed."""
    await telling.confirmed(home, other, "phone", "/phone")
    async with telling.at_work(home, telling.settings()):
        await home.database.worker("UPDATE channels SET open_until = now() + interval '1 day'")
        await telling.remind(home, *titles)
        await telling.until(home, pending=len(titles))
    await home.database.worker("UPDATE channels SET open_until = NULL")
    await home.database.worker("UPDATE deliveries SET next_try_at = now()")


async def test_a_claim_is_held_by_one_and_only_the_latest_may_settle_it(
    home: Home, other: Receiver
) -> None:
    await _opened(home, other, "Buy milk")
    run = home.database.worker
    [first] = await _claimed(home)
    assert await _claimed(home) == []
    await run("UPDATE deliveries SET next_try_at = now(), lease_until = now()")  # it ran out
    [second] = await _claimed(home)
    assert (first.message, first.parts[0]["token"] + 1) == (
        second.message,
        second.parts[0]["token"],
    )
    late = sending.Settlement(first, "failed", "late")
    assert await sending.settle(run, [late]) == (0, [])
    assert await telling.states(home) == {"pending": 1}
    assert await sending.settle(run, [sending.Settlement(second, "sent")]) == (1, [])
    assert await sending.settle(run, [sending.Settlement(second, "retry")]) == (0, [])
    assert await telling.states(home) == {"sent": 1}


async def test_claims_at_the_same_time_share_and_double_nothing(
    home: Home, other: Receiver
) -> None:
    await _opened(home, other, "One", "Two", "Three")
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(_claimed(home)) for _ in range(6)]
    found = [message.message for claim in claims for message in claim.result()]
    assert len(found) == len(set(found)) == 3


async def test_a_sender_that_dies_is_followed_by_another_with_the_same_message(
    home: Home, other: Receiver
) -> None:
    await _opened(home, other, "Buy milk")
    [died] = await _claimed(home)
    await home.database.worker("UPDATE deliveries SET next_try_at = now(), lease_until = now()")
    async with _sending(home):
        [post] = await other.posts.until(1)
        await telling.until(home, sent=1)
    assert post.headers["webhook-id"] == f"d{died.message}"


def _sending(home: Home):  # noqa: ANN202 (a context manager)
    async def start(stop: asyncio.Event) -> None:
        chosen = telling.settings()
        async with senders(chosen) as known:
            sealer = Sealer(chosen.sealing_keys)
            await Deliveries(home.database, known, sealer, utc_now).run(stop)

    return running(start)


async def test_what_was_dealt_with_meanwhile_is_not_told(home: Home, other: Receiver) -> None:
    await _opened(home, other, "Buy milk")
    await home.database.worker("UPDATE notifications SET acknowledged_at = now(), version = 2")
    async with _sending(home):
        await telling.until(home, dropped=1)
    assert other.posts.items == []


async def test_many_at_once_become_one_message_and_keep_it(home: Home, other: Receiver) -> None:
    await telling.confirmed(home, other, "phone", "/fail")
    await eventually(partial(telling.early_in_a_minute, home), seconds=40)
    # Due before the worker comes up: it finds them at once.
    await telling.remind(home, *(f"Task {number}" for number in range(30)))
    with capture_logs() as logs:
        async with telling.at_work(home):
            [post] = await other.posts.until(1)
            await eventually(partial(_waits, home, 1))
    # Their events are handled side by side, and each would open the deliveries of all.
    assert [log["event"] for log in logs if log["log_level"] in ("warning", "error")] == []
    async with telling.at_work(home):
        await telling.remind(home, "One more")  # within the same minute: held until its end
        await telling.until(home, pending=31)
        await telling.lead(home, other, "/ok")
        await home.database.worker("UPDATE deliveries SET next_try_at = now() WHERE attempts > 0")
        home.database.wake()
        again = (await other.posts.until(2))[1]
        await telling.until(home, sent=30, pending=1)
    assert b'"subject":"30 reminders"' in post.body
    assert b"and 20 more" in post.body
    assert again.headers["webhook-id"] == post.headers["webhook-id"]
    assert again.body.count(b'"task"') == 30
    assert await telling.row(
        home, "SELECT count(*) FROM events WHERE type = 'todo.reminder.fired.v1'"
    ) == (31,)


async def test_no_text_of_a_task_and_no_target_is_in_the_logs(home: Home, other: Receiver) -> None:
    for name in ("phone", "fail"):
        await telling.confirmed(home, other, name, f"/{name}")
    with capture_logs() as logs:
        async with telling.at_work(home):
            await telling.remind(home, "canary-title")
            await telling.until(home, sent=1)
            await other.posts.until(2)
    assert logs
    assert "canary" not in repr(logs)
    assert "127.0.0.1" not in repr(logs)


async def test_a_delivery_that_was_tried_for_a_day_is_given_up_though_its_channel_rests(
    home: Home, other: Receiver
) -> None:
    await _opened(home, other, "Buy milk")
    await home.database.worker(
        "UPDATE deliveries SET attempts = 3, created_at = now() - interval '25 hours'"
    )
    await home.database.worker("UPDATE channels SET open_until = now() + interval '1 day'")
    async with _sending(home):
        await telling.until(home, failed=1)


async def test_an_outcome_the_database_did_not_take_is_kept_and_nothing_sent_again(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/slow")
    connection = await asyncpg.connect(home.database.url)
    try:
        with capture_logs() as logs:
            async with telling.at_work(home):
                await telling.remind(home, "Buy milk")
                await other.posts.until(1)
                async with connection.transaction():
                    await connection.execute("SELECT FROM deliveries FOR UPDATE")
                    other.let_go.set()
                    await eventually(partial(_logged, logs, "deliveries.unsettled"))
                await telling.until(home, sent=1)
    finally:
        await connection.close()
    assert len(other.posts.items) == 1


async def _logged(logs: list[MutableMapping[str, Any]], event: str) -> bool:
    return any(entry["event"] == event for entry in logs)
