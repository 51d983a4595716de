"""Walks from the tasks named in a load to those around them: up, down, along what blocks, in a series."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    SelectBase,
    any_,
    func,
    literal,
    literal_column,
    select,
    true,
    union,
)

from todo_mcp.domain.task import LIVE, SUBTREE_LIMIT
from todo_mcp.store.of_space import SPACE
from todo_mcp.store.statement import numbers, one_of
from todo_mcp.store.tables import series, tasks

# As many as one operation may write, and the hundred tasks that a call may name.
REACH: Final = SUBTREE_LIMIT + 100
# More than tasks nest deep, so that a circle, which there is none, would come to an end.
_LEVELS: Final = 64


def below_each(tops: SelectBase) -> SelectBase:
    """How many tasks lie below each of these."""
    top = tops.subquery()
    levels = _levels(select(top.c.id.label("top"), *_level(top.c.id)).group_by(top.c.id), "sizes")
    count = func.sum(func.cardinality(levels.c.ids)) - 1
    return select(levels.c.top.label("id"), count.label("below")).group_by(levels.c.top)


def topmost(start: SelectBase) -> SelectBase:
    """Those of their ancestors, or of themselves, that have no parent."""
    t = tasks.alias("topmost")
    above = _walk(start, "up", tasks.c.parent_id, tasks.c.id)
    return select(t.c.id).where(
        t.c.space_id == SPACE, t.c.id == one_of(above), t.c.parent_id.is_(None)
    )


def series_ids(ids: CTE) -> SelectBase:
    """The series of these tasks, and those that are named themselves."""
    t = tasks.alias("of_series")
    of_tasks = select(t.c.series_id).where(
        t.c.space_id == SPACE, t.c.id == one_of(select(ids.c.id)), t.c.series_id.is_not(None)
    )
    return of_tasks.union_all(select(func.unnest(numbers("series_ids"))))


def below(named: CTE) -> CTE:
    """These and all below them; one more than may be where there are too many."""
    return _descendants(select(named.c.id), "below").cte("below")


def is_too_much(walked: CTE) -> SelectBase:
    return select((func.count() > REACH).label("yes")).select_from(walked)


def _above(known: CTE) -> SelectBase:
    return _walk(select(known.c.id), "above", tasks.c.parent_id, tasks.c.id)


def _blockers(known: CTE) -> SelectBase:
    return _walk(select(known.c.id), "blockers", func.unnest(tasks.c.blocked_by), tasks.c.id)


def _parents(named: CTE) -> SelectBase:
    return select(tasks.c.parent_id).where(
        tasks.c.space_id == SPACE,
        tasks.c.id == one_of(select(named.c.id)),
        tasks.c.parent_id.is_not(None),
    )


def _dependents(named: CTE) -> SelectBase:
    waiting = _waiting(named)
    return select(union(select(waiting.c.id), select(func.unnest(waiting.c.blocked_by))).subquery())


def _occurrences(known: CTE) -> SelectBase:
    return _descendants(_mates(known), "mates")


def _mates(known: CTE) -> SelectBase:
    """Of these tasks' series: what is open, and what was taken back and waits in the trash.

    Each by its index: a series of ten years has thousands that are neither.
    """
    known_series = series_ids(known).cte("known_series")
    mate, of, taken_back = tasks.alias("mate"), series.alias("of_mate"), tasks.alias("taken_back")
    still_open = select(mate.c.id).where(
        mate.c.space_id == SPACE,
        mate.c.series_id == one_of(select(known_series.c.series_id)),
        mate.c.status.in_(_live()),
        mate.c.deleted_at.is_(None),
    )
    return still_open.union_all(
        select(taken_back.c.id).where(
            of.c.space_id == SPACE,
            of.c.id == one_of(select(known_series.c.series_id)),
            taken_back.c.space_id == SPACE,
            taken_back.c.series_id == of.c.id,
            taken_back.c.n >= of.c.n,
        )
    )


def _live() -> list[ColumnElement[str]]:
    """Written out, as all that the condition of an index has to be found in."""
    return [literal_column(f"'{status}'") for status in sorted(LIVE)]


def _waiting(named: CTE) -> CTE:
    """Open tasks that wait for a named one or for one below. They are few, and have an index."""
    t = tasks.alias("w")
    closing = _descendants(select(named.c.id), "closing")
    return (
        select(t.c.id, t.c.blocked_by)
        .where(
            t.c.space_id == SPACE,
            t.c.blocked_by != literal_column("'{}'"),
            t.c.status.in_(_live()),
            t.c.deleted_at.is_(None),
            t.c.blocked_by.op("&&")(func.array(closing.scalar_subquery())),
        )
        .cte("waiting")
    )


def _walk(
    start: SelectBase, name: str, following: ColumnElement[Any], link: ColumnElement[Any]
) -> SelectBase:
    """Follow a relation to its end; UNION stops at what was met before."""
    first = start.subquery()
    met = select(first.c.id).cte(f"walk_{name}", recursive=True)
    met = met.union(select(following).where(tasks.c.space_id == SPACE, link == met.c.id))
    return select(met.c.id).where(met.c.id.is_not(None)).limit(REACH + 1)


def _descendants(start: SelectBase, name: str) -> SelectBase:
    """These and all below them."""
    ids = start.subquery()
    levels = _levels(select(literal(0).label("top"), *_level(ids.c.id)), name)
    every = select(func.unnest(levels.c.ids).label("id")).distinct().subquery()
    return select(every.c.id).limit(REACH + 1)


def _level(ids: ColumnElement[int]) -> list[ColumnElement[Any]]:
    bounds = (func.min(ids).label("low"), func.max(ids).label("high"))
    return [func.array_agg(ids).label("ids"), *bounds]


def _levels(first: Select[Any, Any, Any, Any], name: str) -> CTE:
    """Rows of (top, ids, low, high, depth): level by level all that lies below the `ids` of the first.

    A level is one lookup. Joined row by row, each row was compared with every subtask of the space:
    there is no other join of sets for these roles, and how many rows come the planner cannot know.
    That the parents lie between the first and the last of them is true of any, and makes it read them
    by their index where it takes one parent for as good as all.
    """
    levels = first.add_columns(literal(0).label("depth")).cte(f"walk_{name}", recursive=True)
    child = tasks.alias(f"child_{name}")
    below = (
        select(*_level(child.c.id))
        .where(
            child.c.space_id == SPACE,
            child.c.parent_id == any_(levels.c.ids),
            child.c.parent_id.between(levels.c.low, levels.c.high),
        )
        .lateral(f"below_{name}")
    )
    return levels.union_all(
        select(levels.c.top, below.c.ids, below.c.low, below.c.high, levels.c.depth + 1)
        .select_from(levels.join(below, true()))
        .where(below.c.ids.is_not(None), levels.c.depth < _LEVELS)
    )


AROUND: Final[dict[str, Callable[[CTE], SelectBase]]] = {
    "parents": _parents,
    "dependents": _dependents,
}
DOWN: Final[dict[str, Callable[[CTE], SelectBase]]] = {"occurrences": _occurrences}
TIES: Final[dict[str, Callable[[CTE], SelectBase]]] = {"above": _above, "blockers": _blockers}
