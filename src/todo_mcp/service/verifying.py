"""Whether the tables are what the event log leads to, thing by thing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from todo_mcp.domain.lexemes import task_vector
from todo_mcp.domain.replay import MODELS, Replay, differing, name_of
from todo_mcp.domain.row import Row
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database
from todo_mcp.store.record import Record, Rows, looking
from todo_mcp.store.search_text import words_of

BATCH: Final = 500
WORDS_HELD: Final = 50_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as the log has it: a thing by its id, and which fields; never their values."""

    space: int
    name: str
    told: str


Report: TypeAlias = Callable[[Difference], None]


@dataclass(slots=True)
class Tally:
    """What was looked at, and how many things were not as they should be."""

    events: int = 0
    rows: int = 0
    spaces: int = 0
    differences: int = 0


async def verify(database: Database, space: int | None, report: Report) -> Tally:
    """Replay the log of all spaces, or of one, and compare with the tables as they are now.

    What the log does not hold is not compared: users, comments, claims, deliveries.
    """
    async with looking(database) as record:
        tables = {kind: await record.rows(kind, space) for kind in MODELS}
        run = _Run(record, tables, report)
        async for thing, images in record.things(space):
            run.tally.events += len(images)
            await run.compare(thing)
        await run.finish()
        return run.tally


@dataclass(slots=True)
class _Run:
    record: Record
    tables: dict[str, Rows]
    report: Report
    tally: Tally = field(default_factory=Tally)
    _space: int | None = None
    _missing: dict[int, list[Replay]] = field(default_factory=dict[int, list[Replay]])
    _tasks: list[Task] = field(default_factory=list[Task])
    _known: set[str] = field(default_factory=set[str])

    async def compare(self, thing: Replay) -> None:
        if thing.space != self._space:
            await self._end_space(thing.space)
        for fault in thing.faults:
            self._differs(thing.space, thing.name, f"the log is torn: {fault}")
        await self._skip(thing.kind, thing.space, thing.id)
        text = await self.tables[thing.kind].at(thing.space, thing.id)
        row = None if text is None else MODELS[thing.kind].model_validate_json(text)
        if row is not None:
            self.tally.rows += 1
            self._compare(thing, row)
            await self._search(row)
        elif thing.task is not None and thing.kind != "task":
            await self._miss(thing)
        elif not thing.gone:
            self._differs(thing.space, thing.name, "the row is missing")

    def _compare(self, thing: Replay, row: Row) -> None:
        wanted = thing.row()
        if wanted is None:
            told = "the row is there, though the log says it is gone" if thing.gone else None
            self._differs(thing.space, thing.name, told or "the log has no image of it")
        elif wanted != row:
            fields = differing(thing.kind, wanted.image(), row.image())
            self._differs(thing.space, thing.name, f"other in the table: {', '.join(fields)}")

    async def _search(self, row: Row) -> None:
        """The columns made from others, of many tasks at once."""
        if isinstance(row, Task):
            self._tasks.append(row)
            if len(self._tasks) >= BATCH:
                await self._derived()

    async def _derived(self) -> None:
        tasks, self._tasks = self._tasks, []
        if not tasks or self._space is None:
            return
        space = self._space
        vectors = {task.id: task_vector(space, task) for task in tasks}
        for number in await self.record.stale(space, vectors):
            self._differs(space, name_of("task", number), "other in the table: search")
        words = {word: task.id for task in tasks for word in words_of(task) - self._known}
        asked = {word: (number, keys(space, word)) for word, number in words.items()}
        for number in sorted(set(await self.record.unknown(space, asked))):
            self._differs(space, name_of("task", number), "words of it are not in the vocabulary")
        self._known = (set() if len(self._known) > WORDS_HELD else self._known) | words.keys()

    async def _miss(self, thing: Replay) -> None:
        """What belongs to a task goes with it, without events of its own."""
        missing = self._missing.setdefault(thing.task or 0, [])
        missing.append(thing)
        if len(self._missing) >= BATCH:
            await self._settle()

    async def _settle(self) -> None:
        missing, self._missing = self._missing, {}
        if not missing or self._space is None:
            return
        gone = await self.record.purged(self._space, missing)
        for task, things in missing.items():
            for thing in things if task not in gone else ():
                self._differs(thing.space, thing.name, "the row is missing")

    async def _skip(self, kind: str, space: int, number: int) -> None:
        """Rows before this one are none of the log's; the inbox is made with its space."""
        async for of, text in self.tables[kind].before(space, number):
            self.tally.rows += 1
            row = MODELS[kind].model_validate_json(text)
            if not (isinstance(row, TodoList) and row.inbox and row.version == 1):
                self._differs(of, name_of(kind, row.id), "not in the log")

    async def _end_space(self, next_: int) -> None:
        await self._derived()
        await self._settle()
        self._known = set()
        for kind in MODELS:
            await self._skip(kind, next_, 0)
        self._space = next_
        self.tally.spaces += 1

    async def finish(self) -> None:
        await self._end_space(_BEHIND_ALL)
        self.tally.spaces -= 1

    def _differs(self, space: int, name: str, told: str) -> None:
        self.tally.differences += 1
        self.report(Difference(space, name, told))


_BEHIND_ALL: Final = 2**63 - 1
