"""From a reminder that fires to what arrives at the other end."""

import asyncio
import json
from contextlib import suppress

import pytest
from standardwebhooks import Webhook

from tests import sowing
from tests.signals import eventually
from tests.worker import telling
from tests.worker.receiving import Receiver, postbox
from todo_mcp.clock import utc_now
from todo_mcp.domain.message import SendError, Target, Told, compose
from todo_mcp.errors import ConflictError, NotFoundError, RuleError, UnavailableError
from todo_mcp.service.channels import rekey
from todo_mcp.service.home import Home
from todo_mcp.service.sealing import Sealer, new_key
from todo_mcp.worker import apprising, webhook
from todo_mcp.worker.senders import reach, senders


async def test_a_reminder_arrives_as_a_webhook_that_any_standard_receiver_verifies(
    home: Home, other: Receiver
) -> None:
    secret = await telling.confirmed(home, other, "phone", "/phone")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk", due="2026-11-27 17:00")
        [post] = await other.posts.until(1)
        await telling.until(home, sent=1)
    told = Webhook(secret).verify(post.body, post.headers)
    assert told["type"] == "todo.notification"
    assert told["data"]["subject"] == "Buy milk"
    assert told["data"]["text"] == "Due Fri 27 Nov 2026, 17:00"
    [item] = told["data"]["notifications"]
    assert item["title"] == "Buy milk"
    [[number]] = await sowing.rows(home.database, "SELECT id FROM tasks")
    assert item["task"] == f"t{number}"


async def test_both_secrets_verify_while_they_are_changed_over(home: Home, other: Receiver) -> None:
    old = await telling.confirmed(home, other, "phone", "/phone")
    async with telling.channels(home, telling.settings()) as made:
        new = await made.rotate("phone", finish=False)
        await made.test("phone", utc_now())
        [post] = other.posts.items
        for secret in (old, new):
            assert Webhook(secret).verify(post.body, post.headers)["type"] == "todo.channel.test"
        assert await made.rotate("phone", finish=True) == new
        await made.test("phone", utc_now())
    post = other.posts.items[-1]
    Webhook(new).verify(post.body, post.headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(old).verify(post.body, post.headers)


async def test_a_reminder_arrives_as_an_e_mail(home: Home, unused_tcp_port: int) -> None:
    url = f"mailto://127.0.0.1:{unused_tcp_port}/?from=todo@example.com&to=ada@example.com&mode=insecure"
    async with postbox(unused_tcp_port) as mails, telling.at_work(home):
        async with telling.channels(home, telling.settings()) as made:
            assert await made.add("mail", url, utc_now()) is None
            [mail] = await mails.until(1)
            await made.confirm("mail", telling.code_in(_text(mail)))
        await telling.remind(home, "Call Grace")
        mail = (await mails.until(2))[1]
        assert mail["Subject"] == "Call Grace"
        assert mail["To"] == "ada@example.com"


def _text(mail: object) -> str:
    whole = getattr(mail, "walk")()  # noqa: B009 (a Message of either kind)
    return "".join(
        part.get_payload(decode=True).decode()
        for part in whole
        if part.get_content_maintype() == "text"
    )


async def test_a_reminder_arrives_as_a_post_to_ntfy(home: Home, other: Receiver) -> None:
    async with telling.channels(home, telling.settings()) as made:
        await made.add("ntfy", f"ntfy://127.0.0.1:{other.port}/ada", utc_now())
        await made.confirm("ntfy", telling.code_in(other.posts.items[-1].body))
    other.posts.items.clear()
    async with telling.at_work(home):
        await telling.remind(home, "Water the plants")
        [post] = await other.posts.until(1)
    told = json.loads(post.body)
    assert (told["topic"], told["title"], told["message"]) == (
        "ada",
        "Water the plants",
        "Reminder",
    )


async def test_nothing_goes_to_a_channel_before_its_code_has_come_back(
    home: Home, other: Receiver
) -> None:
    async with telling.channels(home, telling.settings()) as made:
        await made.add("phone", f"{other.url}/phone", utc_now())
        with pytest.raises(RuleError, match="is not what was sent"):
            await made.confirm("phone", "00000000")
    await telling.confirmed(home, other, "mail", "/mail")
    async with telling.at_work(home):
        await telling.remind(home, "Buy milk")
        await telling.until(home, sent=1)
    assert [post.path for post in other.posts.items] == ["/mail"]


async def test_a_code_can_be_guessed_five_times_only(home: Home, other: Receiver) -> None:
    async with telling.channels(home, telling.settings()) as made:
        await made.add("phone", f"{other.url}/phone", utc_now())
        for _ in range(5):
            with pytest.raises(RuleError, match="is not what was sent"):
                await made.confirm("phone", "nonsense")
        with pytest.raises(RuleError, match="Add the channel once more"):
            await made.confirm("phone", telling.code_in(other.posts.items[-1].body))
        await made.add("phone", f"{other.url}/phone", utc_now())
        await made.confirm("phone", telling.code_in(other.posts.items[-1].body))
        with pytest.raises(ConflictError, match="is a confirmed channel"):
            await made.add("phone", f"{other.url}/phone", utc_now())
        await made.remove("phone")
        with pytest.raises(NotFoundError, match="you have none"):
            await made.test("phone", utc_now())


async def test_a_code_confirms_the_channel_it_was_sent_to_and_no_other(
    home: Home, other: Receiver
) -> None:
    # Red with a code that is compared with those of all channels.
    async with telling.channels(home, telling.settings()) as made:
        await made.add("mine", f"{other.url}/mine", utc_now())
        await made.add("theirs", f"{other.url}/theirs", utc_now())
        mine, theirs = (telling.code_in(other.at(path)[0].body) for path in ("/mine", "/theirs"))
        for name, code in (("theirs", mine), ("mine", theirs)):
            with pytest.raises(RuleError, match="is not what was sent"):
                await made.confirm(name, code)
        await made.confirm("mine", mine)


async def test_targets_are_sealed_and_a_changed_key_opens_them_once_they_are_sealed_anew(
    home: Home, other: Receiver
) -> None:
    await telling.confirmed(home, other, "phone", "/phone")
    [stored] = await sowing.rows(home.database, "SELECT c::text FROM channels c")
    assert "127.0.0.1" not in stored[0]
    assert "whsec" not in stored[0]
    new = new_key()
    both, only = Sealer((new, telling.KEY)), Sealer((new,))
    async with telling.channels(home, telling.settings(channel_keys=new)) as made:
        with pytest.raises(RuleError, match="none of the keys opens"):
            await made.test("phone", utc_now())
        assert await rekey(home.database, only) == (0, 1)
        assert await rekey(home.database, both) == (1, 0)
        await made.test("phone", utc_now())


async def test_without_a_key_no_target_is_taken(home: Home, other: Receiver) -> None:
    async with telling.channels(home, telling.settings(channel_keys=None)) as made:
        with pytest.raises(RuleError, match="todo-mcp channels key"):
            await made.add("phone", f"{other.url}/phone", utc_now())
    assert other.posts.items == []


async def test_a_channel_that_does_not_take_its_code_is_told(home: Home, other: Receiver) -> None:
    async with telling.channels(home, telling.settings()) as made:
        with pytest.raises(UnavailableError, match=r"not taken \(http 500\)"):
            await made.add("phone", f"{other.url}/fail", utc_now())


MESSAGE = compose(1, [Told(1, 1, "Buy milk", utc_now())], "UTC")


@pytest.mark.parametrize("scheme", ["webhook", "apprise"])
async def test_addresses_inside_are_refused_where_they_are_connected_to(
    other: Receiver, scheme: str
) -> None:
    chosen = telling.settings(channel_networks=())
    urls = {
        "webhook": [
            f"http://{host}:{other.port}/inside"
            for host in (
                "127.0.0.1",
                "localhost",
                "127.1",
                "2130706433",
                "0x7f.1",
                "[::ffff:127.0.0.1]",
            )
        ],
        "apprise": [f"json://{host}:{other.port}/inside" for host in ("127.0.0.1", "localhost")],
    }
    async with senders(chosen) as known:
        for url in urls[scheme]:
            with pytest.raises(SendError) as refused:
                await known[scheme](Target(url, ()), MESSAGE, utc_now())
            assert (refused.value.reason, refused.value.final) == ("address not allowed", True)
    assert other.posts.items == []


async def test_only_hosts_on_the_operators_list_are_reached(other: Receiver) -> None:
    chosen = telling.settings(channel_hosts=("hooks.example.com", "*.example.org"))
    rules = reach(chosen)
    assert rules.kind("https://hooks.example.com/x") == "webhook"
    assert rules.kind("https://a.example.org/x") == "webhook"
    for url in ("https://example.com/x", "https://hooks.example.com.evil.net/x"):
        with pytest.raises(RuleError, match="host is not allowed"):
            rules.kind(url)
    async with senders(chosen) as known:
        for kind, url in (
            ("webhook", f"{other.url}/x"),
            ("apprise", f"json://localhost:{other.port}/x"),
        ):
            with pytest.raises(SendError, match="not allowed"):
                await known[kind](Target(url), MESSAGE, utc_now())
    assert other.posts.items == []


async def test_redirects_are_not_followed(other: Receiver) -> None:
    async with senders(telling.settings()) as known:
        with pytest.raises(SendError, match="redirect"):
            await known["webhook"](Target(f"{other.url}/redirect"), MESSAGE, utc_now())
        for end in ("", "?redirect=yes"):
            url = f"json://127.0.0.1:{other.port}/redirect{end}"
            with pytest.raises(SendError, match="not taken"):
                await known["apprise"](Target(url), MESSAGE, utc_now())
    assert other.at("/elsewhere") == []


async def test_what_hangs_is_given_up_in_time(
    other: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    monkeypatch.setattr(apprising, "SECONDS", 0.2)
    async with senders(telling.settings()) as known:
        with pytest.raises(SendError, match="timeout"):
            await known["webhook"](Target(f"{other.url}/hang"), MESSAGE, utc_now())
        target = Target(f"json://127.0.0.1:{other.port}/hang?rto=60")
        with pytest.raises(SendError, match="timeout"):
            await known["apprise"](target, MESSAGE, utc_now())
        await known["apprise"](Target(f"json://127.0.0.1:{other.port}/ok"), MESSAGE, utc_now())

        # Its connection was cut, so its thread has ended: the next try is not refused as `busy`.
        async def free() -> bool:
            try:
                await known["apprise"](target, MESSAGE, utc_now())
            except SendError as error:
                return error.reason == "timeout"
            return False

        await eventually(free)


async def test_what_sends_a_byte_now_and_then_is_cut_off(
    other: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with suppress(OSError):
            while True:
                await writer.drain()
                await asyncio.sleep(0.05)
                writer.write(b".")
        ended.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with senders(telling.settings()) as known, server:
        # The first message waits for what it imports, and would be cut off before it connects.
        await known["apprise"](Target(f"json://127.0.0.1:{other.port}/x"), MESSAGE, utc_now())
        monkeypatch.setattr(apprising, "SECONDS", 0.5)
        with pytest.raises(SendError, match="timeout"):
            await known["apprise"](Target(f"json://127.0.0.1:{port}/x"), MESSAGE, utc_now())
        async with asyncio.timeout(10):
            await ended.wait()
