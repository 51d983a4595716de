"""Tasks put into the database for searching, and an evaluator of queries that knows no SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

import asyncpg

from todo_mcp.domain import text as texts
from todo_mcp.domain.lexemes import comment_vector, task_vector
from todo_mcp.domain.query import Query, parse_query
from todo_mcp.domain.query_nodes import (
    LEVELS,
    And,
    AssigneeIs,
    Has,
    IdIn,
    Is,
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
)
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task
from todo_mcp.store import search as searching
from todo_mcp.store.database import Database
from todo_mcp.store.search import Found, Search
from todo_mcp.store.search_names import resolve
from todo_mcp.store.search_order import SortName
from todo_mcp.store.search_parts import Asker
from todo_mcp.store.search_text import new_words

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONE = "Europe/Vienna"
TODAY = date(2026, 11, 23)
SORTS: Final[tuple[SortName, ...]] = get_args(SortName)


def task(number: int, title: str, **more: Any) -> Task:
    made: dict[str, Any] = {"list_id": 1, "created_at": NOW, "updated_at": NOW, **more}
    return Task(id=number, title=title, **made)


@dataclass
class Shelf:
    """A space with tasks as rows; `space`, its user and its inbox have the same number."""

    database: Database
    space: int = 1
    tasks: dict[int, Task] = field(default_factory=dict[int, Task])
    said: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    reminded: set[int] = field(default_factory=set[int])
    unread: set[int] = field(default_factory=set[int])
    lists: Mapping[str, Sequence[int]] = field(default_factory=dict[str, list[int]])

    async def put(self, *tasks: Task) -> None:
        connection = await asyncpg.connect(self.database.url)
        for made in tasks:
            await self._put(connection, made)
            self.tasks[made.id] = made
        await connection.close()

    async def _put(self, connection: Any, made: Task) -> None:
        row = {"space_id": self.space, **made.model_dump(), "search": task_vector(self.space, made)}
        row["status"] = str(made.status)
        row["priority"] = int(made.priority)
        names = list(row)
        values = ", ".join(
            f"${n}::text::tsvector" if name == "search" else f"${n}"
            for n, name in enumerate(names, 1)
        )
        await connection.execute(
            f"INSERT INTO tasks ({', '.join(names)}) VALUES ({values})",  # noqa: S608 (our own names)
            *row.values(),
        )
        await connection.executemany(
            "INSERT INTO words (space_id, word, grams) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(self.space, word, keys(self.space, word)) for word in new_words(made, None)],
        )

    async def say(self, number: int, text: str) -> None:
        """A comment on a task."""
        self.said.setdefault(number, []).append(text)
        await self.database.worker(
            "INSERT INTO comments (space_id, id, task_id, user_id, text, created_at, search)"
            " VALUES ($1, nextval('comment_ids'), $2, $1, $3, $4, $5::text::tsvector)",
            self.space,
            number,
            text,
            NOW,
            comment_vector(self.space, text),
        )

    async def remind(self, number: int, *, fired: bool = False) -> None:
        """A pending reminder, or one that fired and waits to be read."""
        state = "fired" if fired else "pending"
        (self.unread if fired else self.reminded).add(number)
        await self.database.worker(
            "INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)"
            " VALUES ($1, $2, 1, $2, $1, '0m', $3, $4)",
            self.space,
            number,
            NOW,
            state,
        )
        if fired:
            await self.database.worker(
                "INSERT INTO notifications (space_id, id, version, user_id, task_id, reminder_id,"
                " fire_at, created_at) VALUES ($1, $2, 1, $1, $2, $2, $3, $3)",
                self.space,
                number,
                NOW,
            )

    async def asked(self, text: str) -> Search:
        query = parse(text)
        names = await resolve(self.database, self.space, self.space, query)
        return Search(self.space, query, Asker(self.space, NOW, ZONE), names)

    async def search(self, text: str, sort: SortName | None = None, **more: Any) -> Found:
        return await searching.search(self.database, await self.asked(text), sort=sort, **more)

    async def ids(self, text: str, sort: SortName | None = None) -> list[int]:
        return [found.id for found in (await self.search(text, sort, limit=100)).tasks]

    def matching(self, text: str) -> set[int]:
        """The tasks that match, by reading each of them; words are matched by their letters."""
        query = parse(text)
        oracle = _Oracle(self)
        found = {number for number, made in self.tasks.items() if oracle.holds(query.root, made)}
        if query.only_open:
            found = {number for number in found if self.tasks[number].live}
        if "status:trash" not in text:
            found = {number for number in found if self.tasks[number].deleted_at is None}
        return found


def parse(text: str) -> Query:
    return parse_query(text, now=NOW, zone=ZONE, week_start=0)


@dataclass
class _Oracle:
    shelf: Shelf

    def holds(self, node: Node | None, made: Task, *, sought: bool = True) -> bool:
        """Whether the task matches; excluded words are whole ones, others may be parts."""
        match node:
            case None:
                return True
            case And(parts):
                return all(self.holds(part, made, sought=sought) for part in parts)
            case Or(parts):
                return any(self.holds(part, made, sought=sought) for part in parts)
            case Not(part):
                return not self.holds(part, made, sought=False)
            case Word(pieces):
                return self._said(pieces, made, part=sought and not node.exact)
            case _:
                return self._leaf(node, made)

    def _said(self, pieces: tuple[str, ...], made: Task, *, part: bool) -> bool:
        texts_of = (made.title, made.notes or "", *made.tags, *self.shelf.said.get(made.id, ()))
        end = "" if part else " "
        wanted = f"{end}{' '.join(pieces)}{end}"
        return any(wanted in f" {' '.join(texts.pieces(text))} " for text in texts_of)

    def _leaf(self, leaf: Any, made: Task) -> bool:
        match leaf:
            case StatusIs(status):
                held = self._status(status, made)
            case PriorityIn(levels):
                held = LEVELS[made.priority] in levels
            case IdIn(numbers):
                held = made.id in numbers
            case TimeFilter():
                held = self._time(leaf, made)
            case Is(flag):
                held = self._flag(flag, made)
            case Has(name):
                held = self._has(name, made)
            case _:
                held = self._named(leaf, made)
        return held

    def _named(self, leaf: Any, made: Task) -> bool:
        name: str | None = leaf.name_or_id
        match leaf:
            case ListIs():
                return made.list_id in self.shelf.lists[name or "none"]
            case TagIs():
                tags = {texts.same(tag) for tag in made.tags}
                return texts.same(name) in tags if name else not tags
            case ParentIs():
                return self._below(made, int(name[1:])) if name else made.parent_id is None
            case AssigneeIs():
                return made.assignee == (self.shelf.space if name else None)
            case _:
                raise AssertionError(leaf)

    def _below(self, made: Task, top: int) -> bool:
        return made.parent_id is not None and (
            made.parent_id == top or self._below(self.shelf.tasks[made.parent_id], top)
        )

    def _status(self, status: str, made: Task) -> bool:
        if status == "trash" or made.deleted_at is not None:
            return (status == "trash") == (made.deleted_at is not None)
        return status in {"any", made.status} or (status == "open" and made.live)

    def _time(self, leaf: TimeFilter, made: Task) -> bool:
        on, at = self._value(leaf.field, made)
        if leaf.present is not None:
            return (on is not None or at is not None) == leaf.present
        if at is not None:
            return _within(leaf.from_at, at, leaf.before_at)
        return on is not None and _within(leaf.from_on, on, leaf.before_on)

    def _value(self, name: str, made: Task) -> tuple[date | None, datetime | None]:
        match name:
            case "due":
                return made.due_on, made.due_at
            case "start":
                return made.start_on, made.start_at
            case "deadline":
                return made.deadline_on, None
            case _:
                return None, getattr(made, f"{name}_at")

    def _flag(self, flag: str, made: Task) -> bool:
        blocked = any(self.shelf.tasks[number].live for number in made.blocked_by)
        deferred = made.start_at > NOW if made.start_at else (made.start_on or TODAY) > TODAY
        overdue = made.due_at < NOW if made.due_at else (made.due_on or TODAY) < TODAY
        return {
            "overdue": made.live and overdue,
            "blocked": blocked,
            "ready": made.live and not blocked and not deferred,
            "deferred": deferred,
            "recurring": made.series_id is not None,
            "subtask": made.parent_id is not None,
            "unread": made.id in self.shelf.unread,
        }[flag]

    def _has(self, name: str, made: Task) -> bool:
        every = self.shelf.tasks.values()
        return {
            "due": made.due_on is not None,
            "start": made.start_on is not None,
            "deadline": made.deadline_on is not None,
            "notes": bool(made.notes),
            "tags": bool(made.tags),
            "estimate": made.estimate_seconds is not None,
            "recurrence": made.series_id is not None,
            "subtasks": any(t.parent_id == made.id and t.deleted_at is None for t in every),
            "reminders": made.id in self.shelf.reminded,
            "comments": made.id in self.shelf.said,
        }[name]


def _within(low: Any, value: Any, high: Any) -> bool:
    return (low is None or low <= value) and (high is None or value < high)


def local(on: date, hour: int, zone: str) -> dict[str, Any]:
    """A due with a time of day."""
    at = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo(zone))
    return {"due_on": on, "due_time": at.time(), "due_at": at.astimezone(UTC), "zone": zone}


def days(count: int) -> timedelta:
    return timedelta(days=count)
