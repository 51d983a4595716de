"""A parsed query as a condition on `tasks t`: one part for the search index, the rest as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from todo_mcp.domain import lexemes
from todo_mcp.domain.query import Query
from todo_mcp.domain.query_nodes import (
    LEVELS,
    And,
    AssigneeIs,
    Has,
    IdIn,
    Is,
    Leaf,
    ListIs,
    Node,
    Not,
    Or,
    ParentIs,
    PriorityIn,
    StatusIs,
    TagIs,
    TimeFilter,
    Word,
    leaves,
)
from todo_mcp.store import search_terms as terms
from todo_mcp.store.search_terms import Reading

# Written so that the planner takes nothing off for it: the index of words knows the state already,
# and counted twice it made plans that read every open task. The partial indexes say the same.
LIVE: Final = "nullif(t.status in ('open', 'started') and t.deleted_at is null, false) is not null"
# As the indexes have them: tasks without a due come last, those due at no time of day after the rest.
DUE: Final = "coalesce(t.due_on, 'infinity'::date)"
DUE_AT: Final = "coalesce(t.due_at, 'infinity'::timestamptz)"
PRIORITY: Final = "(-t.priority)"
# Of one instant the dates on two walls differ by two days at most.
_ZONES_APART: Final = timedelta(days=2)

_BLOCKED: Final = """exists (select from tasks b where b.space_id = {space} and b.id = any(t.blocked_by)
 and b.status in ('open', 'started') and b.deleted_at is null)"""
_SUBTREE: Final = """t.id = any(array(with recursive below as (
 select c.id from tasks c where c.space_id = {space} and c.parent_id = any({ids}) union
 select c.id from below join tasks c on c.space_id = {space} and c.parent_id = below.id) select id from below))"""
_UNREAD: Final = """t.id = any(array(select n.task_id from notifications n
 where n.space_id = {space} and n.user_id = {user} and n.acknowledged_at is null))"""
# What a task has in another table. Any matches are best found from there, newest first, for that is
# where the open tasks are; matches in an order are best found by looking there for each task.
_OWNERS: Final = {
    "subtasks": ("parent_id", "tasks", "o.parent_id is not null and o.deleted_at is null"),
    "reminders": ("task_id", "reminders", "o.state = 'pending'"),
    "comments": ("task_id", "comments", "true"),
}
_FROM_THERE: Final = """t.id in (select distinct o.{column} from {table} o
 where o.space_id = {space} and {which} order by o.{column} desc)"""
_FOR_EACH: Final = """exists (select from {table} o
 where o.space_id = {space} and o.{column} = t.id and {which})"""
_FACETS: Final = {
    "recurrence": lexemes.RECURRING,
    **{name: f"#has:{name}" for name in ("start", "deadline", "notes", "tags", "estimate")},
}


@dataclass(frozen=True)
class Asker:
    """Who searches, when and where: `me`, today and overdue depend on it."""

    user_id: int
    now: datetime
    zone: str

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Names:
    """The rows that the names of a query stand for; a list with all that lie below it."""

    lists: Mapping[str | None, Sequence[int]] = field(default_factory=dict[str | None, list[int]])
    parents: Mapping[str, Sequence[int]] = field(default_factory=dict[str, list[int]])
    people: Mapping[str, int] = field(default_factory=dict[str, int])


class Args:
    """Every value travels as a parameter, so queries of one shape share a prepared statement."""

    space: Final = "$1::bigint"

    def __init__(self, space_id: int) -> None:
        self.values: list[Any] = [space_id]

    def add(self, value: Any, kind: str) -> str:
        """A new parameter, of the SQL type `kind`."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


@dataclass(frozen=True)
class _Part:
    """A condition: what the search index is asked, and SQL; both must hold.

    `alone` is SQL to use instead where nothing else is asked of the search index: another index
    has it, in the order wanted.
    """

    term: str | None = None
    sql: str | None = None
    alone: str | None = None


@dataclass(frozen=True)
class Condition:
    """One condition in two forms: to find any matches, and to find the first of an order."""

    any_order: str
    in_order: str


class Where:
    """Compiles one query for one space."""

    def __init__(
        self, args: Args, names: Names, readings: Mapping[Word, Reading], asker: Asker
    ) -> None:
        self.args = args
        self.names = names
        self.readings = readings
        self.asker = asker
        self.marks: tuple[str, ...] = ()
        self.live = True

    def condition(self, query: Query) -> "Condition":
        """All that the query asks, the space and the default status included."""
        states = states_of(query)
        self.marks = tuple(f"{self.args.values[0]}{state}" for state in states)
        found = [f"t.space_id = {self.args.space}"]
        self.live = states == (lexemes.LIVE,)
        if self.live:
            found.append(LIVE)
        elif lexemes.TRASH not in states:
            found.append("t.deleted_at is null")
        if query.root is not None:
            parts = query.root.parts if isinstance(query.root, And) else (query.root,)
            part = self._all(parts)
            found.append(part.alone or self._sql(part))
        text = " and ".join(found)
        return Condition(self._with_owners(text, _FROM_THERE), self._with_owners(text, _FOR_EACH))

    def _with_owners(self, text: str, form: str) -> str:
        for name, (column, table, which) in _OWNERS.items():
            there = form.format(column=column, table=table, which=which, space=self.args.space)
            text = text.replace(f"<{name}>", there)
        return text

    def _lexeme(self, text: str) -> str:
        return terms.any_of(terms.lexeme(mark, text) for mark in self.marks)

    def _sql(self, part: _Part) -> str:
        found = [] if part.term is None else [self._matches(part.term)]
        return " and ".join([*found, part.sql] if part.sql else found)

    def _matches(self, term: str) -> str:
        return f"t.search @@ {self.args.add(term, 'text::tsquery')}"

    def _node(self, node: Node) -> _Part:
        match node:
            case And(parts):
                return self._all(parts)
            case Or(parts):
                return self._any([self._node(part) for part in parts])
            case Not(inner):
                part = self._node(inner)
                if part.sql is None and part.term is not None:
                    return _Part(term=terms.none_of(part.term))
                return _Part(sql=f"({self._sql(part)}) is not true")
            case _:
                return self._leaf(node)

    def _all(self, parts: Sequence[Node]) -> _Part:
        words = [part for part in parts if isinstance(part, Word)]
        if not any(self._reading(word).comments for word in words):
            words = []
        done = [self._node(part) for part in parts if part not in words]
        if words:
            done.append(self._words(words))
        asked = [part.term for part in done if part.term]
        sql = [part.sql for part in done if part.sql]
        alone = [part.alone for part in done if part.alone and part.term]
        return _Part(
            terms.all_of(asked) if asked else None,
            " and ".join(sql) or None,
            " and ".join([*sql, *alone]) if asked and len(alone) == len(asked) else None,
        )

    def _any(self, parts: Sequence[_Part]) -> _Part:
        asked = [part.term for part in parts if part.term and not part.sql]
        if len(asked) == len(parts):
            return _Part(term=terms.any_of(asked))
        return _Part(sql=f"({' or '.join(f'({self._sql(part)})' for part in parts)})")

    def _words(self, words: Sequence[Word]) -> _Part:
        """Words of which some are in comments: in the task, or each in the task or a comment.

        The second way is held to the tasks whose comments have one of them: those go by id.
        """
        asked = {word: self._word(word) for word in words}
        together = self._matches(terms.all_of(asked.values()))
        if len(words) == 1:
            ids = self.args.add(list(self._reading(words[0]).comments), "bigint[]")
            return _Part(sql=f"({together} or t.id = any({ids}))")
        each: list[str] = []
        every: set[int] = set()
        for word, term in asked.items():
            said = self._reading(word).comments
            every.update(said)
            there = f" or t.id = any({self.args.add(list(said), 'bigint[]')})" if said else ""
            each.append(f"({self._matches(term)}{there})")
        ids = self.args.add(sorted(every), "bigint[]")
        return _Part(sql=f"({together} or (t.id = any({ids}) and {' and '.join(each)}))")

    def _reading(self, word: Word) -> Reading:
        return self.readings.get(word, Reading())

    def _word(self, word: Word) -> str:
        return terms.word_query(self.marks, word, self._reading(word))

    def _facets(self, facets: Sequence[str]) -> _Part:
        """One of these; none at all match nothing."""
        if not facets:
            return _Part(sql="false")
        return _Part(term=terms.any_of(self._lexeme(facet) for facet in facets))

    def _leaf(self, leaf: Leaf) -> _Part:
        match leaf:
            case Word():
                said = self._reading(leaf).comments
                part = self._words([leaf]) if said else _Part(self._word(leaf))
            case StatusIs(status):
                part = self._status(status)
            case PriorityIn(levels):
                part = self._priority([LEVELS.index(level) for level in levels])
            case IdIn(numbers):
                part = _Part(sql=f"t.id = any({self.args.add(list(numbers), 'bigint[]')})")
            case TimeFilter():
                part = self._time(leaf)
            case Is(flag):
                part = self._flag(flag)
            case Has(name):
                part = self._has(name)
            case _:
                part = self._named(leaf)
        return part

    def _priority(self, levels: Sequence[int]) -> _Part:
        asked = self._facets([f"#p{level}" for level in levels]).term
        numbers = ",".join(f"{-level}" for level in levels)
        return _Part(asked, alone=f"{PRIORITY} = any('{{{numbers}}}'::smallint[])")

    def _status(self, status: str) -> _Part:
        match status:
            case "any":
                return _Part(sql="t.deleted_at is null")
            case "trash":
                return _Part(sql="t.deleted_at is not null")
            case "open":
                return _Part(sql=LIVE)
            case "done":  # nearly all that is closed: its list in the index is too long to help
                return _Part(sql="t.status = 'done' and t.deleted_at is null")
            case _:
                return _Part(self._lexeme(f"#{status}"))

    def _named(self, leaf: ListIs | TagIs | ParentIs | AssigneeIs) -> _Part:
        name = leaf.name_or_id
        match leaf:
            case ListIs():
                return self._lists(self.names.lists[name])
            case TagIs():
                if name is None:
                    return _Part(term=terms.none_of(self._lexeme("#has:tags")))
                return self._facets([lexemes.tag_facet(name)])
            case AssigneeIs():
                person = None if name is None else self.names.people[name]
                return self._facets([lexemes.assignee_facet(person)])
            case ParentIs():
                if name is None:
                    return _Part(term=terms.none_of(self._lexeme(lexemes.SUBTASK)))
                ids = self.args.add(list(self.names.parents[name]), "bigint[]")
                return _Part(sql=_SUBTREE.format(space=self.args.space, ids=ids))

    def _lists(self, ids: Sequence[int]) -> _Part:
        asked = self._facets([lexemes.list_facet(number) for number in ids])
        if self.live:
            return asked
        # Reading the history by an index in the order of lists would find none for long.
        literal = ",".join(str(number) for number in ids)
        return _Part(asked.term, asked.sql, alone=f"t.list_id = any('{{{literal}}}'::bigint[])")

    def _has(self, name: str) -> _Part:
        if name == "due":
            return self._present("due", present=True)
        if name in _FACETS:
            return self._facets([_FACETS[name]])
        return _Part(sql=f"<{name}>")

    def _flag(self, flag: str) -> _Part:
        match flag:
            case "overdue":
                return self._overdue()
            case "blocked":
                return _Part(self._lexeme(lexemes.BLOCKED), self._blocked())
            case "ready":
                free = f"(t.blocked_by = '{{}}' or not {self._blocked()})"
                return _Part(sql=f"{LIVE} and {free} and ({self._deferred()}) is not true")
            case "deferred":
                return _Part(sql=self._deferred())
            case "unread":
                return self._unread()
            case _:
                return self._facets([f"#{flag}"])

    def _blocked(self) -> str:
        return _BLOCKED.format(space=self.args.space)

    def _unread(self) -> _Part:
        user = self.args.add(self.asker.user_id, "bigint")
        return _Part(sql=_UNREAD.format(space=self.args.space, user=user))

    def _overdue(self) -> _Part:
        today = self.asker.today
        passed = self._moment("due", None, today, None, self.asker.now)
        return _Part(sql=f"{LIVE} and {passed}")

    def _deferred(self) -> str:
        tomorrow = self.asker.today + timedelta(days=1)
        return self._moment("start", tomorrow, None, self.asker.now, None)

    def _time(self, leaf: TimeFilter) -> _Part:
        name = leaf.field
        if leaf.present is not None:
            return self._present(name, present=leaf.present)
        match name:
            case "due" | "start":
                bounds = (leaf.from_on, leaf.before_on, leaf.from_at, leaf.before_at)
                return _Part(sql=self._moment(name, *bounds))
            case "deadline":
                return _Part(
                    sql=self._between("t.deadline_on", leaf.from_on, leaf.before_on, "date")
                )
            case _:
                column = f"t.{name}_at"
                return _Part(sql=self._between(column, leaf.from_at, leaf.before_at, "timestamptz"))

    def _present(self, name: str, *, present: bool) -> _Part:
        if name == "due":
            return _Part(sql=f"{DUE} {'<' if present else '='} 'infinity'")
        if name in _FACETS:
            facet = self._lexeme(_FACETS[name])
            return _Part(term=facet if present else terms.none_of(facet))
        return _Part(sql=f"t.{name}_at is {'not ' if present else ''}null")

    def _moment(
        self,
        name: str,
        from_on: date | None,
        before_on: date | None,
        from_at: datetime | None,
        before_at: datetime | None,
    ) -> str:
        """A date or an instant within bounds; the dates alone, wide enough, are what an index has."""
        indexed = DUE if name == "due" else f"t.{name}_on"
        low = None if from_on is None else from_on - _ZONES_APART
        high = None if before_on is None else before_on + _ZONES_APART
        wide = self._between(indexed, low, high, "date")
        if high is None and name == "due":
            wide = f"{wide} and {indexed} < 'infinity'"
        on = self._between(f"t.{name}_on", from_on, before_on, "date")
        at = self._between(f"t.{name}_at", from_at, before_at, "timestamptz")
        return f"{wide} and (case when t.{name}_at is null then {on} else {at} end)"

    def _between(self, column: str, low: Any, high: Any, kind: str) -> str:
        found: list[str] = []
        if low is not None:
            found.append(f"{column} >= {self.args.add(low, kind)}")
        if high is not None:
            found.append(f"{column} < {self.args.add(high, kind)}")
        return " and ".join(found)


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
    top = query.root.parts if isinstance(query.root, And) else (query.root,)
    for part in top:
        match part:
            case StatusIs(status):
                return _STATES[status]
            case TimeFilter("completed", present=present) if present is not False:
                return (lexemes.CLOSED,)
            case _:
                pass
    trash = StatusIs("trash") in list(leaves(query.root))
    return (lexemes.LIVE, lexemes.CLOSED, *((lexemes.TRASH,) if trash else ()))
