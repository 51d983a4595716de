"""The wire to a server, which can be cut or fall silent."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"


class Wire:
    def __init__(self, url: str, folder: Path) -> None:
        [to] = parse_qs(urlsplit(url).query)["host"]
        self.url = urlsplit(url)._replace(query=f"host={folder}").geturl()
        self._to = str(Path(to) / SOCKET)
        self._ends: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._to)
        self._ends |= {writer, far_writer}
        for source, target in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._open.wait()
                target.write(data)
                await target.drain()
        target.close()

    def cut(self) -> None:
        """All connections break, at both ends; new ones can be made."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def silence(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        self._open.clear()

    def speak(self) -> None:
        """What was held gets through."""
        self._open.set()

    async def close(self) -> None:
        self._open.set()
        self.cut()
        while self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def wire(url: str, folder: Path) -> AsyncGenerator[Wire]:
    """Between a client and the server that listens in the folder of this URL."""
    made = Wire(url, folder)
    server = await asyncio.start_unix_server(made.accept, folder / SOCKET)
    async with server:
        yield made
        server.close()
        await made.close()
