"""A parsed query as a condition on `tasks t`: one part for the search index, the rest as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from todo_mcp.domain import lexemes
from todo_mcp.domain.query import Query, top_of
from todo_mcp.domain.query_nodes import And, Node, Not, Or, StatusIs, TimeFilter, Word, leaves
from todo_mcp.store import search_terms as terms
from todo_mcp.store.search_leaves import Leaves, in_any_order, in_order
from todo_mcp.store.search_parts import LIVE, Args, Asker, Names, Part
from todo_mcp.store.search_terms import Reading


@dataclass(frozen=True)
class Condition:
    """One condition in two forms: to find any matches, and to find the first of an order."""

    any_order: str
    in_order: str


class Where:
    """Compiles one query for one space."""

    def __init__(
        self, query: Query, args: Args, names: Names, readings: Mapping[Word, Reading], asker: Asker
    ) -> None:
        self.query = query
        self.args = args
        self.readings = readings
        self.states = states_of(query)
        self.marks = tuple(f"{args.values[0]}{state}" for state in self.states)
        live = self.states == (lexemes.LIVE,)
        self.leaves = Leaves(args, names, asker, self.marks, live)

    def condition(self) -> Condition:
        """All that the query asks, the space and the default status included."""
        found = [self._in_space()]
        if self.leaves.live:
            found.append(LIVE)
        elif lexemes.TRASH not in self.states:
            found.append("t.deleted_at is null")
        if self.query.root is not None:
            part = self._all(top_of(self.query))
            found.append(part.alone or self._sql(part))
        text = " and ".join(found)
        return Condition(in_any_order(text), in_order(text))

    def _in_space(self) -> str:
        return f"t.space_id = {self.args.space}"

    def _sql(self, part: Part) -> str:
        found = [] if part.term is None else [self._matches(part.term)]
        return " and ".join([*found, part.sql] if part.sql else found)

    def _matches(self, term: str) -> str:
        return f"t.search @@ {self.args.add(term, 'text::tsquery')}"

    def _node(self, node: Node) -> Part:
        match node:
            case And(parts):
                return self._all(parts)
            case Or(parts):
                return self._any([self._node(part) for part in parts])
            case Not(inner):
                part = self._node(inner)
                if part.sql is None and part.term is not None:
                    return Part(term=terms.none_of(part.term))
                return Part(sql=f"({self._sql(part)}) is not true")
            case Word():
                said = self._reading(node).comments
                return self._words([node]) if said else Part(self._word(node))
            case _:
                return self.leaves.part(node)

    def _all(self, parts: Sequence[Node]) -> Part:
        parts = list(dict.fromkeys(parts))
        words = [part for part in parts if isinstance(part, Word)]
        if not any(self._reading(word).comments for word in words):
            words = []
        done = [self._node(part) for part in parts if part not in words]
        if words:
            done.append(self._words(words))
        asked = [part.term for part in done if part.term]
        sql = [part.sql for part in done if part.sql]
        alone = [part.alone for part in done if part.alone and part.term]
        return Part(
            terms.all_of(asked) if asked else None,
            " and ".join(sql) or None,
            " and ".join([*sql, *alone]) if asked and len(alone) == len(asked) else None,
        )

    def _any(self, parts: Sequence[Part]) -> Part:
        asked = [part.term for part in parts if part.term and not part.sql]
        if len(asked) == len(parts):
            return Part(term=terms.any_of(asked))
        return Part(sql=f"({' or '.join(f'({self._sql(part)})' for part in parts)})")

    def _words(self, words: Sequence[Word]) -> Part:
        """Words of which some are in comments: in the task, or each in the task or a comment.

        The second way is held to the tasks whose comments have one of them: those go by id.
        """
        asked = {word: self._word(word) for word in words}
        together = self._matches(terms.all_of(asked.values()))
        if len(words) == 1:
            ids = self.args.add(list(self._reading(words[0]).comments), "bigint[]")
            return Part(sql=f"({together} or t.id = any({ids}))")
        each: list[str] = []
        every: set[int] = set()
        for word, term in asked.items():
            said = self._reading(word).comments
            every.update(said)
            there = f" or t.id = any({self.args.add(list(said), 'bigint[]')})" if said else ""
            each.append(f"({self._matches(term)}{there})")
        ids = self.args.add(sorted(every), "bigint[]")
        return Part(sql=f"({together} or (t.id = any({ids}) and {' and '.join(each)}))")

    def _reading(self, word: Word) -> Reading:
        return self.readings.get(word, Reading())

    def _word(self, word: Word) -> str:
        return terms.word_query(self.marks, word, self._reading(word))


_STATES: Final = {
    "open": (lexemes.LIVE,),
    "started": (lexemes.LIVE,),
    "done": (lexemes.CLOSED,),
    "cancelled": (lexemes.CLOSED,),
    "skipped": (lexemes.CLOSED,),
    "any": (lexemes.LIVE, lexemes.CLOSED),
    "trash": (lexemes.TRASH,),
}


def states_of(query: Query) -> tuple[str, ...]:
    """The states a match can have, as far as they show at the top of the query."""
    if query.only_open or query.root is None:
        return (lexemes.LIVE,)
    for part in top_of(query):
        match part:
            case StatusIs(status):
                return _STATES[status]
            case TimeFilter("completed", present=present) if present is not False:
                return (lexemes.CLOSED,)
            case _:
                pass
    trash = StatusIs("trash") in list(leaves(query.root))
    return (lexemes.LIVE, lexemes.CLOSED, *((lexemes.TRASH,) if trash else ()))
