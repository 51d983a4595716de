"""Everything that Apprise reaches by URL: e-mail, ntfy, Slack, Telegram and many more.

Apprise blocks, so it runs in threads. What it connects to is checked where Python itself resolves and
connects (audit events, PEP 578): so a name that leads elsewhere the second time is refused as well.
"""

import asyncio
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.worker.reach import Reach

SECONDS: Final = 20.0
THREADS: Final = 64


class _Guard(threading.local):
    """What the sending thread may reach; other threads are not our business."""

    reach: Reach | None = None
    refused: bool = False


_guard = _Guard()


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.getaddrinfo") or _guard.reach is None:
        return
    if event == "socket.getaddrinfo":
        good = args[0] is None or _guard.reach.names(_text(args[0]))
    else:
        address = args[1]
        good = isinstance(address, tuple) and _guard.reach.admits(
            str(cast("tuple[Any, ...]", address)[0])
        )
    if not good:
        _guard.refused = True
        raise PermissionError("not allowed")


@cache
def _watch_all() -> None:
    """Once a process: a hook cannot be taken away."""
    sys.addaudithook(_watch)


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


class Apprising:
    """One message of a URL at a time; a thread that hangs keeps its URL busy and nothing else."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: dict[str, Future[None]] = {}

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:  # noqa: ARG002 (a Sender)
        """Hand it to Apprise.

        Raises:
            SendError: it was not sent, or not within the time.
        """
        before = self._under_way.get(target.url)
        if before is not None and not before.done():
            raise SendError("busy")
        if self._threads is None:
            _watch_all()
            self._threads = ThreadPoolExecutor(THREADS, "apprise")
        doing = self._threads.submit(self._notify, target.url, message)
        self._under_way[target.url] = doing
        doing.add_done_callback(lambda _: self._done(target.url, doing))
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.shield(asyncio.wrap_future(doing))
        except TimeoutError:
            raise SendError("timeout") from None

    def _done(self, url: str, doing: "Future[None]") -> None:
        if self._under_way.get(url) is doing:
            del self._under_way[url]

    def _notify(self, url: str, message: Message) -> None:
        import apprise  # noqa: PLC0415 (a second of imports, for those who use it)

        asset = apprise.AppriseAsset(http_redirects=False, app_id="todo-mcp", app_desc="todo-mcp")
        plugin = apprise.Apprise.instantiate(url, asset=asset)  # pyright: ignore[reportUnknownMemberType]
        if plugin is None:
            raise SendError("url not understood", final=True)
        plugin.redirects = False  # whatever the URL says
        _guard.reach, _guard.refused = self._reach, False
        try:
            taken = plugin.notify(body=message.text, title=message.subject)
        finally:
            _guard.reach = None
        if _guard.refused:
            raise SendError("address not allowed", final=True)
        if not taken:
            raise SendError("not taken")

    async def close(self) -> None:
        """Threads that hang are left to their own time limits."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None
