"""The filters of the query language: which there are and what their values mean."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from todo_mcp import ids
from todo_mcp.domain import text as texts
from todo_mcp.domain.query_lexer import Filter
from todo_mcp.domain.query_nodes import (
    FIELDS,
    FLAGS,
    LEVELS,
    STATUSES,
    AssigneeIs,
    Has,
    IdIn,
    Is,
    Leaf,
    Level,
    ListIs,
    Operator,
    ParentIs,
    PriorityIn,
    StatusIs,
    TagIs,
    TimeName,
    written,
)
from todo_mcp.domain.query_times import time_filter
from todo_mcp.errors import LimitError, RuleError, quoted

IDS_MAX: Final = 100


@dataclass(frozen=True)
class Context:
    """What the values of filters are read against; `argument` is whose text it is."""

    now: datetime
    zone: str
    week_start: int
    argument: str


def build(found: Filter, context: Context) -> Leaf:
    """The leaf that a written filter stands for.

    Raises:
        RuleError: an unknown filter, or a value it does not take.
    """
    reader = _READERS.get(found.name)
    if reader is None:
        raise _unknown(found, context)
    return reader(found, context)


def _unknown(found: Filter, context: Context) -> RuleError:
    near = difflib.get_close_matches(found.name, _READERS, n=1)
    hint = f" Did you mean {near[0]}:?" if near else ""
    return RuleError(
        f"{context.argument}: {quoted(found.name + ':')} is not a filter; there are "
        f"{', '.join(f'{name}:' for name in _READERS)}.{hint} To search for the text itself, "
        f"put it in quotes."
    )


def _single(found: Filter, context: Context, takes: str) -> str:
    if found.operator != "=":
        raise RuleError(
            f"{context.argument}: {found.name}: takes {takes}, no comparison or range. "
            "Leave out <, > and .. or quote the value."
        )
    return found.value.text.strip()


def _choice(found: Filter, context: Context, choices: tuple[str, ...]) -> str:
    takes = ", ".join(choices)
    given = _single(found, context, takes)
    if given.lower() not in choices:
        near = difflib.get_close_matches(given.lower(), choices, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise RuleError(
            f"{context.argument}: {quoted(given)} is not a value of {found.name}:. It takes "
            f"{takes}.{hint} To search for the text itself, put it in quotes."
        )
    return given.lower()


def _name(found: Filter, context: Context, kind: str) -> str | None:
    """A name or id as written; None for `none`. An id of another kind is refused by kind."""
    given = _single(found, context, f"a name, an id or none ({found.name}:none)")
    if not found.value.literal:
        if given.lower() == "none":
            return None
        known = ids.match(given) if kind in ids.PREFIXES else None
        if known and known[0] != kind and known[0] in ("task", "list"):
            ids.parse(given, kind, f"{context.argument}, {found.name}")
    return texts.clean_line(given, f"{context.argument}, {found.name}", texts.TITLE_MAX)


def _list(found: Filter, context: Context) -> Leaf:
    return ListIs(_name(found, context, "list"))


def _parent(found: Filter, context: Context) -> Leaf:
    return ParentIs(_name(found, context, "task"))


def _assignee(found: Filter, context: Context) -> Leaf:
    return AssigneeIs(_name(found, context, "person"))


def _tag(found: Filter, context: Context) -> Leaf:
    given = _single(
        found, context, "one tag or none; for several use tag:a tag:b or tag:a OR tag:b"
    )
    if given.lower() == "none" and not found.value.literal:
        return TagIs(None)
    return TagIs(texts.clean_tag(given.removeprefix("#"), f"{context.argument}, tag"))


def _status(found: Filter, context: Context) -> Leaf:
    given = _choice(found, context, STATUSES)
    return StatusIs(next(status for status in STATUSES if status == given))


def _priority(found: Filter, context: Context) -> Leaf:
    values = [found.value] if found.upper is None else [found.value, found.upper]
    given = [_choice(Filter(found.name, "=", value), context, LEVELS[::-1]) for value in values]
    at = [next(i for i, level in enumerate(LEVELS) if level == name) for name in given]
    wanted: tuple[Level, ...] = tuple(
        level for i, level in enumerate(LEVELS) if _compares(i, found.operator, at)
    )
    if not wanted:
        raise RuleError(
            f"{context.argument}: no priority is {found.operator}{given[0]}. The order is none, "
            "low, medium, high."
        )
    return PriorityIn(wanted, written(found.operator, given[0], given[-1]))


def _compares(place: int, operator: Operator, at: list[int]) -> bool:
    match operator:
        case "=":
            return place == at[0]
        case "<":
            return place < at[0]
        case "<=":
            return place <= at[0]
        case ">":
            return place > at[0]
        case ">=":
            return place >= at[0]
        case "..":
            return at[0] <= place <= at[-1]


def _is(found: Filter, context: Context) -> Leaf:
    given = _choice(found, context, FLAGS)
    return Is(next(flag for flag in FLAGS if flag == given))


def _has(found: Filter, context: Context) -> Leaf:
    given = _choice(found, context, FIELDS)
    return Has(next(field for field in FIELDS if field == given))


def _id(found: Filter, context: Context) -> Leaf:
    given = _single(found, context, "ids of tasks, comma separated")
    each = [part.strip() for part in given.split(",") if part.strip()]
    if len(each) > IDS_MAX:
        raise LimitError(f"{context.argument}: id: names {len(each)} ids; at most {IDS_MAX}.")
    numbers = (ids.parse(part, "task", f"{context.argument}, id") for part in each or [given])
    return IdIn(tuple(dict.fromkeys(numbers)))


def _time(field: TimeName) -> Callable[[Filter, Context], Leaf]:
    def read(found: Filter, context: Context) -> Leaf:
        if field == "due" and found.operator == "=" and _plain(found) == "overdue":
            return Is("overdue")
        return time_filter(
            field,
            found,
            now=context.now,
            zone=context.zone,
            week_start=context.week_start,
            argument=context.argument,
        )

    return read


def _plain(found: Filter) -> str:
    return found.value.text.strip().lower()


_READERS: Final[dict[str, Callable[[Filter, Context], Leaf]]] = {
    "list": _list,
    "tag": _tag,
    "parent": _parent,
    "assignee": _assignee,
    "status": _status,
    "priority": _priority,
    "due": _time("due"),
    "start": _time("start"),
    "deadline": _time("deadline"),
    "created": _time("created"),
    "updated": _time("updated"),
    "completed": _time("completed"),
    "is": _is,
    "has": _has,
    "id": _id,
}
