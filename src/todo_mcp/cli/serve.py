"""`todo-mcp serve`: streamable HTTP, the relay, and with `--with-worker` the rest."""

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from todo_mcp.cli.garbage import spare_collections
from todo_mcp.cli.home import awaited_home, keep_home
from todo_mcp.cli.hosts import host_lines
from todo_mcp.cli.roles import background
from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.server import feed
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.http import serve_http
from todo_mcp.server.serving import address, listen
from todo_mcp.server.stopping import until_told
from todo_mcp.server.tools import TOOLS
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Serve until told to stop; a port that is taken is told before anything starts."""
    token = settings.app_api_token
    resources = Resources(
        utc_now, awaited_home(settings), token.get_secret_value() if token else None
    )
    listener = listen(settings.host, settings.port)
    print(host_lines(address(listener).url), file=sys.stderr, flush=True)

    async def ready() -> str | None:
        if not resources.starting.here:
            return "the database is not up yet"
        home = await resources.starting.get()
        try:
            await home.database.worker("SELECT 1")
        except UnavailableError as error:
            return str(error)
        return None

    async def measure() -> Mapping[str, float]:
        from todo_mcp.store import events  # noqa: PLC0415 (imports SQL)

        home = await resources.starting.get()
        lag = await events.lag(home.database.worker, settings.bus)
        return {
            "todo_mcp_events_waiting": lag.count,
            "todo_mcp_events_oldest_seconds": lag.seconds,
            "todo_mcp_events_parked": lag.parked,
        }

    def arrived(home: "Home") -> None:
        spare_collections()
        resources.starting.arrived(home)

    roles = background(
        settings, relay=not given.get("no_relay"), worker=bool(given.get("with_worker"))
    )
    with until_told() as stop:
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_home(settings, stop, arrived, resources.starting.failed, roles))
            await serve_http(
                build_server(resources, TOOLS, read_only=settings.read_only),
                listener,
                stop,
                ready=ready,
                measure=measure,
                more=[feed.route(resources)],
                allowed_hosts=settings.allowed_hosts,
                allowed_origins=settings.allowed_origins,
            )
            stop.set()
    return 0
