"""MCP over stdin and stdout."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from anyio import AsyncFile, create_memory_object_stream
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCRequest

from todo_mcp.server.context import Resources

if TYPE_CHECKING:
    from mcp.shared._context_streams import ContextReceiveStream, ContextSendStream

_AHEAD: Final = 64  # lines read before they are wanted


_UNREADABLE: Final = SessionMessage(
    JSONRPCError(
        jsonrpc="2.0",
        id=None,
        error=ErrorData(code=PARSE_ERROR, message="Parse error: this line is no JSON-RPC message."),
    )
)


async def serve_stdio(
    server: MCPServer[Resources], stop: asyncio.Event, heard: Callable[[], None] = lambda: None
) -> None:
    """Serve one client until it closes stdin or `stop` is set; every line is `heard`.

    While serving, whatever else prints to stdout lands on stderr (the SDK sees to it).
    """
    lines = _Lines(asyncio.get_running_loop(), heard)
    lines.start()
    async with stdio_server(stdin=cast("AsyncFile[str]", lines)) as (incoming, outgoing):
        serving = asyncio.ensure_future(_converse(server, incoming, outgoing))
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        lines.end()
        stopped.cancel()
        await serving


async def _converse(
    server: MCPServer[Resources],
    incoming: "ContextReceiveStream[SessionMessage | Exception]",
    outgoing: "ContextSendStream[SessionMessage]",
) -> None:
    """Serve the client in the era it opens with, and anew when it then shakes hands after all.

    Some hosts ask `server/discover` first and go on with `initialize` on the same pipe, which the
    SDK refuses. It also leaves lines that it cannot read without an answer.
    """
    lowlevel = server._lowlevel_server  # noqa: SLF001 (run_stdio_async takes no streams)  # pyright: ignore[reportPrivateUsage]
    options = lowlevel.create_initialization_options()
    feed: MemoryObjectSendStream[SessionMessage | Exception] | None = None
    async with outgoing, asyncio.TaskGroup() as conversations:
        async for item in incoming:
            if isinstance(item, Exception):
                await outgoing.send(_UNREADABLE)
                continue
            if feed is None or _shakes_hands(item):
                if feed is not None:
                    feed.close()
                feed, wire = create_memory_object_stream[SessionMessage | Exception](0)
                conversations.create_task(lowlevel.run(wire, outgoing.clone(), options))
            await feed.send(item)
        if feed is not None:
            feed.close()


def _shakes_hands(item: SessionMessage) -> bool:
    return isinstance(item.message, JSONRPCRequest) and item.message.method == "initialize"


class _Lines:
    """stdin, read by a thread of its own that nobody has to wait for.

    The SDK's reader can be stopped only by the client sending another line.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, heard: Callable[[], None]) -> None:
        self._loop = loop
        self._heard = heard
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._thread = threading.Thread(target=self._read, name="stdin", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._queue.get()) is not None:
            self._room.release()
            self._heard()
            yield line

    def _read(self) -> None:
        for line in _take_stdin():
            self._room.acquire()
            self._tell(line.decode("utf-8", "replace"))
        self._tell(None)

    def _tell(self, line: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, line)
        except RuntimeError:  # the loop has closed: nobody listens any more
            sys.exit()


def _take_stdin() -> BufferedReader:
    """The client's lines on a descriptor of their own; fd 0 becomes empty for everybody else."""
    private = os.dup(sys.stdin.fileno())
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    return os.fdopen(private, "rb")
