"""`todo-mcp`: one local user over stdio, with the worker in the same process."""

import asyncio
from collections.abc import Mapping

from todo_mcp.cli.home import awaited_home, keep_home
from todo_mcp.cli.roles import background
from todo_mcp.clock import utc_now
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.stdio import serve_stdio
from todo_mcp.server.stopping import until_told
from todo_mcp.server.tools import TOOLS
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Answer at once; the database comes up meanwhile."""
    resources = Resources(utc_now, awaited_home(settings))
    with until_told() as stop:
        async with asyncio.TaskGroup() as group:
            group.create_task(
                keep_home(
                    settings,
                    stop,
                    resources.starting.arrived,
                    resources.starting.failed,
                    background(settings, relay=True, worker=True),
                )
            )
            await serve_stdio(build_server(resources, TOOLS, read_only=settings.read_only), stop)
            stop.set()
    return 0
