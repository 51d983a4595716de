"""Streamable HTTP on a real socket: hostile requests, probes, and the end with clients connected."""

import asyncio
import json
import signal
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError

from tests.server.eras import Era, connect
from tests.server.processes import ENDS_SECONDS, running
from tests.server.small import TOOLS, answer, serving, small_server
from todo_mcp.errors import RuleError, UnavailableError
from todo_mcp.server.http import MAX_BODY_BYTES, serve_http
from todo_mcp.server.serving import Address, address, listen

HEADERS = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "add_task",
}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def body(arguments: str) -> bytes:
    """A call of add_task with the arguments as raw JSON."""
    return (
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add_task", '
        f'"arguments": {arguments}, "_meta": {json.dumps(META)}}}}}'
    ).encode()


async def post(url: str, content: Any, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as http:
        return await http.post(url, content=content, headers=HEADERS | headers)


def refusal_in(response: httpx2.Response) -> str:
    result = response.json()["result"]
    assert result["isError"] is True
    return result["content"][0]["text"]


async def test_tools_are_called_over_http(era: Era) -> None:
    async with serving(small_server()) as url, connect(url, era) as client:
        listed = (await client.list_tools()).tools
        written = await answer(client, "add_task", {"title": "null"})

    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    assert written["tasks"][0]["title"] == "null"


async def test_a_body_of_ten_megabytes_is_refused_with_what_to_do(era: Era) -> None:
    async with serving(small_server()) as url, connect(url, era) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("add_task", {"title": "x" * 10_000_000})
        await answer(client, "add_task", {"title": "still served"})

    assert caught.value.error.message == (
        "The request is larger than 4 MiB. Send it in several calls, or shorten the notes."
    )


async def test_a_body_of_unknown_length_is_refused_once_it_is_too_large() -> None:
    async def pieces() -> Any:
        for _ in range(5):
            yield b"x" * (MAX_BODY_BYTES // 4)

    async with serving(small_server()) as url:
        response = await post(url, pieces())

    assert response.status_code == 413
    assert response.json()["error"]["code"] == -32600


@pytest.mark.parametrize(
    "content",
    [
        b"garbage",
        b"",
        b"[" * 100_000 + b"]" * 100_000,
        body('{"title": ' + "[" * 100_000 + "]" * 100_000 + "}"),
        body('{"title": ' + "9" * 5_000 + "}"),
    ],
    ids=["garbage", "empty", "deep", "deep argument", "long number"],
)
async def test_a_body_that_cannot_be_read_is_an_error_of_the_protocol(content: bytes) -> None:
    async with serving(small_server()) as url:
        response = await post(url, content)
        after = await post(url, body('{"title": "x"}'))

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32700
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (r'{"title": "a\u0000b"}', "title: contains a NUL character; remove it."),
        (
            r'{"title": "\ud800"}',
            "title: contains half of a character (a lone surrogate); remove it.",
        ),
        (
            r'{"title": "x", "tags": ["\udfff"]}',
            "tags[0]: contains half of a character (a lone surrogate); remove it.",
        ),
        ('{"title": NaN}', "title: must be text, not that number."),
        ('{"title": 1e400}', "title: must be text, not that number."),
    ],
)
async def test_hostile_values_are_refused_by_name(arguments: str, sentence: str) -> None:
    async with serving(small_server()) as url:
        response = await post(url, body(arguments))

    assert refusal_in(response) == sentence


async def test_a_name_that_is_no_text_is_refused() -> None:
    async with serving(small_server()) as url:
        response = await post(url, body(r'{"title": "x", "\ud800": 1}'))

    assert refusal_in(response) == (
        "arguments: contains half of a character (a lone surrogate); remove it."
    )


async def test_space_around_header_values_does_not_matter() -> None:
    content = body('{"title": "x"}')
    headers = HEADERS | {"host": "localhost", "mcp-name": "add_task  "}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"POST /mcp HTTP/1.1\r\n{head}content-length: {len(content)}\r\n\r\n".encode()
    async with serving(small_server()) as url:
        # the HTTP client in use refuses to send such a header
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2][:-4]))
        writer.write(request + content)
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert status == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("host", "evil.example", 421), ("origin", "http://evil.example", 403)],
)
async def test_another_site_is_turned_away(header: str, value: str, status: int) -> None:
    async with serving(small_server()) as url:
        response = await post(url, body('{"title": "x"}'), **{header: value})

    assert response.status_code == status


async def test_probes_tell_alive_from_ready() -> None:
    async def not_yet() -> str | None:
        return "the database is starting"

    stop = asyncio.Event()
    listener = listen("127.0.0.1", 0)
    base = address(listener).url.removesuffix("/mcp")
    async with asyncio.TaskGroup() as group, httpx2.AsyncClient(base_url=base) as http:
        group.create_task(serve_http(small_server(), listener, stop, ready=not_yet))
        alive, prepared = await http.get("/livez"), await http.get("/readyz")
        stop.set()

    assert alive.status_code == 200
    assert prepared.status_code == 503
    assert prepared.json() == {"status": "not ready", "reason": "the database is starting"}


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(UnavailableError) as caught:
        listen("127.0.0.1", address(taken).port)

    assert str(caught.value).startswith("port: cannot listen on 127.0.0.1:")
    assert "choose another port with --port or TODO_MCP_PORT" in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104 (refused)
def test_only_this_machine_is_served_without_authentication(host: str) -> None:
    with pytest.raises(RuleError, match=r"^host: .* Use 127\.0\.0\.1\."):
        listen(host, 0)


def test_an_ipv6_address_is_written_as_urls_want_it() -> None:
    assert Address("::1", 8321).url == "http://[::1]:8321/mcp"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_time_with_an_open_stream(era: Era, sent: signal.Signals) -> None:
    async with running("http") as server:
        url = (await server.log())["url"]
        async with connect(url, era) as client:
            await answer(client, "add_task", {"title": "x"})
            if era == "legacy":  # its stream is open since the handshake
                assert await server.seconds_to_end(sent) < ENDS_SECONDS
            else:
                await _watch_until_the_end(client, server.process.send_signal, sent)
                assert await server.seconds_to_end() < ENDS_SECONDS


async def _watch_until_the_end(client: Client, send: Any, sent: signal.Signals) -> None:
    """The stream ends in order: a lost one would raise."""
    async with client.listen(resource_subscriptions=["todo://inbox"]) as stream:
        send(sent)
        async with asyncio.timeout(ENDS_SECONDS):
            assert [event async for event in stream] == []


async def test_a_signal_ends_it_in_time_with_a_call_under_way(era: Era) -> None:
    async with running("http") as server:
        url = (await server.log())["url"]
        async with connect(url, era) as client, asyncio.TaskGroup() as group:
            waiting = group.create_task(_fail(client))
            await answer(client, "add_task", {"title": "x"})
            assert await server.seconds_to_end(signal.SIGTERM) < ENDS_SECONDS
            assert await waiting


async def _fail(client: Client) -> bool:
    try:
        await client.call_tool("wait", {})
    except (MCPError, httpx2.HTTPError):
        return True
    return False
