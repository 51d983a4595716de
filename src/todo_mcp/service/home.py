"""A database ready to be worked with, and the person this process works for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from todo_mcp.store import migrate, spaces
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person

# Settings are changed elsewhere, and seldom; a look at them with each call would be a round trip more.
LOOK: Final = timedelta(seconds=5)


@dataclass(slots=True)
class _Looked:
    at: datetime | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """`person` has the settings of when the process started."""

    database: Database
    person: Person
    _looked: _Looked = field(default_factory=_Looked, repr=False, compare=False)

    async def person_now(
        self, database: Database, now: datetime, space: str | None = None
    ) -> Person:
        """The person with their settings as they were a moment ago, in this one of their spaces.

        Which spaces these are is asked each time, as members come and go.

        Raises:
            NotFoundError: it is none of theirs.
        """
        looked = self._looked
        if looked.person is None or looked.at is None or abs(now - looked.at) >= LOOK:
            looked.person = await spaces.again(database, self.person)
            looked.at = now
        if space is None:
            return looked.person
        return await spaces.in_space(database, looked.person, space)


async def open_home(
    url: str, *, user: str, zone: str, space: str | None, migrate_url: str | None = None
) -> Home:
    """Migrate where needed, find or make the user with their space.

    Raises:
        UnavailableError: the database does not answer, or was made by a newer version.
        NotFoundError: the user has no such space.
    """
    await migrate.upgrade(migrate_url or url)
    database = Database(url)
    try:
        return Home(database, await spaces.enter(database, user, zone, space))
    except BaseException:
        await database.close()
        raise
