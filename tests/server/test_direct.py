"""The short way of plain calls answers what the SDK's way would, and leaves it all that is not plain."""

import json
from typing import Any

import httpx2
import pytest

from tests.server.small import serving, small_server
from tests.server.test_http import HEADERS, META
from todo_mcp.clock import utc_now
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("add_task", {"title": "Buy “milk” ✓ 牛乳"}),
    ("add_task", {"title": "x", "notes": "\n\t", "tags": ["a", "b"], "dry_run": True}),
    ("add_task", {"title": "x", "subtasks": ["one", {"title": "two"}]}),
    ("add_task", {"title": 7}),
    ("add_task", {"titel": "x"}),
    ("add_task", {}),
    ("search", {"query": "milk", "limit": "3"}),
    ("search", {"limit": 1000}),
    ("delete", {"ids": ["t1"]}),
    ("break_down", {"text": "canary"}),
]
ODD: list[dict[str, Any]] = [
    {"name": ["add_task"], "arguments": {}},
    {"name": None},
    {"name": "nothing", "arguments": {}},
    {"name": "add_task", "arguments": [1]},
    {"name": "add_task", "arguments": "{}"},
    {"name": "add_task", "arguments": {"title": "x"}, "more": 1},
    {"name": "add_task", "arguments": {"title": "x"}, "requestState": "forged"},
]


async def ask(url: str, params: dict[str, Any], **meta: Any) -> httpx2.Response:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": params | {"_meta": META | meta},
    }
    name = params.get("name")
    headers = HEADERS | {"mcp-name": name if isinstance(name, str) else "add_task"}
    async with httpx2.AsyncClient() as http:
        return await http.post(url, content=json.dumps(message), headers=headers)


class Seen:
    """Middleware behind all other: what reaches it goes the SDK's way."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, ctx: Any, call_next: Any) -> Any:
        self.calls += ctx.method == "tools/call"
        return await call_next(ctx)


def seen_by(server: Any) -> Seen:
    seen = Seen()
    server._lowlevel_server.middleware.append(seen)  # noqa: SLF001 (MCPServer hides it)
    return seen


@pytest.mark.parametrize(("name", "arguments"), CALLS)
async def test_both_ways_answer_the_same(name: str, arguments: dict[str, Any]) -> None:
    server = small_server()
    seen = seen_by(server)
    async with serving(server) as url:
        plain = await ask(url, {"name": name, "arguments": arguments})
        assert seen.calls == 0
        # The SDK knows this parameter, and no tool of these looks at it.
        through = await ask(url, {"name": name, "arguments": arguments, "inputResponses": {}})
        assert seen.calls == 1
    assert plain.status_code == through.status_code == 200
    assert plain.json() == through.json()
    assert plain.json()["result"]["resultType"] == "complete"


@pytest.mark.parametrize("params", ODD)
async def test_what_is_not_plain_is_judged_by_the_sdk(params: dict[str, Any]) -> None:
    async with serving(small_server()) as url:
        answered = await ask(url, params)
    found = answered.json()
    assert "error" in found or found["result"]["isError"] is False
    assert "x" not in found.get("error", {}).get("message", "").split()


@pytest.mark.parametrize(("token", "way"), [("a", 0), (7, 0), (1.5, 1), ([], 1), (None, 1)])
async def test_a_progress_token_is_plain_only_where_it_is_one(token: Any, way: int) -> None:
    server = small_server()
    seen = seen_by(server)
    async with serving(server) as url:
        answered = await ask(
            url, {"name": "add_task", "arguments": {"title": "x"}}, progressToken=token
        )
    assert seen.calls == way
    assert ("result" in answered.json()) is (way == 0)


async def test_a_tool_that_asks_the_user_goes_the_sdks_way() -> None:
    server = build_server(Resources(utc_now), TOOLS)
    seen = seen_by(server)
    async with serving(server) as url:
        for name in ("delete_tasks", "undo"):
            assert (
                "unknown argument" in (await ask(url, {"name": name, "arguments": {"x": 1}})).text
            )
    assert seen.calls == 1
