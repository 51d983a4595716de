"""A space as iCalendar or JSON, page by page: memory does not grow with it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from todo_mcp import ids
from todo_mcp.domain.calendar import own_uid
from todo_mcp.domain.names import find_list
from todo_mcp.domain.remind import parse_spec
from todo_mcp.domain.reminder import Fate, Reminder
from todo_mcp.domain.series import Series
from todo_mcp.domain.state import State
from todo_mcp.domain.task import Status, Task
from todo_mcp.errors import LimitError
from todo_mcp.service.calendar.writing import (
    HEAD,
    TAIL,
    Entry,
    components,
    zone_component,
    zones_of,
)
from todo_mcp.service.work import Work
from todo_mcp.store import calendar as store
from todo_mcp.store.details import Details, details
from todo_mcp.store.load import Wanted, load

STATUSES: dict[str, Sequence[Status] | None] = {
    "any": None,
    "open": (Status.OPEN, Status.STARTED),
    "done": (Status.DONE,),
}


@dataclass(slots=True)
class Export:
    """One run over the tasks of a space, the oldest first, those in the trash left out."""

    work: Work
    statuses: Sequence[Status] | None = None
    list_id: int | None = None
    names: dict[int, str] = field(default_factory=dict[int, str])  # of lists but the inbox
    most: int | None = None
    detached: int = 0  # occurrences that are to-dos of their own in the file
    _zones: set[str] = field(default_factory=set[str])

    @classmethod
    async def of(cls, work: Work, *, status: str = "any", list_name: str | None = None) -> "Export":
        """All of it, or what has this status, of one list.

        Raises:
            NotFoundError: no such list.
        """
        state = await lists_of(work)
        wanted = find_list(state, list_name).id if list_name else None
        names = {n: item.name for n, item in state.lists.items() if not item.inbox}
        return cls(work, STATUSES[status], wanted, names)

    async def ics(self) -> AsyncGenerator[bytes]:
        """A calendar; each zone's VTIMEZONE comes before its first use."""
        place = await store.place_of(self.work.database, self.work.person.space)
        yield HEAD
        async for tasks, found in self._pages():
            yield await self._page(place, tasks, found)
        yield TAIL

    async def json(self) -> AsyncGenerator[bytes]:
        """One task a line, with its series and reminders as they are stored."""
        async for tasks, found in self._pages():
            lines = list[bytes]()
            for task in tasks:
                series = found.series.get(task.series_id or 0)
                told: dict[str, Any] = {"task": task.image(), "list": self.names.get(task.list_id)}
                told["reminders"] = [row.image() for row in self._own(found, task)]
                told["series"] = series.image() if series else None
                lines.append(to_json({k: v for k, v in told.items() if v}) + b"\n")
            yield b"".join(lines)

    async def _pages(self) -> AsyncGenerator[tuple[list[Task], Details]]:
        space, after, count = self.work.person.space, 0, 0
        while True:
            tasks = await store.page(self.work.database, space, after, self.list_id, self.statuses)
            count += len(tasks)
            if self.most is not None and count > self.most:
                raise LimitError(f"More than {self.most:,} tasks. Take single lists (--list NAME).")
            if tasks:
                yield tasks, await details(self.work.database, space, tasks)
            if len(tasks) < store.PAGE:
                return
            after = tasks[-1].id

    async def _page(self, place: str, tasks: list[Task], found: Details) -> bytes:
        parents = [task.parent_id for task in tasks if task.parent_id is not None]
        around = [*parents, *(number for task in tasks for number in task.blocked_by)]
        named = list(dict.fromkeys([*(task.id for task in tasks), *around]))
        uids = await _uids(self.work, place, named)
        self.detached += sum(t.series_id is not None and t.id not in uids.open for t in tasks)
        entries = [self._entry(task, found, uids) for task in tasks]
        return await asyncio.to_thread(self._written, entries)  # what else runs here goes on

    def _written(self, entries: list[Entry]) -> bytes:
        parts = list[bytes]()
        for entry in entries:
            for todo in components(entry):
                new = zones_of(todo) - self._zones
                parts += [zone_component(name) for name in sorted(new)]
                self._zones |= new
                parts.append(todo.to_ical())
        return b"".join(parts)

    def _entry(self, task: Task, found: Details, uids: "Uids") -> Entry:
        series: Series | None = None
        if task.id in uids.open:
            series = found.series.get(task.series_id or 0)
        return Entry(
            task,
            uids.of[task.id],
            series,
            tuple(self._own(found, task)),
            None if task.parent_id is None else uids.of[task.parent_id],
            tuple(uids.of[number] for number in task.blocked_by),
            self.names.get(task.list_id),
            self.work.person.zone,
        )

    def _own(self, found: Details, task: Task) -> list[Reminder]:
        """Those of who asks that are still to come, or come again with the next occurrence."""
        return [
            row
            for row in found.reminders.get(task.id, ())
            if row.user_id == self.work.person.user
            and (row.state in {Fate.PENDING, Fate.CANCELLED} or parse_spec(row.spec).relative)
        ]


@dataclass(frozen=True, slots=True)
class Uids:
    """What tasks are called outside, and which of them stand for a series that goes on."""

    of: dict[int, str]
    open: dict[int, int]


async def _uids(work: Work, place: str, tasks: list[int]) -> Uids:
    database, space = work.database, work.person.space
    current = await store.current(database, space, tasks)
    single, series = await store.names(database, space, tasks, list(current.values()))
    taken = set(series.values())  # its closed occurrences have names of their own
    of: dict[int, str] = {}
    for number in tasks:
        if number in current:
            name = current[number]
            of[number] = series.get(name) or own_uid(place, ids.short("series", name))
        else:
            foreign = single.get(number)
            kept = foreign if foreign not in taken else None
            of[number] = kept or own_uid(place, ids.short("task", number))
    return Uids(of, current)


async def lists_of(work: Work) -> State:
    wanted = Wanted(around=frozenset({"lists"}))
    return await load(work.database, work.person.space, work.person.user, wanted, work.now)
