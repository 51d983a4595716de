"""A client of each protocol era: of a server in this process, or of one at an address."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Literal

from mcp import Client, StdioServerParameters
from mcp.server import MCPServer

from todo_mcp.server.context import Resources

Era = Literal["modern", "legacy"]
ERAS: Final[tuple[Era, ...]] = ("modern", "legacy")


@asynccontextmanager
async def connect(
    server: MCPServer[Resources] | StdioServerParameters | str, era: Era
) -> AsyncGenerator[Client]:
    """Open it inside the test: a client may not outlive the task that entered it."""
    mode = "auto" if era == "modern" else "legacy"
    async with Client(server, mode=mode) as client:
        yield client
