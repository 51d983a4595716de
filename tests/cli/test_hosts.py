"""What `todo-mcp serve` tells a person to put into their MCP hosts leads to the server.

Red with: a host's line left out; another address in one of them.
"""

import asyncio
import json
import subprocess
from typing import Any

from mcp import Client

from tests.cli.commands import begun


def told(process: "subprocess.Popen[bytes]") -> dict[str, str]:
    """Each line that names a host, up to the last."""
    assert process.stderr is not None
    lines: dict[str, str] = {}
    for line in iter(process.stderr.readline, b""):
        said = line.decode().rstrip()
        if said.startswith("Stop with Ctrl-C"):
            return lines
        host, _, rest = said.partition("  ")
        lines[host] = rest.strip()
    raise AssertionError(f"it ended: {lines}")


def config(line: str) -> dict[str, Any]:
    return json.loads(line.partition(": ")[2])


async def test_each_host_is_told_the_way_to_the_server(emptied: str) -> None:
    command = ("serve", "--port", "0")
    async with begun(*command, DATABASE_URL=emptied) as process, asyncio.timeout(60):
        lines = await asyncio.to_thread(told, process)
        url = lines["Claude Code"].removeprefix("claude mcp add --transport http todo ")
        assert config(lines["VS Code"])["servers"]["todo"] == {"type": "http", "url": url}
        assert config(lines["Cursor"])["mcpServers"]["todo"] == {"url": url}
        bridge = config(lines["Claude Desktop"])["mcpServers"]["todo"]
        assert [bridge["command"], *bridge["args"]] == ["npx", "-y", "mcp-remote", url]
        async with Client(url) as client:
            result = await client.call_tool("get_context", {})
    assert not result.is_error
