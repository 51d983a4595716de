"""Whether the tables are what the event log leads to, thing by thing."""

from dataclasses import dataclass, field
from typing import Final

from todo_mcp.domain.lexemes import task_vector
from todo_mcp.domain.replay import MODELS, Replay, name_of
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task
from todo_mcp.service.comparing import Comparison, Difference, Report
from todo_mcp.store.database import Database
from todo_mcp.store.record import Record, looking
from todo_mcp.store.search_text import words_of

WORDS_HELD: Final = 50_000


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
        told = _Told(record, report)
        run = Comparison(record, tables, told)
        async for thing in record.things(space):
            await run.take(thing)
        await run.finish()
        return Tally(run.events, run.rows, run.spaces, told.differences)


@dataclass(slots=True)
class _Told:
    record: Record
    report: Report
    differences: int = 0
    _of: int | None = None
    _known: set[str] = field(default_factory=set[str])

    def torn(self, thing: Replay) -> None:
        for fault in thing.faults:
            self.differs(thing.space, thing.name, f"the log is torn: {fault}")

    def differs(self, space: int, name: str, told: str) -> None:
        self.differences += 1
        self.report(Difference(space, name, told))

    async def missing(self, thing: Replay) -> None:
        self.differs(thing.space, thing.name, "the row is missing")

    async def there(self, space: int, tasks: list[Task]) -> None:
        vectors = {task.id: task_vector(space, task) for task in tasks}
        for number in await self.record.stale(space, vectors):
            self.differs(space, name_of("task", number), "other in the table: search")
        known = self._known if self._of == space and len(self._known) <= WORDS_HELD else set[str]()
        words = {word: task.id for task in tasks for word in words_of(task) - known}
        asked = {word: (number, keys(space, word)) for word, number in words.items()}
        for number in sorted(set(await self.record.unknown(space, asked))):
            self.differs(space, name_of("task", number), "words of it are not in the vocabulary")
        self._of, self._known = space, known | words.keys()
