"""Tenants and their people."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from todo_mcp.errors import NotFoundError
from todo_mcp.store.database import Database
from todo_mcp.store.failures import LostRaceError

# One user with a personal space and its inbox, made together or not at all.
_CREATE: Final = """
WITH space AS (
  INSERT INTO spaces (id, name) SELECT $3, $1 WHERE NOT EXISTS (SELECT FROM users WHERE name = $1)
  RETURNING id),
person AS (
  INSERT INTO users (id, name, zone, space_id) SELECT $4, $1, $2, id FROM space
  RETURNING id, space_id),
member AS (INSERT INTO members (space_id, user_id) SELECT space_id, id FROM person)
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
SELECT space_id, $5, 1, 'Inbox', true, now(), now() FROM person
"""
_FIND: Final = """
SELECT u.id, u.space_id, u.zone, u.week_start FROM users u WHERE u.name = $1
"""
_SETTINGS: Final = "SELECT u.zone, u.week_start FROM users u WHERE u.id = $1"
_SPACES: Final = """
SELECT s.id, s.name FROM spaces s JOIN members m ON m.space_id = s.id
WHERE m.user_id = $1 ORDER BY s.id
"""
_NUMBERED: Final = """
SELECT id FROM spaces WHERE id::text = $1
UNION ALL (SELECT id FROM spaces WHERE name = $1
  AND NOT EXISTS (SELECT FROM spaces WHERE id::text = $1) LIMIT 2)
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls, and in which space this connection works."""

    user: int
    space: int
    name: str
    zone: str
    week_start: int = 0  # Monday


async def enter(database: Database, name: str, zone: str, space: str | None = None) -> Person:
    """The user of this name in their space, made where they are new.

    Raises:
        NotFoundError: `space` is none of theirs.
    """
    rows = await database.worker(_FIND, name)
    if not rows:
        numbers = [(await database.ids(kind, 1))[0] for kind in ("space", "user", "list")]
        with suppress(LostRaceError):  # another process made the same user at this moment
            await database.worker(_CREATE, name, zone, *numbers)
        rows = await database.worker(_FIND, name)
    [row] = rows
    person = Person(row["id"], row["space_id"], name, row["zone"], row["week_start"])
    return person if space is None else await in_space(database, person, space)


async def again(database: Database, person: Person) -> Person:
    """The same person with the settings of now."""
    rows = await database.worker(_SETTINGS, person.user)
    return (
        replace(person, zone=rows[0]["zone"], week_start=rows[0]["week_start"]) if rows else person
    )


async def in_space(database: Database, person: Person, space: str) -> Person:
    """The same person working in another of their spaces, named by name or number.

    Raises:
        NotFoundError: it is none of theirs.
    """
    for number, name in (await spaces_of(database, person)).items():
        if space in (name, str(number)):
            return replace(person, space=number)
    raise NotFoundError("space: you have no such space. Leave it out to work in your own.")


async def spaces_of(database: Database, person: Person) -> dict[int, str]:
    """The names of the spaces somebody is a member of, by number."""
    return {row["id"]: row["name"] for row in await database.worker(_SPACES, person.user)}


async def numbered(database: Database, text: str) -> int | None:
    """The space of this number or name; None where none has it, or several."""
    rows = await database.worker(_NUMBERED, text)
    return rows[0]["id"] if len(rows) == 1 else None
