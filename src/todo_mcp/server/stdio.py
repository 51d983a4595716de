"""MCP over stdin and stdout."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from io import BufferedReader
from pathlib import Path
from typing import Final, cast

from anyio import AsyncFile
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server

from todo_mcp.server.context import Resources

_AHEAD: Final = 64  # lines read before they are wanted


async def serve_stdio(server: MCPServer[Resources], stop: asyncio.Event) -> None:
    """Serve one client until it closes stdin or `stop` is set.

    While serving, whatever else prints to stdout lands on stderr (the SDK sees to it).
    """
    lines = _Lines(asyncio.get_running_loop())
    lines.start()
    lowlevel = server._lowlevel_server  # noqa: SLF001 (run_stdio_async takes no streams)  # pyright: ignore[reportPrivateUsage]
    async with stdio_server(stdin=cast("AsyncFile[str]", lines)) as (read_stream, write_stream):
        serving = asyncio.ensure_future(
            lowlevel.run(read_stream, write_stream, lowlevel.create_initialization_options())
        )
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        lines.end()
        stopped.cancel()
        await serving


class _Lines:
    """stdin, read by a thread of its own that nobody has to wait for.

    The SDK's reader can be stopped only by the client sending another line.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
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
