"""Queries of the search index, in the text form of a tsquery: every lexeme names the space."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from todo_mcp.domain import text as texts
from todo_mcp.domain.query_nodes import Word


@dataclass(frozen=True)
class Reading:
    """What a word is looked for as besides itself.

    `parts` are longer words that begin with it or contain it, `prefix` that there are too many of
    the first to name; `comments` are the tasks that have it in a comment.
    """

    prefix: bool = False
    parts: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    comments: tuple[int, ...] = ()


def lexeme(mark: str, text: str, *, prefix: bool = False) -> str:
    """One lexeme, quoted: `'1:milk'`, or `'1:mil':*` for all that begin so."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{mark}{escaped}'{':*' if prefix else ''}"


def any_of(queries: Iterable[str]) -> str:
    return _joined(queries, " | ")


def all_of(queries: Iterable[str]) -> str:
    return _joined(queries, " & ")


def none_of(query: str) -> str:
    return f"!({query})"


def word_query(marks: Sequence[str], word: Word, reading: Reading) -> str:
    """The word as it stands, its corrections, and longer words that begin with or contain it."""
    others = (*reading.parts, *reading.corrections)
    return any_of(
        query
        for mark in marks
        for query in (
            _adjacent(mark, word, prefix=reading.prefix),
            *(lexeme(mark, other) for other in others),
        )
    )


def whole_query(marks: Sequence[str], word: Word) -> str:
    """The word as it stands and nothing else."""
    return any_of(_adjacent(mark, word, prefix=False) for mark in marks)


def _adjacent(mark: str, word: Word, *, prefix: bool) -> str:
    """The pieces next to each other, the last one as a prefix where it may be."""
    placed = _placed(mark, word, prefix=prefix)
    if len(placed) == 1:
        return placed[0][1]
    steps = [placed[0][1]]
    for (before, _), (at, query) in pairwise(placed):
        steps.append(f" <{at - before}> {query}")
    return f"({''.join(steps)})"


def _placed(mark: str, word: Word, *, prefix: bool) -> list[tuple[int, str]]:
    """Lexemes with their positions, as `lexemes.task_vector` counts them."""
    found: list[tuple[int, str]] = []
    position = 0
    for number, piece in enumerate(word.pieces, 1):
        if texts.is_unspaced(piece):
            found += [(position + at, query) for at, query in _pairs(mark, piece)]
            position += len(piece)
        else:
            last = number == len(word.pieces)
            found.append((position, lexeme(mark, piece, prefix=prefix and last)))
            position += 1
    return found


def _pairs(mark: str, piece: str) -> Iterable[tuple[int, str]]:
    """Of a script without spaces: pairs of characters; one alone begins a pair."""
    if len(piece) == 1:
        return [(0, lexeme(mark, piece, prefix=True))]
    return [(at, lexeme(mark, piece[at : at + 2])) for at in range(len(piece) - 1)]


def _joined(queries: Iterable[str], by: str) -> str:
    each = list(queries)
    return each[0] if len(each) == 1 else f"({by.join(each)})"
