"""A call that is told nothing before its answer is answered in one piece, with no stream held ready.

The SDK sets up a stream for every request, in case the tool tells of its progress: of a call that does
little this is the larger part. Who gives no progress token is told nothing.
"""

import asyncio
from typing import Any, Final

from mcp.server import (
    MCPServer,
    _streamable_http_modern as modern,  # pyright: ignore[reportPrivateUsage]
)
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo_mcp.server.context import Resources
from todo_mcp.server.direct import MODERN

_LARGEST_BYTES: Final = 64 * 1024  # of a body that is looked through; larger ones the SDK reads
_TOKEN: Final = b"progressToken"


def add_single_answers(server: MCPServer[Resources]) -> None:
    """For calls of tools in the modern era; whatever else comes goes the SDK's way.

    The application of the server has to be built before.
    """
    manager = server.session_manager
    app: Any = _SingleAnswers(manager, manager.asgi_app)
    manager.asgi_app = app


class _SingleAnswers:
    def __init__(self, manager: StreamableHTTPSessionManager, otherwise: ASGIApp) -> None:
        self._manager = manager
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_small_call(scope):
            await self._otherwise(scope, receive, send)
            return
        heard = _Heard(receive)
        if not await heard.whole():
            return
        if _TOKEN in heard.body:
            await self._otherwise(scope, heard.again, send)
        else:
            await self._answer(scope, heard, send)

    async def _answer(self, scope: Scope, heard: "_Heard", send: Send) -> None:
        """Who hangs up takes the call back, as with the SDK's stream."""
        answering = asyncio.current_task()
        assert answering is not None  # noqa: S101 (for the type checker)
        gone = False

        async def watch() -> None:
            nonlocal gone
            await heard.hung_up()
            gone = True
            answering.cancel()

        watching = asyncio.get_running_loop().create_task(watch())
        try:
            await self._exchange(scope, heard.again, send)
        except asyncio.CancelledError:
            if not gone or answering.uncancel():
                raise
        finally:
            watching.cancel()

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        manager = self._manager
        await modern.handle_modern_request(
            manager.app,
            security_settings=manager.security_settings,
            json_response=True,
            lifespan_state=manager._lifespan_state,  # noqa: SLF001 (no way but this)  # pyright: ignore[reportPrivateUsage]
            scope=scope,
            receive=receive,
            send=send,
        )


class _Heard:
    """The body of a request, heard whole and given once more to who asks."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._given = False
        self.body = b""

    async def whole(self) -> bool:
        """Whether the client stayed until its end."""
        parts: list[bytes] = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return False
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        self.body = b"".join(parts)
        return True

    async def again(self) -> Message:
        if self._given:
            return await self._receive()
        self._given = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def hung_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _is_small_call(scope: Scope) -> bool:
    """As the headers have it, of which the SDK checks whether they tell the truth."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    headers = dict[bytes, bytes](scope["headers"])
    if headers.get(b"mcp-protocol-version") != MODERN.encode():
        return False
    size = headers.get(b"content-length", b"")
    is_call = headers.get(b"mcp-method") == b"tools/call"
    return is_call and size.isdigit() and int(size) <= _LARGEST_BYTES
