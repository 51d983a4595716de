"""What runs beside the server in one process: the relay, and the worker behind the in-process bus."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home

Background = Callable[["Home", asyncio.Event], Awaitable[None]]


def background(settings: Settings, *, relay: bool, worker: bool) -> Background:
    """The roles of this process, as one thing to do until stopped."""

    async def run(home: "Home", stop: asyncio.Event) -> None:
        await stop.wait()

    return run
