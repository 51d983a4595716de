"""Everything that Apprise reaches by URL: e-mail, ntfy, Slack, Telegram and many more.

Apprise blocks, so it runs in threads. What it connects to is checked where Python itself resolves and
connects (audit events, PEP 578): so a name that leads elsewhere the second time is refused as well.
"""

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.worker.reach import Reach

SECONDS: Final = 20.0
# As many channels as are served at once; beyond, what hangs in spite of all would fill the process.
THREADS: Final = 256


class _Call:
    """One message on its way: what it may reach, and the connections it has open.

    Apprise's own limits are for each read: a server that sends a byte now and then holds it for ever.
    So its connections are cut from outside; the copies outlive the wrapping into TLS.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.refused = False
        self._over = False
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()

    def admits(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "socket.getaddrinfo":
            return args[0] is None or self.reach.names(_text(args[0]))
        address = args[1]
        return isinstance(address, tuple) and self.reach.admits(
            str(cast("tuple[Any, ...]", address)[0])
        )

    def opens(self, connection: socket.socket) -> bool:
        """False where its time is over."""
        with self._lock:
            if not self._over:
                self._connections.append(socket.socket(fileno=os.dup(connection.fileno())))
            return not self._over

    def cut(self) -> None:
        """Whoever waits for an answer on one of its connections gets none."""
        with self._lock:
            self._over = True
            for connection in self._connections:
                with suppress(OSError):  # the other side was first
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            self._over = True
            while self._connections:
                self._connections.pop().close()


class _Guard(threading.local):
    """The call of this thread; threads that send nothing are not our business."""

    call: _Call | None = None


_guard = _Guard()


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.getaddrinfo") or (call := _guard.call) is None:
        return
    if not call.admits(event, args):
        call.refused = True
        raise PermissionError("not allowed")
    if event == "socket.connect" and not call.opens(args[0]):
        raise TimeoutError


@cache
def _watch_all() -> None:
    """Once a process: a hook cannot be taken away."""
    sys.addaudithook(_watch)


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


class Apprising:
    """One message of a URL at a time, each in a thread of its own, so that none waits for another."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._under_way: dict[str, Future[None]] = {}

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:  # noqa: ARG002 (a Sender)
        """Hand it to Apprise.

        Raises:
            SendError: it was not sent, or not within the time.
        """
        if target.url in self._under_way or len(self._under_way) >= THREADS:
            raise SendError("busy")
        _watch_all()
        call = _Call(self._reach)
        doing = _in_thread(lambda: _notify(call, target.url, message))
        self._under_way[target.url] = doing
        doing.add_done_callback(lambda _: self._under_way.pop(target.url, None))
        sending = asyncio.wrap_future(doing)
        sending.add_done_callback(_look_at)
        try:
            await asyncio.wait([sending], timeout=SECONDS)
        finally:
            call.cut()
        if not sending.done():
            raise SendError("timeout")
        sending.result()

    async def close(self) -> None:
        """Nothing is waited for: what is under way was cut with its call."""


def _look_at(sending: "asyncio.Future[None]") -> None:
    """What becomes of a message that nobody waits for any more is nobody's business."""
    if not sending.cancelled():
        sending.exception()


def _in_thread(do: Callable[[], None]) -> "Future[None]":
    """A pool's threads would be waited for when the process ends."""
    doing = Future[None]()

    def run() -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 (whoever waits gets it)
            doing.set_exception(error)
        else:
            doing.set_result(None)

    threading.Thread(target=run, name="apprise", daemon=True).start()
    return doing


def _notify(call: _Call, url: str, message: Message) -> None:
    import apprise  # noqa: PLC0415 (a second of imports, for those who use it)

    asset = apprise.AppriseAsset(http_redirects=False, app_id="todo-mcp", app_desc="todo-mcp")
    plugin = apprise.Apprise.instantiate(url, asset=asset)  # pyright: ignore[reportUnknownMemberType]
    if plugin is None:
        raise SendError("url not understood", final=True)
    plugin.redirects = False  # whatever the URL says
    _guard.call = call
    try:
        taken = plugin.notify(body=message.text, title=message.subject)
    finally:
        _guard.call = None
        call.close()
    if call.refused:
        raise SendError("address not allowed", final=True)
    if not taken:
        raise SendError("not taken")
