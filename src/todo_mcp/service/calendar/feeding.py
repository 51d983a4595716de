"""Feeds that calendars subscribe to: made, revoked and served by a secret token."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from todo_mcp.domain.names import find_list
from todo_mcp.errors import LimitError, NotFoundError
from todo_mcp.service.calendar.exporting import STATUSES, Export, lists_of
from todo_mcp.service.work import Work
from todo_mcp.store import calendar as store
from todo_mcp.store.calendar import Feed
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

MAX_TASKS: Final = 5_000
MAX_BYTES: Final = 8 * 1024 * 1024
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43  # in the letters of base64


async def turn_on(work: Work, list_name: str | None = None) -> tuple[int, str]:
    """A new feed of the open tasks, all or those of a list: its number and its token.

    The token is nowhere kept and cannot be told again.
    """
    state = await lists_of(work)
    wanted = find_list(state, list_name).id if list_name else None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    person = work.person
    number = await store.turn_on(work.database, person.space, person.user, wanted, _hash(token))
    return number, token


async def turn_off(work: Work, number: int | None = None) -> list[int]:
    """Revoke one feed or all of the user's; those that were there.

    Raises:
        NotFoundError: there is no feed of this number.
    """
    person = work.person
    gone = await store.turn_off(work.database, person.space, person.user, number)
    if number is not None and not gone:
        raise NotFoundError(f"FEED: there is no feed {number}. `todo-mcp feed list` has all.")
    return gone


async def listed(work: Work) -> list[dict[str, Any]]:
    return await store.feeds(work.database, work.person.space, work.person.user)


async def feed_of(database: Database, token: str) -> Feed | None:
    """The feed of this token; None where there is none (any more)."""
    if len(token) != TOKEN_LENGTH:
        return None
    return await store.feed_of(database, _hash(token))


@dataclass(slots=True)
class Reading:
    """One look at a feed."""

    database: Database
    feed: Feed
    now: datetime
    person: Person = field(init=False)

    def __post_init__(self) -> None:
        self.person = Person(self.feed.user, self.feed.space, self.feed.name, self.feed.zone)

    async def etag(self) -> str:
        """Another one after every change of the space: what it stands for is not rendered for it."""
        mark = await store.fingerprint(self.database, self.feed.space, self.feed.user)
        return f'"{self.feed.id}-{mark}"'

    async def body(self) -> bytes:
        """The calendar.

        Raises:
            LimitError: more tasks than a feed tells.
        """
        work = Work(self.database, self.person, self.now, "feed")
        names = {n: item.name for n, item in (await lists_of(work)).lists.items() if not item.inbox}
        export = Export(work, STATUSES["open"], self.feed.list, names, most=MAX_TASKS)
        parts, size = list[bytes](), 0
        async for part in export.ics():
            size += len(part)
            if size > MAX_BYTES:
                raise LimitError(f"This feed is larger than {MAX_BYTES // 1024**2} MiB. {SMALLER}")
            parts.append(part)
        return b"".join(parts)


SMALLER: Final = "Subscribe to single lists: todo-mcp feed on --list NAME."


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
