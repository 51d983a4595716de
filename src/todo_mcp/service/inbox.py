"""What waits for a user to read, and word when that changes."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from todo_mcp.service.context import context
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store.watching import marks


async def unread(home: Home, now: datetime) -> dict[str, Any]:
    """The newest hundred, newest first."""
    database = home.database.within()
    work = Work(database, await home.person_now(database, now), now, "notifications")
    told = await context(work, ["notifications"])
    return {"now": told["now"], "notifications": told["notifications"][:100]}


async def changes(home: Home, wanted: Callable[[], bool]) -> AsyncGenerator[None]:
    """Once for each change of the inbox that is seen, as long as it is wanted; and once at the start.

    What changed since somebody asked, or while the database was away, was seen by nobody.

    Raises:
        UnavailableError: the database is down.
    """
    async with aclosing(marks(home.database, home.person.space, home.person.user)) as found:
        last = None
        async for mark in found:
            if not wanted():
                return
            if mark != last:
                last = mark
                yield
