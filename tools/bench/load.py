"""A client light enough not to be what is measured: a process that calls tools over raw sockets.

Reads one JSON line a batch (`Batch`) and answers one (`Done`).
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from itertools import count
from time import perf_counter
from typing import Any, Final, cast

import uvloop

META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
}


@dataclass(frozen=True, slots=True)
class Batch:
    """So many calls of a tool; `{n}` in its arguments is a number nobody had, `{day}` and `{minute}` go with it."""

    port: int
    tool: str
    arguments: dict[str, Any]
    connections: int
    calls: int


@dataclass(frozen=True, slots=True)
class Done:
    seconds: float
    latencies: list[float] = field(default_factory=list[float])


def request(batch: Batch, number: int) -> bytes:
    text = json.dumps(batch.arguments)
    for name, value in (("n", number), ("day", number % 28 + 1), ("minute", number % 60)):
        text = text.replace(f"{{{name}}}", f"{value:02}")
    arguments = json.loads(text)
    message = {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": batch.tool, "arguments": arguments, "_meta": META},
    }
    body = json.dumps(message, separators=(",", ":")).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{batch.port}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        f"Content-Length: {len(body)}\r\nMCP-Protocol-Version: 2026-07-28\r\n"
        f"Mcp-Method: tools/call\r\nMcp-Name: {batch.tool}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One request at a time; an answer is whole after its length or its last chunk."""

    def __init__(self) -> None:
        self._read = bytearray()
        self._wire: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)  # uvloop's is none of its children

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the server"))

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._end()
        if end is not None and self._answer is not None:
            whole = bytes(self._read[:end])
            del self._read[:end]
            self._answer.set_result(whole)

    def _end(self) -> int | None:
        head = self._read.find(b"\r\n\r\n")
        if head < 0:
            return None
        fields = bytes(self._read[:head]).lower()
        at = fields.find(b"content-length:")
        if at >= 0:
            end = head + 4 + int(fields[at + 15 :].split(b"\r\n", 1)[0])
            return end if len(self._read) >= end else None
        last = self._read.find(b"\r\n0\r\n\r\n", head + 2)
        return last + 7 if last >= 0 else None

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()

    async def ask(self, sent: bytes) -> bytes:
        assert self._wire is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._wire.write(sent)
        return await self._answer


class Caller:
    def __init__(self) -> None:
        self._numbers = count(1)

    async def run(self, batch: Batch) -> Done:
        connections = await opened(batch)
        sent = [request(batch, next(self._numbers)) for _ in range(batch.calls)]
        latencies: list[float] = []

        async def work(connection: Connection) -> None:
            while sent:
                begun = perf_counter()
                answer = await connection.ask(sent.pop())
                latencies.append(perf_counter() - begun)
                if b'"result"' not in answer or b'"isError":true' in answer:
                    sys.exit(f"not the answer of a call that worked: {answer!r}")

        begun = perf_counter()
        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(work(connection))
        took = perf_counter() - begun
        for connection in connections:
            connection.close()
        return Done(took, latencies)


async def opened(batch: Batch) -> list[Connection]:
    """New ones for each batch: servers close what was idle for some seconds."""
    loop = asyncio.get_running_loop()
    found = [
        await loop.create_connection(Connection, "127.0.0.1", batch.port)
        for _ in range(batch.connections)
    ]
    return [connection for _, connection in found]


async def main() -> None:
    caller = Caller()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        done = await caller.run(Batch(**json.loads(line)))
        print(json.dumps(asdict(done)), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
