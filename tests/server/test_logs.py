"""What a running server writes besides its answers: no text of a user, whatever happens."""

import json
import signal
from typing import Any

from tests.server.processes import HANDSHAKE, READY, Running, running

CANARY = "canary-7f3e"


def call(number: int, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


CALLS = [
    call(2, "add_task", {"title": CANARY, "notes": CANARY, "tags": [CANARY]}),
    call(3, "add_task", {"title": CANARY, CANARY: CANARY}),
    call(4, "add_task", {"title": CANARY, "priority": CANARY, "dry_run": CANARY}),
    call(5, "add_task", {"title": CANARY, "subtasks": [{"title": CANARY, "due": 5}]}),
    call(6, "break_down", {"text": CANARY}),
    call(7, "delete", {"ids": [CANARY]}),
    call(8, CANARY, {CANARY: CANARY}),
    {"jsonrpc": "2.0", "id": 9, "method": "prompts/get", "params": {"name": CANARY}},
    {"jsonrpc": "2.0", "id": 10, "method": "resources/read", "params": {"uri": f"todo://{CANARY}"}},
    {"jsonrpc": "2.0", "id": 11, "method": CANARY, "params": {CANARY: CANARY}},
    {"jsonrpc": "2.0", "method": CANARY, "params": {CANARY: CANARY}},
    {
        "jsonrpc": "2.0",
        "id": 12,
        "method": "tools/call",
        "params": {"name": 5, "arguments": CANARY},
    },
]


async def written_by(server: Running) -> list[dict[str, Any]]:
    """Stop the server and read its whole log."""
    server.process.send_signal(signal.SIGTERM)
    out, log = await server.process.communicate()
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in out.splitlines())
    assert CANARY.encode() not in log
    return [json.loads(line) for line in log.splitlines()]


async def test_no_text_of_a_user_reaches_the_log_of_a_stdio_server() -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY, *CALLS, f"garbage {CANARY}")
        for _ in range(len(CALLS) + 1):  # one is a notification; the handshake and garbage answer
            await server.hear()
        lines = await written_by(server)

    called = [line for line in lines if line["event"] == "tool.called"]
    assert [(line["tool"], line["outcome"]) for line in called] == [
        ("add_task", "ok"),
        ("add_task", "rule"),
        ("add_task", "rule"),
        ("add_task", "rule"),
        ("break_down", "crashed"),
        ("delete", "conflict"),
    ]
    assert called[0]["op"] == "op1"
    assert all(line["duration_ms"] >= 0 for line in called)
    [crash] = [line for line in lines if line["level"] == "error"]
    assert crash["error"] == "UnexpectedToolError < ValueError"
    assert any("break_down" in frame for frame in crash["frames"])


async def test_what_a_tool_prints_does_not_reach_the_protocol() -> None:
    async with running("stdio") as server:
        await server.tell(HANDSHAKE, READY, call(2, "break_down", {"text": "print"}))
        await server.hear()
        assert (await server.hear())["id"] == 2
        server.process.send_signal(signal.SIGTERM)
        _, log = await server.process.communicate()

    assert b"printed by a tool" in log
