"""Finding what a caller named: by id, or by exact name, case aside."""

import difflib
from collections.abc import Iterable

from todo_mcp import ids
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.state import State
from todo_mcp.domain.text import same
from todo_mcp.errors import NotFoundError, RuleError, quoted


def find_list(state: State, name: str, argument: str = "list") -> TodoList:
    """The list of this id or name.

    Raises:
        NotFoundError: none, with the near names. Lists are never made silently.
        RuleError: the id of something else, or an archived list.
    """
    found = _by_id(state, name, argument)
    if found is None:
        key = same(name.strip())
        found = next((item for item in state.lists.values() if same(item.name) == key), None)
    if found is None:
        names = [item.name for item in state.lists.values() if item.archived_at is None]
        raise NotFoundError(f"{argument}: there is no list {quoted(name)}. {near(name, names)}")
    if found.archived_at is not None:
        raise RuleError(f"{argument}: this list is archived. Use another, or unarchive it.")
    return found


def _by_id(state: State, name: str, argument: str) -> TodoList | None:
    match ids.match(name):
        case ("list", number):
            return state.lists.get(number)
        case (kind, _):
            raise RuleError(
                f"{argument}: {name.strip()} is a {kind}; this wants a list (its id l… or its name)."
            )
        case None:
            return None


def inbox(state: State) -> TodoList:
    return next(item for item in state.lists.values() if item.inbox)


def find_person(state: State, name: str, argument: str = "assignee") -> int:
    """A member of the space; `me` is the caller."""
    key = same(name.strip())
    if key == "me":
        return state.user.id
    for number, known in state.fellows.items():
        if same(known) == key:
            return number
    raise NotFoundError(
        f"{argument}: there is no member {quoted(name)}. {near(name, ['me', *state.fellows.values()])}"
    )


def near(name: str, names: Iterable[str]) -> str:
    """Advice with the names that come close, else with a few of those there are."""
    known = list(names)
    close = difflib.get_close_matches(same(name), [same(item) for item in known], 3, 0.6)
    told = [item for item in known if same(item) in close] or known[:5]
    return f"There is {', '.join(told)}." if told else "There is none yet."
