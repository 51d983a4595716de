"""The other side of channels: a real HTTP server and a real SMTP server on this machine."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.signals import Record


@dataclass(frozen=True, slots=True)
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes what is posted to it; how it answers depends on the path.

    `/fail` answers 500, `/gone` 410, `/redirect` leads to `/elsewhere`, `/hang…` never answers and
    `/slow` once `let_go` is set; everything else is taken. `statuses` may be changed
    meanwhile.
    """

    def __init__(self) -> None:
        self.posts = Record[Post]()
        self.statuses = {"/fail": 500, "/gone": 410}
        self.let_go = asyncio.Event()
        self.closing = asyncio.Event()
        self.under_way = 0
        self.most = 0  # requests at the same time
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def at(self, path: str) -> list[Post]:
        return [post for post in self.posts.items if post.path == path]

    async def take(self, request: web.Request) -> web.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            body = await request.read()
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.posts.add(Post(request.path, headers, body))
            return await self._answer(request.path)
        finally:
            self.under_way -= 1

    async def _answer(self, path: str) -> web.Response:
        if path.startswith("/hang"):
            await self.closing.wait()
        if path == "/slow":
            await self.let_go.wait()
        if path == "/redirect":
            return web.Response(status=307, headers={"Location": f"{self.url}/elsewhere"})
        return web.Response(status=self.statuses.get(path, 200), text="{}")


@asynccontextmanager
async def receiver(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=tls)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        made.closing.set()
        made.let_go.set()
        await runner.cleanup()


class _Postbox:
    def __init__(self, mails: "Record[Mail]") -> None:
        self._mails = mails
        self._loop = asyncio.get_running_loop()

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        assert isinstance(envelope.content, bytes)
        self._loop.call_soon_threadsafe(self._mails.add, message_from_bytes(envelope.content))
        return "250 OK"


@asynccontextmanager
async def postbox(port: int) -> AsyncGenerator["Record[Mail]"]:
    """An SMTP server on the port, and the mails that came."""
    mails = Record[Mail]()
    controller = Controller(_Postbox(mails), hostname="127.0.0.1", port=port)
    await asyncio.to_thread(controller.start)
    try:
        yield mails
    finally:
        await asyncio.to_thread(controller.stop)
