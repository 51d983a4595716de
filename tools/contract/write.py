"""Write every tool as an agent sees it: `python -m tools.contract.write`, or `make contract`."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from mcp import Client
from mcp.types import Tool as Listed

from todo_mcp.clock import utc_now
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tool import Tool
from todo_mcp.server.tools import TOOLS

FOLDER = Path(__file__).parent


async def list_tools(tools: Sequence[Tool] = TOOLS) -> list[Listed]:
    async with Client(build_server(Resources(utc_now), tools)) as client:
        return (await client.list_tools()).tools


def contract(tool: Listed) -> str:
    shown = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    listed = asyncio.run(list_tools())
    for tool in listed:
        (FOLDER / f"{tool.name}.json").write_text(contract(tool), encoding="utf-8")
    for path in FOLDER.glob("*.json"):
        if path.stem not in {tool.name for tool in listed}:
            path.unlink()
    print(f"{len(listed)} tools written to {FOLDER.relative_to(Path.cwd())}/")


if __name__ == "__main__":
    main()
