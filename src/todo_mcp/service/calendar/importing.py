"""An iCalendar file into a space, chunk by chunk through the ordinary way of every change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Final

from todo_mcp.domain.calendar import Draft
from todo_mcp.domain.change import Change
from todo_mcp.domain.importing import Imported, Importing
from todo_mcp.domain.state import State
from todo_mcp.ids import short
from todo_mcp.service.calendar.reading import read
from todo_mcp.service.carry import Plan, carry_out_as
from todo_mcp.service.work import Work
from todo_mcp.store import calendar as store
from todo_mcp.store.calendar import Known
from todo_mcp.store.load import TooMuchBelowError, Wanted

Tell = Callable[[int, int], None]
"""How many to-dos were dealt with, of how many."""

CHUNK: Final = 100
NEW: Final = frozenset({"lists", "fellows", "above"})
AROUND: Final = frozenset(
    {"lists", "fellows", "above", "blockers", "below", "parents", "dependents", "occurrences"}
)  # fmt: skip


@dataclass(slots=True)
class Report:
    """What an import did, or in a dry run would do."""

    added: int = 0
    updated: int = 0
    same: int = 0
    refused: int = 0
    lists: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    operations: list[str] = field(default_factory=list[str])

    def count(self, done: Imported, asked: int) -> None:
        self.added += done.added
        self.updated += done.updated
        self.same += done.same
        self.refused += asked - len(done.tasks)
        self.lists += [name for name in done.lists if name not in self.lists]
        self.notes += done.notes


async def import_file(
    work: Work, stream: IO[bytes], list_name: str | None = None, tell: Tell | None = None
) -> Report:
    """The whole file is read before anything is written; `tell` hears how far it is.

    Raises:
        RuleError, LimitError: it is broken, or beyond what is read; nothing is written.
    """
    found = read(stream, work.person.zone, list_name)
    report = Report(notes=found.notes, refused=found.refused)
    return await import_drafts(work, found.drafts, report, tell)


async def import_drafts(
    work: Work, drafts: dict[str, Draft], report: Report, tell: Tell | None = None
) -> Report:
    """Drafts by UID, each chunk an operation; counted in the report."""
    place = await store.place_of(work.database, work.person.space)
    run = _Run(work, place, report)
    seen = 0
    for chunk in _chunks(drafts):
        await run.take(chunk)
        seen += len(chunk)
        if tell is not None:
            tell(seen, len(drafts))
    return report


@dataclass(slots=True)
class _Run:
    work: Work
    place: str
    report: Report
    tasks: dict[str, int] = field(default_factory=dict[str, int])

    async def take(self, drafts: list[Draft]) -> None:
        """As one operation; as several where what lies below them is too much for one."""
        try:
            done, op = await _Chunk(self.work, self.place, drafts, self.tasks).carry()
        except TooMuchBelowError as error:
            half = len(drafts) // 2
            if not half:
                self.report.refused += 1
                self.report.notes.append(f"line {drafts[0].line}: not imported: {error}")
                return
            await self.take(drafts[:half])
            await self.take(drafts[half:])
            return
        self.tasks |= done.tasks
        self.report.count(done, len(drafts))
        if op is not None:
            self.report.operations.append(short("operation", op))


@dataclass(slots=True)
class _Chunk:
    work: Work
    place: str
    drafts: list[Draft]
    tasks: dict[str, int]
    done: Imported = field(default_factory=Imported)

    async def carry(self) -> tuple[Imported, int | None]:
        carried = await carry_out_as(self.work, self._plan)
        return self.done, carried.op

    async def _plan(self) -> Plan:
        uids = [draft.uid for draft in self.drafts]
        related = [uid for d in self.drafts for uid in (d.parent, *d.blockers) if uid is not None]
        asked = list(dict.fromkeys([*uids, *related]))
        found = await store.known(self.work.database, self.work.person.space, self.place, asked)
        known = {uid: row.task for uid, row in found.items() if row.task is not None}
        same = {d.uid: known[d.uid] for d in self.drafts if _told(found, d)}
        drafts = [draft for draft in self.drafts if draft.uid not in same]
        known |= {uid: self.tasks[uid] for uid in related if uid in self.tasks}
        names = {uid: row.n for uid, row in found.items()}

        def decide(_: State, change: Change) -> None:
            self.done = Imported(dict(same), same=len(same))
            Importing(change, known, names, self.done).run(drafts)

        own = _numbers(known, (draft.uid for draft in drafts))
        wanted = Wanted(
            own,
            under=_numbers(known, (draft.parent for draft in drafts)),
            beside=_numbers(known, (uid for draft in drafts for uid in draft.blockers)),
            around=AROUND if own else NEW,
        )
        return wanted if drafts else Wanted(), decide


def _told(found: dict[str, Known], draft: Draft) -> bool:
    """Nothing is loaded for what the file has said before."""
    known = found.get(draft.uid)
    return known is not None and known.says(draft.digest)


def _numbers(known: dict[str, int], uids: Iterable[str | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(known[uid] for uid in uids if uid in known))


def _chunks(drafts: dict[str, Draft]) -> list[list[Draft]]:
    """Parents and blockers before those that name them; circles are broken where they close."""
    ordered = _ordered(drafts)
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]


def _ordered(drafts: dict[str, Draft]) -> list[Draft]:
    placed: dict[str, None] = {}
    for first in drafts:
        way = [first]
        under_way: set[str] = set()
        while way:
            uid = way[-1]
            if uid in placed:
                way.pop()
            elif uid in under_way:
                placed[uid] = None
                way.pop()
            else:
                under_way.add(uid)
                draft = drafts[uid]
                above = (draft.parent, *draft.blockers)
                way += [u for u in above if u in drafts and u not in placed and u not in under_way]
    return [drafts[uid] for uid in placed]
