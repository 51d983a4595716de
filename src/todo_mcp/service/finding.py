"""Finding tasks with the query language: rows, or counts of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from todo_mcp.domain.names import near
from todo_mcp.domain.query import Query, parse_query
from todo_mcp.domain.text import same
from todo_mcp.domain.view import stamp
from todo_mcp.errors import NotFoundError, RuleError, quoted
from todo_mcp.service.rows import rows
from todo_mcp.service.work import Work
from todo_mcp.store import search as searching, search_names
from todo_mcp.store.overview import names, saved_filters
from todo_mcp.store.search import GroupName, Search, SortName
from todo_mcp.store.search_parts import Asker

Answer = dict[str, Any]
NOBODY: Final = "none"


async def find(
    work: Work,
    query: str,
    *,
    saved: str | None = None,
    sort: SortName | None = None,
    count_by: GroupName | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> Answer:
    """The page of matches, or with `count_by` how many there are of each.

    Raises:
        RuleError: a query or cursor that cannot be read.
        NotFoundError: a list, person or saved filter that is not there.
    """
    asked = await _asked(work, query, saved)
    if count_by is not None:
        if cursor is not None:
            raise RuleError("cursor: counts come whole, without a cursor. Leave one of both out.")
        return await _counts(work, asked, count_by)
    found = await searching.search(work.database, asked, sort=sort, limit=limit, cursor=cursor)
    answer: Answer = {"tasks": await rows(work, found.tasks), "total": found.total}
    if found.at_least:
        answer["at_least"] = True
    if found.cursor is not None:
        answer["next_cursor"] = found.cursor
    if found.near:
        answer["near"] = await rows(work, found.near)
    return answer | _corrected(found.corrected) | _now(work)


async def _asked(work: Work, query: str, saved: str | None) -> Search:
    person = work.person
    asker = Asker(person.user, work.now, person.zone)
    read = _read(work, query, "query")
    if saved is not None:
        read = read.joined(_read(work, await _saved(work, saved), "saved"))
    found = await search_names.resolve(work.database, person.space, person.user, read)
    return Search(person.space, read, asker, found)


def _read(work: Work, query: str, argument: str) -> Query:
    person = work.person
    return parse_query(
        query, now=work.now, zone=person.zone, week_start=person.week_start, argument=argument
    )


async def _saved(work: Work, name: str) -> str:
    """The query of the filter of this name."""
    known = await saved_filters(work.database, work.person.space)
    for title, query in known.items():
        if same(title) == same(name.strip()):
            return query
    raise NotFoundError(f"saved: there is no filter {quoted(name)}. {near(name, known)}")


async def _counts(work: Work, asked: Search, group: GroupName) -> Answer:
    counted = await searching.count(work.database, asked, group)
    told = await _names(work, group)
    counts = {
        NOBODY if name is None else _key(group, told.get(name, name)): number
        for name, number in counted.counts.items()
    }
    answer: Answer = {"counts": counts, "total": counted.total}
    if counted.at_least:
        answer["at_least"] = True
    if counted.cut:
        answer["warnings"] = [
            f"Only the {len(counted.counts)} largest counts are shown. Narrow the query."
        ]
    return answer | _corrected(counted.corrected) | _now(work)


def _key(group: GroupName, name: str) -> str:
    """As a query has to say it: what is called none is not that there is none."""
    called = group in ("list", "tag", "assignee") and name.lower() == NOBODY
    return f'"{name}"' if called else name


async def _names(work: Work, group: GroupName) -> Mapping[str, str]:
    """What ids in counts are called."""
    if group not in ("list", "assignee"):
        return {}
    return await names(work.database, work.person.space, group)


def _corrected(corrected: Mapping[str, Sequence[str]]) -> Answer:
    """What was looked for instead of words that nothing has."""
    if not corrected:
        return {}
    return {"did_you_mean": ", ".join(" or ".join(better) for better in corrected.values())}


def _now(work: Work) -> Answer:
    return {"zone": work.person.zone, "now": stamp(work.now, work.person.zone)}
