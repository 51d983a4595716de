"""The orders of search results, and cursors that go on after a row."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from todo_mcp.errors import RuleError
from todo_mcp.store.search_parts import DUE, DUE_AT, PRIORITY, Args

SortName = Literal["due", "priority", "urgency", "created", "updated", "relevance"]

_FORMS: Final = {
    "date": re.compile(r"\d{4}-\d\d-\d\d|infinity"),
    "timestamptz": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00|infinity"),
    "smallint": re.compile(r"-?\d{1,2}"),
    "bigint": re.compile(r"\d{1,18}"),
    "float8": re.compile(r"-?\d{1,17}(\.\d{1,20})?(e-?\d{1,3})?"),
}


@dataclass(frozen=True)
class Key:
    """One column to order by; the first key of an order may be a descending one."""

    sql: str
    kind: str
    descending: bool = False

    def order(self, column: str) -> str:
        return f"{column} desc" if self.descending else column


_ID: Final = Key("t.id", "bigint")
_DUE: Final = (Key(DUE, "date"), Key(DUE_AT, "timestamptz"))
_PRIORITY: Final = Key(PRIORITY, "smallint")
SCORED: Final = (Key("score", "float8", descending=True), _ID)

STORED: Final[dict[str, tuple[Key, ...]]] = {
    "due": (*_DUE, _PRIORITY, _ID),
    "priority": (_PRIORITY, *_DUE, _ID),
    "created": (Key("t.created_at", "timestamptz", descending=True), _ID),
    "updated": (Key("t.updated_at", "timestamptz", descending=True), _ID),
}


def ordered(keys: Sequence[Key], columns: Sequence[str]) -> str:
    return ", ".join(key.order(column) for key, column in zip(keys, columns, strict=True))


def after(keys: Sequence[Key], columns: Sequence[str], last: Sequence[str], args: Args) -> str:
    """Rows behind the last one seen.

    As a comparison of rows, which an index answers at any depth; where the first key descends, the
    index has the first key, and equal ones are few.
    """
    values = [args.add(value, f"text::{key.kind}") for key, value in zip(keys, last, strict=True)]
    if not keys[0].descending:
        return f"({', '.join(columns)}) > ({', '.join(values)})"
    rest = f"({', '.join(columns[1:])}) > ({', '.join(values[1:])})"
    return f"{columns[0]} <= {values[0]} and ({columns[0]} < {values[0]} or {rest})"


def written(mark: str, last: Sequence[str]) -> str:
    """An opaque cursor, valid for the same search only."""
    body = json.dumps([*last], separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_sum(mark, body)}{body}".encode()).decode().rstrip("=")


def read(mark: str, cursor: str, keys: Sequence[Key]) -> list[str]:
    """The keys of the last row seen.

    Raises:
        RuleError: not a cursor of this search.
    """
    try:
        told = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        body = told[_SUM:]
        last: Any = json.loads(body) if told[:_SUM] == _sum(mark, body) else None
    except (ValueError, RecursionError):
        last = None
    if not isinstance(last, list) or not _fits(cast("list[Any]", last), keys):
        raise RuleError(
            "cursor: is not one of this search. Send the next_cursor of the last page with the same "
            "query, saved filter and sort, or leave it out to begin with the first page."
        )
    return cast("list[str]", last)


def _fits(last: list[Any], keys: Sequence[Key]) -> bool:
    return len(last) == len(keys) and all(
        isinstance(value, str) and _FORMS[key.kind].fullmatch(value)
        for key, value in zip(keys, last, strict=True)
    )


_SUM: Final = 16


def _sum(mark: str, body: str) -> str:
    return hashlib.sha256(f"{mark}\n{body}".encode()).hexdigest()[:_SUM]
