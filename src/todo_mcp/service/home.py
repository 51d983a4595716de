"""A database ready to be worked with, and the person this process works for."""

from dataclasses import dataclass

from todo_mcp.store import migrate, spaces
from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person


@dataclass(frozen=True, slots=True)
class Home:
    database: Database
    person: Person

    async def person_in(self, space: str) -> Person:
        """The same person in another of their spaces; asked each time, as members come and go.

        Raises:
            NotFoundError: it is none of theirs.
        """
        return await spaces.in_space(self.database, self.person, space)


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
