"""Finding tasks: a parsed query in one space, one page or counts, and what comes near to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from todo_mcp.domain.query import Query, top_of
from todo_mcp.domain.query_nodes import (
    And,
    Is,
    Node,
    Not,
    Or,
    PriorityIn,
    StatusIs,
    TimeFilter,
    Word,
)
from todo_mcp.domain.task import Priority, Task
from todo_mcp.store import search_order as orders, search_sql as sql, search_words as vocabulary
from todo_mcp.store.database import Database
from todo_mcp.store.search_fence import StrayRowError, own
from todo_mcp.store.search_names import refuse_unknown_tags
from todo_mcp.store.search_order import SortName
from todo_mcp.store.search_parts import Args, Asker, Names
from todo_mcp.store.search_terms import Reading, any_of, whole_query, word_query
from todo_mcp.store.search_where import Where
from todo_mcp.store.search_words import Vocabulary

GroupName = Literal["list", "tag", "status", "priority", "assignee", "day"]
NEAR: Final = 5

_GROUPS: Final[dict[GroupName, str]] = {
    "list": "select f.list_id::text",
    "tag": "select tag from unnest(f.tags) tag",
    "status": "select f.status",
    "priority": "select f.priority::text",
    "assignee": "select f.assignee::text",
    "day": "select (case when f.due_at is null then f.due_on else (f.due_at at time zone {zone})::date end)::text",
}


@dataclass(frozen=True)
class Found:
    """One page of matches; their notes are cut to what tells whether there are any.

    `total` is exact unless `at_least`; `corrected` has the typos forgiven and what they became;
    `near` are other tasks worth showing where nothing matches.
    """

    tasks: Sequence[Task] = ()
    total: int = 0
    at_least: bool = False
    cursor: str | None = None
    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict[str, list[str]])
    near: Sequence[Task] = ()


@dataclass(frozen=True)
class Counted:
    """How many matches each value has (ids of lists and people as text; None: those without one).

    With `at_least`, of the first 10,000 matches only; with `cut`, the 200 largest of more.
    """

    counts: Mapping[str | None, int]
    total: int
    at_least: bool
    corrected: Mapping[str, Sequence[str]]
    cut: bool = False


@dataclass(frozen=True)
class Search:
    """What is asked, of which space and by whom; `names` are what the query's names stand for."""

    space_id: int
    query: Query
    asker: Asker
    names: Names = field(default_factory=Names)


@dataclass(frozen=True)
class Part:
    """Which page of the matches."""

    sort: SortName
    limit: int
    cursor: str | None


async def search(
    database: Database,
    asked: Search,
    *,
    sort: SortName | None = None,
    limit: int = 25,
    cursor: str | None = None,
) -> Found:
    """One page, in the order wanted: by relevance where there are words, else by due, then priority.

    Raises:
        RuleError: the cursor belongs to another search.
        NotFoundError: a tag that no task has.
        StrayRowError: the statement reached into another space.
    """
    sort = sort or ("relevance" if asked.query.sought() else "due")
    known = await vocabulary.read(database, asked.space_id, asked.query)
    part = Part(sort, limit, cursor)
    found = await _page(database, asked, known, part)
    if found.total == 0:
        better = await vocabulary.correct_dead(database, asked.space_id, asked.query, known)
        if better is not None:
            found = await _page(database, asked, better, part)
            known = better
    if found.total == 0:
        await refuse_unknown_tags(database, asked.space_id, asked.query)
        return replace(found, near=await _near(database, asked, known))
    return found


async def count(database: Database, asked: Search, group: GroupName) -> Counted:
    """The matches of each list, tag, status, priority, assignee or day of the due, most first."""
    known = await vocabulary.read(database, asked.space_id, asked.query)
    args = Args(asked.space_id)
    where = _where(args, asked, known)
    values = _GROUPS[group]
    if "{zone}" in values:
        values = values.format(zone=args.add(asked.asker.zone, "text"))
    rows = await database.search(sql.counted(where, values, args), *args.values)
    _refuse_stray(rows)
    told = [row for row in rows if row["n"] is not None]
    counts = {_group_name(group, row["name"]): row["n"] for row in told[: sql.GROUPS]}
    total = rows[0]["total"]
    return Counted(
        counts,
        min(total, sql.COUNTED),
        total > sql.COUNTED,
        _shown(known.corrected),
        cut=len(told) > sql.GROUPS,
    )


def _group_name(group: GroupName, name: str | None) -> str | None:
    return Priority(int(name)).word if group == "priority" and name is not None else name


def _where(args: Args, asked: Search, known: Vocabulary) -> Where:
    return Where(asked.query, args, asked.names, known.readings, asked.asker)


async def _page(database: Database, asked: Search, known: Vocabulary, part: Part) -> Found:
    keys = orders.STORED.get(part.sort, orders.SCORED)
    mark = f"{asked.space_id}\n{asked.query}\n{part.sort}"
    last = None if part.cursor is None else orders.read(mark, part.cursor, keys)
    args = Args(asked.space_id)
    where = _where(args, asked, known)
    page = sql.Page(where, last, part.limit + 1, args)
    rows = await database.search(_statement(page, where, asked, part.sort), *args.values)
    _refuse_stray(rows)
    told = [row for row in own(asked.space_id, rows) if row["task"] is not None]
    shown = told[: part.limit]
    more = len(told) > len(shown) > 0
    return Found(
        tasks=[Task.model_validate_json(row["task"]) for row in shown],
        total=min(rows[0]["total"], sql.EXACT),
        at_least=rows[0]["total"] > sql.EXACT,
        cursor=orders.written(mark, shown[-1]["keys"]) if more else None,
        corrected=_shown(known.corrected),
    )


def _refuse_stray(rows: Sequence[Any]) -> None:
    if any(row["astray"] for row in rows):
        raise StrayRowError


def _shown(corrected: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {word: list(better) for word, better in corrected.items()}


def _statement(page: sql.Page, where: Where, asked: Search, sort: SortName) -> str:
    query = asked.query
    match sort:
        case "relevance":
            return sql.by_relevance(page, *_ranked(where, query))
        case "urgency":
            return sql.by_urgency(page, _levels(query), asked.asker)
        case "due" | "priority" if _by_completion(top_of(query)):
            return sql.by_index(page, orders.STORED[sort])
        case "due" if any(_is_due(part) for part in top_of(query)):
            return sql.by_range(page, orders.STORED[sort])
        case _:
            return sql.by_columns(page, orders.STORED[sort], _sorted_up_to(query, sort))


def _ranked(where: Where, query: Query) -> tuple[str, str]:
    """The words as they stand, and in all their readings; without words all rank the same."""
    words = query.sought()
    if not words:
        return "", ""
    read = where.readings
    whole = [whole_query(where.marks, word) for word in words]
    wide = [word_query(where.marks, word, read.get(word, Reading())) for word in words]
    return any_of(whole), any_of(wide)


def _levels(query: Query) -> list[int]:
    """The priorities a match can have, as far as it shows at the top of the query."""
    for part in top_of(query):
        if isinstance(part, PriorityIn):
            return [Priority[level.upper()].value for level in reversed(part.levels)]
    return [3, 2, 1, 0]


def _sorted_up_to(query: Query, sort: SortName) -> int:
    """Times have their place in the order of another time, so more of such matches are sorted."""
    for part in top_of(query):
        match part:
            case TimeFilter(field="start", present=None) | Is("deferred"):
                return 2 * sql.SORTED
            case TimeFilter(field=name, present=None) if name != sort:
                return sql.SORTED
            case Is("overdue") if sort != "due":
                return sql.SORTED
            case _:
                pass
    return sql.EXACT


def _is_due(part: Node) -> bool:
    """Whether it holds the matches together in the order of dues."""
    return isinstance(part, TimeFilter) and part.field == "due" and part.present is None


def _by_completion(top: Sequence[Node]) -> bool:
    """Whether only a range of completions is asked for: its index has the dues and priorities, too."""
    times = [part for part in top if isinstance(part, TimeFilter)]
    others = [part for part in top if not isinstance(part, TimeFilter)]
    return (
        bool(times)
        and all(part.field == "completed" and part.present is None for part in times)
        and all(part in (StatusIs("any"), StatusIs("done")) for part in others)
    )


async def _near(database: Database, asked: Search, known: Vocabulary) -> list[Task]:
    """Tasks of any status that match all, then such that have one of the words; five at most."""
    found: dict[int, Task] = {}
    for query in _wider(asked.query):
        sort: SortName = "relevance" if query.sought() else "updated"
        wider = replace(asked, query=query)
        page = await _page(database, wider, known, Part(sort, NEAR, None))
        for task in page.tasks:
            found.setdefault(task.id, task)
        if len(found) >= NEAR:
            break
    return list(found.values())[:NEAR]


def _wider(query: Query) -> list[Query]:
    """The query in any status; then one of its words, in any status."""
    top = top_of(query)
    anything = [part for part in top if not _is_status(part)]
    words = tuple(dict.fromkeys(part for part in top if isinstance(part, Word)))
    wider = [[*anything, StatusIs("any")]] if anything else []
    if len(words) > 1:
        wider.append([Or(words), StatusIs("any")])
    return [Query(And(tuple(parts))) for parts in wider]


def _is_status(part: Any) -> bool:
    return isinstance(part.part if isinstance(part, Not) else part, StatusIs)
