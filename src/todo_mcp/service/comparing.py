"""The event log beside the tables, thing by thing: what is missing, other or too much."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from todo_mcp.domain.replay import MODELS, Replay, differing, name_of
from todo_mcp.domain.row import Row
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.task import Task
from todo_mcp.store.record import Record, Rows

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as the log has it: a thing by its id, and which fields; never their values."""

    space: int
    name: str
    told: str


Report: TypeAlias = Callable[[Difference], None]


class Findings(Protocol):
    """What is made of it."""

    def torn(self, thing: Replay) -> None:
        """The thing's events do not fit together."""

    def differs(self, space: int, name: str, told: str) -> None:
        """A row is there and is not what the log leads to."""

    async def missing(self, thing: Replay) -> None:
        """The row that the log leads to is not there."""

    async def there(self, space: int, tasks: list[Task]) -> None:
        """These tasks are; what is made from their columns has not been looked at."""


@dataclass(slots=True)
class Comparison:
    """Takes the things of one kind after the other, or all of a space, in the order of their ids."""

    record: Record
    tables: dict[str, Rows]
    findings: Findings
    events: int = 0
    rows: int = 0
    spaces: int = 0
    _space: int | None = None
    _missing: dict[int, list[Replay]] = field(default_factory=dict[int, list[Replay]])
    _tasks: list[Task] = field(default_factory=list[Task])

    async def take(self, thing: Replay) -> None:
        if thing.space != self._space:
            await self._end_space(thing.space)
        self.events += thing.events
        if thing.faults:
            self.findings.torn(thing)
        await self._skip(thing.kind, thing.space, thing.id)
        text = await self.tables[thing.kind].at(thing.space, thing.id)
        row = None if text is None else MODELS[thing.kind].model_validate_json(text)
        if row is not None:
            self.rows += 1
            self._compare(thing, row)
            await self._derived(row)
        elif thing.task is not None and thing.kind != "task":
            await self._miss(thing)
        elif not thing.gone:
            await self.findings.missing(thing)

    def _compare(self, thing: Replay, row: Row) -> None:
        wanted = thing.row()
        if wanted is None:
            told = "the row is there, though the log says it is gone" if thing.gone else None
            self.findings.differs(thing.space, thing.name, told or "the log has no image of it")
        elif wanted != row:
            fields = differing(thing.kind, wanted.image(), row.image())
            told = f"other in the table: {', '.join(fields)}"
            self.findings.differs(thing.space, thing.name, told)

    async def _derived(self, row: Row) -> None:
        """The columns made from others, of many tasks at once."""
        if isinstance(row, Task):
            self._tasks.append(row)
            if len(self._tasks) >= BATCH:
                await self._told_there()

    async def _told_there(self) -> None:
        tasks, self._tasks = self._tasks, []
        if tasks and self._space is not None:
            await self.findings.there(self._space, tasks)

    async def _miss(self, thing: Replay) -> None:
        """What belongs to a task goes with it, without events of its own."""
        self._missing.setdefault(thing.task or 0, []).append(thing)
        if len(self._missing) >= BATCH:
            await self._told_missing()

    async def _told_missing(self) -> None:
        missing, self._missing = self._missing, {}
        if not missing or self._space is None:
            return
        gone = await self.record.purged(self._space, missing)
        for task, things in missing.items():
            for thing in things if task not in gone else ():
                await self.findings.missing(thing)

    async def settle(self) -> None:
        """Tell what was held back to be told together."""
        await self._told_there()
        await self._told_missing()

    async def _skip(self, kind: str, space: int, number: int) -> None:
        """Rows before this one are none of the log's; the inbox is made with its space."""
        async for of, text in self.tables[kind].before(space, number):
            self.rows += 1
            row = MODELS[kind].model_validate_json(text)
            if not (isinstance(row, TodoList) and row.inbox and row.version == 1):
                self.findings.differs(of, name_of(kind, row.id), "not in the log")

    async def _end_space(self, next_: int) -> None:
        await self.settle()
        for kind in MODELS:
            await self._skip(kind, next_, 0)
        self._space = next_
        self.spaces += 1

    async def finish(self) -> None:
        await self._end_space(_BEHIND_ALL)
        self.spaces -= 1


_BEHIND_ALL: Final = 2**63 - 1
