"""A user's inbox, looked at whenever something was committed."""

from collections.abc import AsyncGenerator
from typing import Final, TypeAlias

from todo_mcp.store.database import Database
from todo_mcp.store.duty import beside

POLL_SECONDS: Final = 1.0
Mark: TypeAlias = tuple[int, int]

# What comes has a higher number, what goes lowers the count.
_MARK: Final = """
SELECT coalesce(max(id), 0) AS newest, count(*) AS many FROM notifications
WHERE space_id = $1 AND user_id = $2 AND acknowledged_at IS NULL
"""


async def marks(database: Database, space: int, user: int) -> AsyncGenerator[Mark]:
    """The inbox's mark after each commit and each second; it differs where the inbox does.

    Raises:
        UnavailableError: the connection is gone.
    """
    async with beside(database) as duty:
        await duty.listen()
        while True:
            [row] = await duty.run(_MARK, space, user)
            yield row["newest"], row["many"]
            await duty.wait(POLL_SECONDS)
