"""stdio as a real process: before the database, against bad lines, and to the end."""

import asyncio
import json
import os
import signal
import sys
from typing import Any

import pytest
from mcp import StdioServerParameters

from tests.server.eras import Era, connect
from tests.server.processes import ENDS_SECONDS, HANDSHAKE, READY, SERVING, running
from tests.server.small import TOOLS, answer

DISCOVER: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "server/discover",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        }
    },
}


def listing(number: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {}}


def call(number: int, arguments: str, tool: str = "add_task") -> str:
    """A call with the arguments as raw JSON."""
    return (
        f'{{"jsonrpc": "2.0", "id": {number}, "method": "tools/call", '
        f'"params": {{"name": "{tool}", "arguments": {arguments}}}}}'
    )


async def test_tools_are_listed_while_the_database_is_down(era: Era) -> None:
    process = StdioServerParameters(command=sys.executable, args=[*SERVING, "stdio"])
    async with connect(process, era) as client:
        listed = (await client.list_tools()).tools
        written = await answer(client, "add_task", {"title": "Buy milk"})

    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    assert written["tasks"][0]["title"] == "Buy milk"


async def test_what_only_a_call_needs_is_not_loaded_before_the_first_answer() -> None:
    heavy = "{'sqlalchemy', 'asyncpg', 'alembic', 'dapr'}"
    program = f"import sys, todo_mcp.server.app, todo_mcp.server.stdio, todo_mcp.server.tools\nprint({heavy} & sys.modules.keys())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()

    assert out.decode().strip() == "set()"


async def test_a_handshake_after_a_discovery_is_served() -> None:
    async with running("stdio") as server:
        await server.tell(DISCOVER)
        discovered = await server.hear()
        await server.tell(HANDSHAKE | {"id": 2})
        shaken = await server.hear()
        await server.tell(READY, listing(3))
        listed = await server.hear()

    assert "2026-07-28" in discovered["result"]["supportedVersions"]
    assert shaken["result"]["protocolVersion"] == "2025-11-25"
    assert len(listed["result"]["tools"]) == len(TOOLS)


async def test_a_line_that_is_no_message_is_answered_and_does_no_harm() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    surrogate = '{"title": "\\ud800"}'
    lines = [
        "garbage",
        "",
        deep,
        "[]",
        call(2, f'{{"title": {deep}}}'),
        call(3, f'{{"title": {"9" * 5_000}}}'),
        call(4, surrogate),
    ]
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY)
        await server.hear()
        for line in lines:
            await server.tell(line)
            refused = await server.hear()
            assert refused["id"] is None
            assert refused["error"]["code"] == -32700
        await server.tell(listing(9))
        assert (await server.hear())["id"] == 9


async def test_a_call_of_ten_megabytes_is_refused_by_the_argument() -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY)
        await server.hear()
        await server.tell(call(2, json.dumps({"title": "x" * 10_000_000})))
        refused = await server.hear()

    assert refused["result"]["isError"] is True
    assert refused["result"]["content"][0]["text"] == (
        "title: at most 500 characters; this has 10000000."
    )


async def test_of_a_key_given_twice_the_last_counts() -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY, call(2, '{"title": "first", "title": "last"}'))
        await server.hear()
        written = await server.hear()

    assert written["result"]["structuredContent"]["tasks"][0]["title"] == "last"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_time_with_a_call_under_way(sent: signal.Signals) -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY, call(2, "{}", "wait"), listing(3))
        await server.hear()
        assert (await server.hear())["id"] == 3  # so the call before it is under way
        assert await server.seconds_to_end(sent) < ENDS_SECONDS


async def test_a_signal_ends_it_in_time_when_the_client_no_longer_reads() -> None:
    read_end, write_end = os.pipe()
    async with running("stdio", stdout=write_end) as server:
        os.close(write_end)
        await server.tell(HANDSHAKE, READY, *(listing(number) for number in range(100)))
        await asyncio.to_thread(os.read, read_end, 1)
        server.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_SECONDS):
            await server.process.wait()
    os.close(read_end)


async def test_the_end_of_stdin_ends_it() -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE)
        await server.hear()
        server.close_stdin()
        assert await server.seconds_to_end() < ENDS_SECONDS
