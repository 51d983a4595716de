"""The query language of searches: words and filters, all of which must match."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from todo_mcp.domain import query_filters
from todo_mcp.domain.query_filters import Context
from todo_mcp.domain.query_lexer import Filter, Text, Token, tokens
from todo_mcp.domain.query_nodes import (
    And,
    AssigneeIs,
    Leaf,
    ListIs,
    NameKind,
    Node,
    Not,
    Or,
    ParentIs,
    StatusIs,
    TagIs,
    TimeFilter,
    Word,
    leaves,
)
from todo_mcp.errors import LimitError, RuleError, quoted

QUERY_MAX: Final = 500
TERMS_MAX: Final = 32
DEPTH_MAX: Final = 8


@dataclass(frozen=True)
class Query:
    """What to look for; `root` is None where everything matches."""

    root: Node | None = None

    def __str__(self) -> str:
        return "" if self.root is None else str(self.root)

    @property
    def only_open(self) -> bool:
        """Whether only open and started tasks are meant, because no filter speaks of the status."""
        return not any(_sets_status(leaf) for leaf in self._leaves())

    def words(self) -> list[Word]:
        """The words, negated ones too, from left to right."""
        return [leaf for leaf in self._leaves() if isinstance(leaf, Word)]

    def sought(self) -> list[Word]:
        """The words a match has or may have, without those that are excluded."""
        return [] if self.root is None else list(_sought(self.root))

    def names(self) -> list[tuple[NameKind, str]]:
        """The lists, tags, parents and people that are named, each once."""
        return list(dict.fromkeys(named for leaf in self._leaves() for named in _names(leaf)))

    def joined(self, other: "Query") -> "Query":
        """Both must match: a saved filter and a query."""
        parts = [query.root for query in (self, other) if query.root is not None]
        return Query(_collect(And, parts)) if parts else Query()

    def _leaves(self) -> list[Leaf]:
        return [] if self.root is None else list(leaves(self.root))


def top_of(query: Query) -> Sequence[Node]:
    """What must all hold."""
    if query.root is None:
        return ()
    return query.root.parts if isinstance(query.root, And) else (query.root,)


def parse_query(
    text: str, *, now: datetime, zone: str, week_start: int, argument: str = "query"
) -> Query:
    """Read a query; an empty one matches everything.

    Raises:
        LimitError: longer than 500 characters, more than 32 terms, brackets deeper than 8.
        RuleError: it cannot be read, or a filter is unknown or has a value it does not take.
    """
    if len(text) > QUERY_MAX:
        raise LimitError(f"{argument}: {len(text):,} characters; at most {QUERY_MAX} are read.")
    found = tokens(text, argument)
    terms = sum(isinstance(token, Filter | Text) for token in found)
    if terms > TERMS_MAX:
        raise LimitError(f"{argument}: {terms} terms; at most {TERMS_MAX}. Leave some out.")
    if not found and text.strip():
        raise RuleError(f"{argument}: {quoted(text)} has no letters or digits to search for.")
    if not found:
        return Query()
    return _Parser(found, Context(now, zone, week_start, argument)).read()


class _Parser:
    def __init__(self, found: Sequence[Token], context: Context) -> None:
        self.tokens = found
        self.context = context
        self.at = 0
        self.depth = 0

    def read(self) -> Query:
        root = self._any()
        if self._next() == ")":
            raise self._wrong("a ) has no ( before it. Add one, or quote text that has brackets.")
        return Query(_with_prefix(root))

    def _next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _any(self) -> Node:
        parts = [self._all()]
        while self._next() == "OR":
            self.at += 1
            parts.append(self._all())
        return _collect(Or, parts)

    def _all(self) -> Node:
        parts: list[Node] = []
        while self._next() not in (None, ")", "OR"):
            parts.append(self._term())
        if not parts:
            raise self._wrong(
                "OR and brackets need a word or filter on each side, as in (milk OR bread) tag:home. "
                'For the word itself write "OR".'
            )
        return _collect(And, parts)

    def _term(self) -> Node:
        token = self._next()
        self.at += 1
        match token:
            case "-":
                if self._next() in (None, ")", "OR", "-"):
                    raise self._wrong("a - stands right before the word or filter it excludes.")
                return Not(self._term())
            case "(":
                return self._group()
            case Text(pieces, exact):
                return Word(pieces, exact=exact)
            case Filter():
                return query_filters.build(token, self.context)
            case _:
                raise self._wrong("a word or filter is missing.")

    def _group(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise LimitError(
                f"{self.context.argument}: brackets are nested deeper than {DEPTH_MAX}. Use fewer."
            )
        inner = self._any()
        if self._next() != ")":
            raise self._wrong("a ( is not closed. Add the ), or quote text that has brackets.")
        self.at += 1
        self.depth -= 1
        return inner

    def _wrong(self, what: str) -> RuleError:
        return RuleError(f"{self.context.argument}: {what}")


def _collect(kind: type[And | Or], parts: Sequence[Node]) -> Node:
    """One node of the parts, those of the same kind laid open."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else [part])
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _with_prefix(root: Node) -> Node:
    """The last bare word, unless it is excluded, may be the beginning of a word."""
    return _mark_last(root)[0]


def _mark_last(node: Node) -> tuple[Node, bool]:
    match node:
        case Word(exact=False):
            return replace(node, prefix=True), True
        case And(parts) | Or(parts):
            kept = list(parts)
            for at in reversed(range(len(kept))):
                kept[at], marked = _mark_last(kept[at])
                if marked:
                    return replace(node, parts=tuple(kept)), True
            return node, False
        case _:
            return node, False


def _sought(node: Node) -> Iterator[Word]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _sought(part)
        case Word():
            yield node
        case _:
            pass


def _sets_status(leaf: Leaf) -> bool:
    return isinstance(leaf, StatusIs) or (
        isinstance(leaf, TimeFilter) and leaf.field == "completed"
    )


def _names(leaf: Leaf) -> list[tuple[NameKind, str]]:
    match leaf:
        case ListIs(str(name)):
            return [("list", name)]
        case TagIs(str(name)):
            return [("tag", name)]
        case ParentIs(str(name)):
            return [("parent", name)]
        case AssigneeIs(str(name)):
            return [("assignee", name)]
        case _:
            return []
