"""Other people who work in the same space."""

from todo_mcp.service.home import Home
from todo_mcp.store import spaces
from todo_mcp.store.spaces import Person

_JOIN = "INSERT INTO members (space_id, user_id, role) VALUES ($1, $2, 'editor')"


async def guest(home: Home, name: str) -> Home:
    """The space as another person has it, who may write there."""
    known = await spaces.enter(home.database, name, "Europe/Vienna")
    await home.database.worker(_JOIN, home.person.space, known.user)
    return Home(home.database, Person(known.user, home.person.space, name, known.zone))
