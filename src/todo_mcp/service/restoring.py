"""Rows of one space made anew from its events."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from todo_mcp.domain.lexemes import task_vector
from todo_mcp.domain.replay import MODELS, Replay, name_of
from todo_mcp.domain.row import Row
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task
from todo_mcp.errors import ConflictError
from todo_mcp.service.comparing import BATCH, Comparison, Difference, Report
from todo_mcp.store import restoring as store
from todo_mcp.store.database import Database
from todo_mcp.store.failures import LostRaceError
from todo_mcp.store.record import Record, looking
from todo_mcp.store.search_text import words_of


@dataclass(slots=True)
class Restored:
    """`made` counts the missing rows by table, `same` those that were there already."""

    events: int = 0
    same: int = 0
    made: Counter[str] = field(default_factory=Counter[str])
    mended: int = 0


async def restore(database: Database, space: int, report: Report, *, dry_run: bool) -> Restored:
    """Make what is missing of lists, tasks, series, reminders, notifications and filters; all or nothing.

    Rows that are as the log has them stay, and what searches read of them is mended. `report` is
    told what is in the way, and where the log is torn; the newest image of a thing counts all the same.

    Raises:
        ConflictError: rows are there that are not as the log has them, or somebody else is changing
            the space. Nothing was written.
    """
    try:
        async with looking(database, writing=not dry_run) as record:
            made = _Making(record, space, report, dry_run=dry_run)
            await made.all()
            if made.differences:
                raise ConflictError(
                    f"space: {made.differences:,} rows are not as the log has them. Nothing was "
                    "restored. Look at them (`todo-mcp verify` compares too), delete those that are "
                    "to be made anew from the log, and restore again."
                )
            return made.told
    except LostRaceError as error:
        raise ConflictError(
            "space: somebody is changing it. Nothing was restored. Stop its servers and workers, then "
            "restore again."
        ) from error


class _Making:
    """What is missing is written in the order in which rows refer to each other."""

    def __init__(self, record: Record, space: int, report: Report, *, dry_run: bool) -> None:
        self.told = Restored()
        self.differences = 0
        self._record = record
        self._space = space
        self._report = report
        self._dry_run = dry_run
        self._ready: list[Row] = []
        # Rows whose parent comes later, by the parent.
        self._held: dict[int, list[Row]] = {}
        self._waiting: set[int] = set()

    async def all(self) -> None:
        tables = {kind: await self._record.rows(kind, self._space) for kind in MODELS}
        run = Comparison(self._record, tables, self)
        for kind, model in MODELS.items():
            async for thing in self._record.things(self._space, kind):
                await run.take(thing)
            await run.settle()
            await self._end(kind)
            if model is TodoList:
                await self._inbox()
        await run.finish()
        self.told.events = run.events
        self.told.same = run.rows

    async def _end(self, kind: str) -> None:
        """What still waits has a parent that was there already, or none at all."""
        for parent in await self._record.present(kind, self._space, self._held):
            for row in self._held.pop(parent):
                await self._make(row)
        await self._write()
        for row in (row for rows in self._held.values() for row in rows):
            self.differs(self._space, name_of(kind, row.id), "what it lies below is missing")
        self._held, self._waiting = {}, set()

    def torn(self, thing: Replay) -> None:
        for fault in thing.faults:
            self._report(Difference(thing.space, thing.name, f"the log is torn: {fault}"))

    def differs(self, space: int, name: str, told: str) -> None:
        self.differences += 1
        self._report(Difference(space, name, told))

    async def missing(self, thing: Replay) -> None:
        row = thing.row()
        if row is None:
            self.differs(thing.space, thing.name, "the log has no image of it")
            return
        parent = getattr(row, "parent_id", None)
        if parent is not None and (parent > row.id or parent in self._waiting):
            self._held.setdefault(parent, []).append(row)
            self._waiting.add(row.id)
        else:
            await self._make(row)

    async def there(self, space: int, tasks: list[Task]) -> None:
        vectors = {task.id: task_vector(space, task) for task in tasks}
        stale = await self._record.stale(space, vectors)
        self.told.mended += len(stale)
        if self._dry_run:
            return
        if stale:
            await store.mend(self._record, space, {number: vectors[number] for number in stale})
        await self._words(tasks)

    async def _make(self, row: Row) -> None:
        """This row, and those that have waited for it."""
        ready = [row]
        while ready:
            one = ready.pop()
            self.told.made[one.table] += 1
            self._ready.append(one)
            self._waiting.discard(one.id)
            ready += self._held.pop(one.id, [])
        if len(self._ready) >= BATCH:
            await self._write()

    async def _write(self) -> None:
        rows, self._ready = self._ready, []
        # With something in the way nothing will be kept.
        if not rows or self._dry_run or self.differences:
            return
        images = [row.image() for row in rows]
        tasks = [row for row in rows if isinstance(row, Task)]
        for task, image in zip(tasks, images, strict=False):
            image["search"] = task_vector(self._space, task)
        await store.insert(self._record, self._space, rows[0].table, images)
        await self._words(tasks)

    async def _words(self, tasks: Sequence[Task]) -> None:
        words = {word for task in tasks for word in words_of(task)}
        found = {word: keys(self._space, word) for word in words}
        if found:
            await store.put_words(self._record, self._space, found)

    async def _inbox(self) -> None:
        """It is made with its space, before there is an operation that could have an event."""
        if await store.has_inbox(self._record, self._space):
            return
        self.told.made[TodoList.table] += 1
        if not self._dry_run and not self.differences:
            await store.make_inbox(self._record, self._space)
