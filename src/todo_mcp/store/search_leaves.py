"""The filters of a query as conditions on `tasks t`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from todo_mcp.domain import lexemes
from todo_mcp.domain.query_nodes import (
    LEVELS,
    AssigneeIs,
    Has,
    IdIn,
    Is,
    ListIs,
    ParentIs,
    PriorityIn,
    StatusIs,
    TagIs,
    TimeFilter,
)
from todo_mcp.store import search_terms as terms
from todo_mcp.store.search_parts import DUE, LIVE, PRIORITY, Args, Asker, Names, Part
from todo_mcp.store.search_times import between, moment

Named = ListIs | TagIs | ParentIs | AssigneeIs
Filtering = Named | StatusIs | PriorityIn | TimeFilter | Is | Has | IdIn

_BLOCKED: Final = """exists (select from tasks b where b.space_id = {space} and b.id = any(t.blocked_by)
 and b.status in ('open', 'started') and b.deleted_at is null)"""
# Of open tasks it has an index of its own, small, in the order of ids and with what they are sorted by.
_WAITS: Final = "t.blocked_by <> '{}'"
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
_GOES_ON: Final = """exists (select from series o
 where o.space_id = {space} and o.id = t.series_id and o.ended_at is null)"""
_FACETS: Final = {
    name: f"#has:{name}" for name in ("start", "deadline", "notes", "tags", "estimate")
}


@dataclass(frozen=True)
class Leaves:
    """Compiles filters for tasks whose lexemes have these marks; `live`, for open ones only."""

    args: Args
    names: Names
    asker: Asker
    marks: Sequence[str]
    live: bool

    def lexeme(self, text: str) -> str:
        return terms.any_of(terms.lexeme(mark, text) for mark in self.marks)

    def _facets(self, facets: Sequence[str]) -> Part:
        """One of these; none at all match nothing."""
        if not facets:
            return Part(sql="false")
        return Part(term=terms.any_of(self.lexeme(facet) for facet in facets))

    def part(self, leaf: Filtering) -> Part:
        match leaf:
            case StatusIs(status):
                part = self._status(status)
            case PriorityIn(levels):
                part = self._priority([LEVELS.index(level) for level in levels])
            case IdIn(numbers):
                part = Part(sql=f"t.id = any({self.args.add(list(numbers), 'bigint[]')})")
            case TimeFilter():
                part = self._time(leaf)
            case Is(flag):
                part = self._flag(flag)
            case Has(name):
                part = self._has(name)
            case _:
                part = self._named(leaf)
        return part

    def _priority(self, levels: Sequence[int]) -> Part:
        asked = self._facets([f"#p{level}" for level in levels]).term
        numbers = ",".join(f"{-level}" for level in levels)
        return Part(asked, alone=f"{PRIORITY} = any('{{{numbers}}}'::smallint[])")

    def _status(self, status: str) -> Part:
        match status:
            case "any":
                return Part(sql="t.deleted_at is null")
            case "trash":
                return Part(sql="t.deleted_at is not null")
            case "open":
                return Part(sql=LIVE)
            case "done":  # nearly all that is closed: its list in the index is too long to help
                return Part(sql="t.status = 'done' and t.deleted_at is null")
            case _:
                kept = [mark for mark in self.marks if not mark.endswith(lexemes.TRASH)]
                if not kept:
                    return Part(sql="false")
                return Part(terms.any_of(terms.lexeme(mark, f"#{status}") for mark in kept))

    def _named(self, leaf: Named) -> Part:
        name = leaf.name_or_id
        match leaf:
            case ListIs():
                return self._lists(self.names.lists[name])
            case TagIs():
                if name is None:
                    return Part(term=terms.none_of(self.lexeme("#has:tags")))
                return self._facets([lexemes.tag_facet(name)])
            case AssigneeIs():
                person = None if name is None else self.names.people[name]
                return self._facets([lexemes.assignee_facet(person)])
            case ParentIs():
                if name is None:
                    return Part(term=terms.none_of(self.lexeme(lexemes.SUBTASK)))
                ids = self.args.add(list(self.names.parents[name]), "bigint[]")
                return Part(sql=_SUBTREE.format(space=self.args.space, ids=ids))

    def _lists(self, ids: Sequence[int]) -> Part:
        asked = self._facets([lexemes.list_facet(number) for number in ids])
        if self.live:
            return asked
        # Reading the history by an index in the order of lists would find none for long.
        literal = ",".join(str(number) for number in ids)
        return Part(asked.term, asked.sql, alone=f"t.list_id = any('{{{literal}}}'::bigint[])")

    def _has(self, name: str) -> Part:
        if name == "due":
            return self._present("due", present=True)
        if name == "recurrence":
            return self._recurring()
        if name in _FACETS:
            return self._facets([_FACETS[name]])
        return Part(sql=f"<{name}>")

    def _flag(self, flag: str) -> Part:
        match flag:
            case "overdue":
                return self._overdue()
            case "blocked":
                alone = _WAITS if self.live else None
                return Part(self.lexeme(lexemes.BLOCKED), self._blocked(), alone)
            case "ready":
                free = f"(t.blocked_by = '{{}}' or not {self._blocked()})"
                return Part(sql=f"{LIVE} and {free} and ({self._deferred()}) is not true")
            case "deferred":
                return Part(sql=self._deferred())
            case "unread":
                return self._unread()
            case _:
                return self._recurring() if flag == "recurring" else self._facets([f"#{flag}"])

    def _blocked(self) -> str:
        return _BLOCKED.format(space=self.args.space)

    def _recurring(self) -> Part:
        """The index knows of a series, and not when that ends."""
        return Part(self.lexeme(lexemes.RECURRING), _GOES_ON.format(space=self.args.space))

    def _unread(self) -> Part:
        user = self.args.add(self.asker.user_id, "bigint")
        return Part(sql=_UNREAD.format(space=self.args.space, user=user))

    def _overdue(self) -> Part:
        today = self.asker.today
        passed = TimeFilter("due", "", before_on=today, before_at=self.asker.now)
        return Part(sql=f"{LIVE} and {moment(self.args, 'due', passed)}")

    def _deferred(self) -> str:
        tomorrow = self.asker.today + timedelta(days=1)
        ahead = TimeFilter("start", "", from_on=tomorrow, from_at=self.asker.now)
        return moment(self.args, "start", ahead)

    def _time(self, leaf: TimeFilter) -> Part:
        name = leaf.field
        if leaf.present is not None:
            return self._present(name, present=leaf.present)
        match name:
            case "due" | "start":
                return Part(sql=moment(self.args, name, leaf))
            case "deadline":
                dates = (leaf.from_on, leaf.before_on, "date")
                return Part(sql=between(self.args, "t.deadline_on", *dates))
            case _:
                instants = (leaf.from_at, leaf.before_at, "timestamptz")
                return Part(sql=between(self.args, f"t.{name}_at", *instants))

    def _present(self, name: str, *, present: bool) -> Part:
        if name == "due":
            return Part(sql=f"{DUE} {'<' if present else '='} 'infinity'")
        if name in _FACETS:
            facet = self.lexeme(_FACETS[name])
            return Part(term=facet if present else terms.none_of(facet))
        return Part(sql=f"t.{name}_at is {'not ' if present else ''}null")


def in_any_order(text: str) -> str:
    """The condition in the form that finds any matches soonest: of what is blocked the newest."""
    newest = " order by t.id desc" if _WAITS in text else ""
    return _with_owners(text, _FROM_THERE) + newest


def in_order(text: str) -> str:
    """The condition in the form that finds the first matches of an order soonest."""
    return _with_owners(text, _FOR_EACH)


def _with_owners(text: str, form: str) -> str:
    for name, (column, table, which) in _OWNERS.items():
        there = form.format(column=column, table=table, which=which, space=Args.space)
        text = text.replace(f"<{name}>", there)
    return text
