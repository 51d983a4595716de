"""A parsed query as a condition on `tasks t`: one part for the search index, the rest as SQL."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from todo_mcp.domain import lexemes
from todo_mcp.domain.query import Query, top_of
from todo_mcp.domain.query_nodes import And, Node, Not, Or, StatusIs, TimeFilter, Word, leaves
from todo_mcp.store import search_terms as terms
from todo_mcp.store.search_leaves import Leaves, in_any_order, in_order
from todo_mcp.store.search_parts import LIVE, Args, Asker, Names, Part
from todo_mcp.store.search_terms import Reading


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

    @cached_property
    def in_order(self) -> str:
        """All that the query asks, in the form that finds the first matches of an order soonest."""
        return in_order(self._with_state(self._all(top_of(self.query))))

    @cached_property
    def _in_any_order(self) -> list[str]:
        """One condition, or several that exclude each other: one for each alternative of the query."""
        top = top_of(self.query)
        every = self._alternatives(top) or [self._all(top)]
        return [in_any_order(self._with_state(part)) for part in every]

    def some(self, columns: str, limit: int) -> str:
        """Up to so many matches, in any order.

        Of alternatives each is found its own way, the later ones only as far as the earlier leave room.
        """
        each = [f"select {columns} from tasks t where {text}" for text in self._in_any_order]
        if len(each) == 1:
            return f"{each[0]} limit {limit}"
        together = " union all ".join(f"({text})" for text in each)
        return f"select * from ({together}) a limit {limit}"

    def _with_state(self, part: Part) -> str:
        found = [self._in_space()]
        if self.leaves.live:
            found.append(LIVE)
        elif lexemes.TRASH not in self.states:
            found.append("t.deleted_at is null")
        if text := part.alone or self._sql(part):
            found.append(text)
        return " and ".join(found)

    def _alternatives(self, top: Sequence[Node]) -> list[Part]:
        """What the query comes to with each part of its first OR that the search index has not whole."""
        for mixed in top:
            if isinstance(mixed, Or) and not self._is_in_index(mixed):
                break
        else:
            return []
        rest = [part for part in top if part is not mixed]
        return [
            self._all([*rest, part, *(Not(other) for other in mixed.parts[:at])])
            for at, part in enumerate(mixed.parts)
        ]

    def _is_in_index(self, node: Node) -> bool:
        """Whether the index of words has it whole; what was compiled to know it is left out again."""
        count = len(self.args.values)
        part = self._node(node)
        del self.args.values[count:]
        return part.sql is None

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
