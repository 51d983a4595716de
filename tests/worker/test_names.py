"""Names that lead elsewhere, and servers that are not who they should be."""

import itertools
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.worker import telling
from tests.worker.authority import Authority
from tests.worker.receiving import Receiver, receiver
from todo_mcp.clock import utc_now
from todo_mcp.domain.message import SendError, Target, Told, compose
from todo_mcp.worker.senders import senders

NAME = "hooks.example.test"
OPEN, INSIDE = "127.0.0.2", "127.0.0.1"
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
MESSAGE = compose(1, [Told(1, 1, "Buy milk", datetime(2026, 11, 23, 9, tzinfo=UTC))], "UTC")


class Resolver:
    """The machine's resolver, which answers for one name what it is told to, one after the other."""

    def __init__(self, *answers: str) -> None:
        self._answers = itertools.chain(answers, itertools.repeat(answers[-1]))
        self._real = socket.getaddrinfo
        self.asked = 0

    def __call__(self, host: Any, port: Any, *more: Any, **options: Any) -> list[Any]:
        if host != NAME:
            return self._real(host, port, *more, **options)
        self.asked += 1
        return self._real(next(self._answers), port, *more, **options)


@pytest.fixture
async def outside() -> AsyncGenerator[Receiver]:
    async with receiver(OPEN) as made:
        yield made


@pytest.fixture
async def inside(outside: Receiver) -> AsyncGenerator[Receiver]:
    """On the same port, where nothing may go."""
    async with receiver(INSIDE, outside.port) as made:
        yield made


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
async def test_a_name_that_leads_inside_the_second_time_leads_to_the_checked_address_only(
    outside: Receiver, inside: Receiver, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Red with a check of the name followed by a connection that looks it up again.
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(OPEN, INSIDE))
    scheme = {"webhook": "http", "apprise": "json"}[kind]
    target = Target(
        f"{scheme}://{NAME}:{outside.port}/hook", (SECRET,) if kind == "webhook" else ()
    )
    async with senders(telling.settings(channel_networks=(f"{OPEN}/32",))) as known:
        await known[kind](target, MESSAGE, utc_now())
        assert [post.headers["host"] for post in outside.posts.items] == [f"{NAME}:{outside.port}"]
    # Another process, which has no connection open: the name leads inside by now.
    async with senders(telling.settings(channel_networks=(f"{OPEN}/32",))) as known:
        with pytest.raises(SendError, match="address not allowed"):
            await known[kind](target, MESSAGE, utc_now())
    assert len(outside.posts.items) == 1
    assert inside.posts.items == []


async def test_one_address_inside_among_several_refuses_a_name(
    outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def both(host: Any, port: Any, *more: Any, **options: Any) -> list[Any]:
        names = (OPEN, INSIDE) if host == NAME else (host,)
        return [found for name in names for found in real(name, port, *more, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    async with senders(telling.settings(channel_networks=(f"{OPEN}/32",))) as known:
        target = Target(f"http://{NAME}:{outside.port}/hook", (SECRET,))
        with pytest.raises(SendError, match="address not allowed"):
            await known["webhook"](target, MESSAGE, utc_now())
    assert outside.posts.items == []


async def test_a_webhook_goes_over_tls_to_who_shows_a_trusted_certificate_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(INSIDE))
    async with receiver(tls=authority.server(NAME)) as right:
        target = Target(f"https://{NAME}:{right.port}/hook", (SECRET,))
        async with senders(telling.settings()) as known:
            with pytest.raises(SendError, match="certificate not trusted") as refused:
                await known["webhook"](target, MESSAGE, utc_now())
        assert not refused.value.final  # it may be put right
        assert right.posts.items == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        async with senders(telling.settings()) as known:
            await known["webhook"](target, MESSAGE, utc_now())
        [post] = right.posts.items
        assert Webhook(SECRET).verify(post.body, post.headers)["data"]["subject"] == "Buy milk"


async def test_a_trusted_certificate_of_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(INSIDE))
    async with (
        receiver(tls=authority.server("other.example.test")) as wrong,
        senders(telling.settings()) as known,
    ):
        target = Target(f"https://{NAME}:{wrong.port}/hook", (SECRET,))
        with pytest.raises(SendError, match="certificate not trusted"):
            await known["webhook"](target, MESSAGE, utc_now())
    assert wrong.posts.items == []
