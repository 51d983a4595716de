"""The rows that a query names: lists with those below them, parents, people."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from todo_mcp import ids
from todo_mcp.domain import text as texts
from todo_mcp.domain.lexemes import CLOSED, LIVE, TRASH, tag_facet
from todo_mcp.domain.names import near
from todo_mcp.domain.query import Query, top_of
from todo_mcp.domain.query_nodes import ListIs, NameKind, TagIs, Word, leaves
from todo_mcp.errors import NotFoundError, quoted
from todo_mcp.store import search_terms as terms
from todo_mcp.store.database import Database
from todo_mcp.store.search_fence import own
from todo_mcp.store.search_parts import Names

_LISTS: Final = """
select id, name, parent_id, inbox from lists where space_id = $1 and deleted_at is null order by id"""
_PEOPLE: Final = """
select u.id, u.name from members m join users u on u.id = m.user_id where m.space_id = $1 order by u.id"""
_TASKS: Final = """
select id from tasks where space_id = $1 and id = any($2::bigint[])"""
_TAGGED: Final = """
select t.space_id from tasks t where t.space_id = $1::bigint and t.search @@ $2::text::tsquery limit 1"""
# Of the newest tasks: a tag of long ago is no likely meaning.
_TAGS: Final = """
select tag from (select tags from tasks where space_id = $1 order by created_at desc limit 5000) t,
unnest(t.tags) tag group by tag order by count(*) desc, tag limit 500"""
_TITLED: Final = """
select space_id, id, title from tasks where space_id = $1::bigint and search @@ $2::text::tsquery limit 200"""


async def resolve(
    database: Database, space_id: int, user_id: int, query: Query, argument: str = "query"
) -> Names:
    """Find what the query names.

    Raises:
        NotFoundError: there is none of that name or id; says which there are.
    """
    wanted: dict[NameKind, list[str]] = {}
    for kind, name in query.names():
        wanted.setdefault(kind, []).append(name)
    inbox = query.root is not None and ListIs(None) in list(leaves(query.root))
    return Names(
        lists=await _lists(database, space_id, wanted.get("list", []), argument, inbox=inbox),
        parents={
            name: await _parents(database, space_id, name, argument)
            for name in wanted.get("parent", ())
        },
        people=await _people(database, space_id, user_id, wanted.get("assignee", []), argument),
    )


async def refuse_unknown_tags(
    database: Database, space_id: int, query: Query, argument: str = "query"
) -> None:
    """Where nothing was found: a tag that every match must have and that no task has.

    Raises:
        NotFoundError: there is such a tag in the query; says which there are.
    """
    marks = [f"{space_id}{state}" for state in (LIVE, CLOSED, TRASH)]
    for tag in (part.name_or_id for part in top_of(query) if isinstance(part, TagIs)):
        if tag is None:
            continue
        asked = terms.any_of(terms.lexeme(mark, tag_facet(tag)) for mark in marks)
        if not own(space_id, await database.search(_TAGGED, space_id, asked)):
            rows = await database.app(space_id, _TAGS, space_id)
            known = near(tag, [row["tag"] for row in rows])
            raise NotFoundError(f"{argument}, tag: no task has the tag {quoted(tag)}. {known}")


async def _lists(
    database: Database, space_id: int, names: Iterable[str], argument: str, *, inbox: bool
) -> dict[str | None, list[int]]:
    asked: list[str | None] = [*names, *([None] if inbox else [])]
    if not asked:
        return {}
    rows = await database.app(space_id, _LISTS, space_id)
    parents = {row["id"]: row["parent_id"] for row in rows}
    found: dict[str | None, list[int]] = {}
    for name in asked:
        at = _list(rows, name)
        if at is None:
            known = near(name or "", [row["name"] for row in rows])
            raise NotFoundError(f"{argument}, list: there is no list {quoted(name or '')}. {known}")
        found[name] = [number for number in parents if _is_below(number, at, parents)]
    return found


def _list(rows: Iterable[Any], name: str | None) -> int | None:
    """None stands for the inbox, which is where tasks without a list are."""
    if name is None:
        return next((row["id"] for row in rows if row["inbox"]), None)
    named = ids.match(name)
    for row in rows:
        if named == ("list", row["id"]) or texts.same(row["name"]) == texts.same(name.strip()):
            return row["id"]
    return None


def _is_below(number: int | None, top: int, parents: Mapping[int, int | None]) -> bool:
    """Whether the list is the other one or below it; a ring, should there be one, ends."""
    seen: set[int] = set()
    while number is not None and number not in seen:
        if number == top:
            return True
        seen.add(number)
        number = parents.get(number)
    return False


async def _parents(database: Database, space_id: int, name: str, argument: str) -> list[int]:
    match ids.match(name):
        case ("task", number):
            rows = await database.app(space_id, _TASKS, space_id, [number])
            found = [row["id"] for row in rows]
        case _:
            found = await _titled(database, space_id, name)
    if not found:
        raise NotFoundError(
            f"{argument}, parent: there is no task {quoted(name)}. Give its id (t…), or its title "
            "as it is written; search_tasks with some of its words finds it."
        )
    return found


async def _titled(database: Database, space_id: int, title: str) -> list[int]:
    pieces = tuple(texts.pieces(title))
    if not pieces:
        return []
    marks = [f"{space_id}{state}" for state in (LIVE, CLOSED)]
    asked = terms.whole_query(marks, Word(pieces, exact=True))
    rows = own(space_id, await database.search(_TITLED, space_id, asked))
    return [row["id"] for row in rows if texts.same(row["title"]) == texts.same(title)]


async def _people(
    database: Database, space_id: int, user_id: int, names: Iterable[str], argument: str
) -> dict[str, int]:
    asked = list(names)
    people = {name: user_id for name in asked if texts.same(name) == "me"}
    if len(people) == len(asked):
        return people
    rows = await database.app(space_id, _PEOPLE, space_id)
    known = {texts.same(row["name"]): row["id"] for row in rows}
    for name in asked:
        if name not in people and texts.same(name) not in known:
            there = near(name, ["me", *(row["name"] for row in rows)])
            raise NotFoundError(f"{argument}, assignee: there is no member {quoted(name)}. {there}")
        people.setdefault(name, known.get(texts.same(name), user_id))
    return people
