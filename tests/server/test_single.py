"""A plain call is answered in one piece, without the SDK's stream; for a client it is the same.

Red with: nobody watching for the end of the connection; the body not given on; a call with a progress
token answered so too.
"""

import asyncio
import json
import re
from typing import Any

import httpx2
import pytest
from mcp import Client

from tests.server.small import serving, small_server
from tests.server.test_http import HEADERS, META
from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.gate import Gate
from todo_mcp.server.tools import TOOLS


def body_of(name: str, **arguments: Any) -> bytes:
    params = {"name": name, "arguments": arguments, "_meta": META}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(message).encode()


def head_of(name: str, url: str, length: int) -> bytes:
    headers = HEADERS | {"mcp-name": name, "host": httpx2.URL(url).netloc.decode()}
    lines = [f"{key}: {value}" for key, value in headers.items()]
    return "\r\n".join(["POST /mcp HTTP/1.1", *lines, f"content-length: {length}", "", ""]).encode()


async def connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", httpx2.URL(url).port)


async def test_who_hangs_up_takes_the_call_back() -> None:
    resources = Resources(utc_now, gate=Gate(1))
    async with serving(small_server(resources)) as url:
        _, writer = await connected(url)
        body = body_of("wait", text="x")
        writer.write(head_of("wait", url, len(body)) + body)
        async with asyncio.timeout(2):  # half of the time for which that call would wait
            await resources.starting.wanted.wait()
            writer.close()
            answered = await posted(url, body_of("add_task", title="Buy milk"))
    assert answered["result"]["structuredContent"]["op"] == "op1"


async def posted(url: str, content: bytes) -> dict[str, Any]:
    async with httpx2.AsyncClient() as http:
        answered = await http.post(url, content=content, headers=HEADERS)
    assert answered.headers["content-type"].startswith("application/json")
    return answered.json()


async def test_who_asked_to_be_told_is_told_over_http_too() -> None:
    resources = Resources(utc_now)
    told: list[tuple[float, float | None, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))
        resources.starting.failed(UnavailableError("enough"))

    async with serving(build_server(resources, TOOLS)) as url, Client(url) as client:
        result = await client.call_tool("get_context", {}, progress_callback=tell)
    assert told == [(1.0, 4.5, "The database is starting")]
    assert "enough" in str(result.content)


@pytest.mark.parametrize("title", ["Buy milk", "progressToken", 'say "progressToken"'])
async def test_a_title_makes_no_difference(title: str) -> None:
    async with serving(small_server()) as url:
        answered = await posted(url, body_of("add_task", title=title))
    assert answered["result"]["structuredContent"]["tasks"][0]["title"] == title


async def test_a_body_may_come_in_pieces() -> None:
    async with serving(small_server()) as url:
        reader, writer = await connected(url)
        body = body_of("add_task", title="Buy milk")
        writer.write(head_of("add_task", url, len(body)))
        for at in range(0, len(body), 100):
            writer.write(body[at : at + 100])
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"Buy milk" in await reader.readuntil(b"}}")
        writer.close()


async def test_an_idle_connection_outlives_what_clients_keep_one_for() -> None:
    async with serving(small_server()) as url:
        reader, writer = await connected(url)
        body = body_of("add_task", title="Buy milk")
        whole = head_of("add_task", url, len(body)) + body
        writer.write(whole)
        head = await reader.readuntil(b"\r\n\r\n")
        [length] = re.findall(rb"content-length: (\d+)", head)
        await reader.readexactly(int(length))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(6):  # one more than httpx and, by default, uvicorn keep it
                await reader.readuntil(b"never said")
        writer.write(whole)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_who_leaves_in_the_middle_of_a_body_is_forgotten() -> None:
    async with serving(small_server()) as url:
        _, writer = await connected(url)
        writer.write(head_of("add_task", url, 1000) + b"{")
        await writer.drain()
        writer.close()
        answered = await posted(url, body_of("add_task", title="Buy milk"))
    assert answered["result"]["isError"] is False


@pytest.mark.parametrize(("header", "value"), [("mcp-method", "tools/list"), ("mcp-name", "wait")])
async def test_headers_that_contradict_the_body_are_refused(header: str, value: str) -> None:
    async with serving(small_server()) as url, httpx2.AsyncClient() as http:
        body = body_of("add_task", title="Buy milk")
        answered = await http.post(url, content=body, headers=HEADERS | {header: value})
    assert answered.status_code == 400
    assert answered.json()["error"]["code"] == -32020
