"""What a decision wants written: rows in their new versions, and what the caller is told."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Any, Final, TypeVar, cast

from todo_mcp.domain.events import Event, type_of
from todo_mcp.domain.row import Row
from todo_mcp.domain.spare import IMAGINARY
from todo_mcp.domain.state import State
from todo_mcp.domain.task import Task
from todo_mcp.errors import ConflictError, LimitError, TodoError
from todo_mcp.ids import Named, short

R = TypeVar("R", bound=Row)
ROWS_LIMIT: Final = 5_000
BLANK: Final[dict[str, Any]] = {"title": "", "notes": None, "tags": ()}
UNTOLD: Final = frozenset({"version", "updated_at"})


@dataclass(slots=True)
class Change:
    """Collects the rows of one operation; a row put twice gets one new version and one event."""

    state: State
    now: datetime
    take: Callable[[str], int]
    lost: frozenset[int] = frozenset()  # tasks that kept losing races: reported, not written
    old: dict[tuple[str, int], Row | None] = field(
        default_factory=dict[tuple[str, int], Row | None]
    )
    new: dict[tuple[str, int], Row] = field(default_factory=dict[tuple[str, int], Row])
    verbs: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    read: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    bumped: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    purged: dict[int, Task] = field(default_factory=dict[int, Task])  # as they were
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    appended: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )
    warnings: list[str] = field(default_factory=list[str])
    touched: list[int] = field(default_factory=list[int])
    following: dict[int, str] = field(default_factory=dict[int, str])  # task: its next occurrence
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    insisted: list[int] = field(default_factory=list[int])
    rests: dict[int, set[tuple[str, int]]] = field(  # task asked for: rows its part was decided on
        default_factory=dict[int, set[tuple[str, int]]]
    )

    def __post_init__(self) -> None:
        """The change works on a view of its own, which always shows the rows as it leaves them."""
        self.state = self.state.copy()

    def add(self, row: R, verb: str = "created") -> R:
        """A new row."""
        key = (row.table, row.id)
        self.old[key] = None
        self.verbs[key] = verb
        return self._keep(row)

    def put(self, row: R, verb: str = "updated") -> R:
        """A changed row: gets its next version. `updated` never hides a more telling verb put before."""
        key = (row.table, row.id)
        if key not in self.old:
            self.old[key] = self._rows(row)[row.id]
        before = self.old[key]
        changes: dict[str, Any] = {"version": 1 if before is None else before.version + 1}
        if "updated_at" in type(row).model_fields:
            changes["updated_at"] = self.now
        if key not in self.verbs or (verb != "updated" and before is not None):
            self.verbs[key] = verb
        return self._keep(row.model_copy(update=changes))

    def _keep(self, row: R) -> R:
        self.new[row.table, row.id] = row
        self._rows(row)[row.id] = row
        self.state.kinship.note([row])
        if len(self.new) > ROWS_LIMIT:
            raise LimitError(
                f"This would write more than {ROWS_LIMIT:,} rows; do it in several calls."
            )
        return row

    def _rows(self, row: Row) -> dict[int, Row]:
        return cast("dict[int, Row]", getattr(self.state, row.table))

    def bump(self, row: R) -> R:
        """A new version without another change: something that belongs to the row changed."""
        self.bumped.add((row.table, row.id))
        return self.put(self.latest(row))

    @contextmanager
    def as_of(self, at: datetime) -> Generator[None]:
        """What is put within was done then."""
        now, self.now = self.now, at
        try:
            yield
        finally:
            self.now = now

    def purge(self, task: Task) -> None:
        """The task goes for good: nothing is left of its text. It goes once, whoever names it."""
        if task.id in self.purged:
            return
        self.purged[task.id] = task
        self.state.tasks[task.id] = task.but(version=task.version + 1, **BLANK)
        self.extra["purged"] = len(self.purged)

    def see(self, *rows: Row) -> None:
        """Rows the decision depends on without writing them: they must still be as read."""
        for row in rows:
            before = self.before(row)
            if before is not None:
                self.read[row.table, row.id] = before.version

    def latest(self, row: R) -> R:
        """The row as this change leaves it."""
        return cast("R", self._rows(row)[row.id])

    def before(self, row: R) -> R | None:
        """The row as it was read; None where this change made it."""
        key = (row.table, row.id)
        return cast("R | None", self.old[key]) if key in self.old else row

    def touch(self, number: int) -> None:
        """This task belongs into the answer."""
        if number not in self.touched:
            self.touched.append(number)

    def warn(self, task: Task, text: str) -> None:
        """Say something that the user would want to know of this task, which is named if it has an id."""
        name = f"{short('task', task.id)}: " if task.id < IMAGINARY else ""
        self.warnings.append(f"{name}{text}")

    def each(self, named: Mapping[str, Named], act: Callable[[int], None]) -> None:
        """Do this for every task named; what cannot be done for one is told and leaves the others alone.

        Raises:
            TodoError: it could be done for none; the first one's reason.
        """

        def one(found: Named) -> None:
            if isinstance(found, TodoError):
                raise found
            self.insist(found[1])
            act(found[1])

        self.attempt({text: partial(one, found) for text, found in named.items()})

    def insist(self, number: int) -> None:
        """Go on with this task only where others have let us.

        Raises:
            ConflictError: it kept losing races.
        """
        if number in self.lost:
            raise ConflictError(f"t{number} is being changed by others; try it again.")
        self.insisted.append(number)

    def attempt(self, acts: Mapping[str, Callable[[], None]]) -> None:
        """Like `each`, for what the caller named otherwise: failures have the keys as ids."""
        first: TodoError | None = None
        done = 0
        for name, act in acts.items():
            kept = self._mark()
            olds, reads = len(self.old), len(self.read)
            self.insisted.clear()
            try:
                act()
                done += 1
                rows = {*islice(self.old, olds, None), *islice(self.read, reads, None)}
                for task in self.insisted:  # thousands may share one set
                    known = self.rests.get(task)
                    self.rests[task] = rows | known if known else rows
            except TodoError as error:
                self._back_to(kept)
                first = first or error
                self.failures.append({"id": name, "error": str(error)})
        if first is not None and not done:
            raise first

    def _mark(self) -> "tuple[dict[Any, Any] | set[Any] | list[Any], ...]":
        return tuple(part.copy() for part in self._parts())

    def _back_to(self, kept: "tuple[dict[Any, Any] | set[Any] | list[Any], ...]") -> None:
        for part, old in zip(self._parts(), kept, strict=True):
            part.clear()
            if isinstance(part, list):
                part.extend(old)
            else:
                part.update(old)  # type: ignore[arg-type]

    def _parts(self) -> "tuple[dict[Any, Any] | set[Any] | list[Any], ...]":
        return (
            self.old, self.new, self.verbs, self.read, self.bumped, self.warnings, self.touched,
            self.following, self.extra, self.purged, self.state.tasks, self.state.series, self.state.reminders,
            self.state.notifications,
        )  # fmt: skip

    def drop(self, key: tuple[str, int]) -> None:
        """Forget a row that turned out as it was."""
        before = self.old.pop(key)
        if before is not None:
            self._rows(before)[before.id] = before
            self.see(before)
        self.new.pop(key)
        self.verbs.pop(key)

    def settle(self) -> None:
        """Leave out rows that are as they were: they need no version and no event."""
        for key, row in list(self.new.items()):
            before = self.old[key]
            same = before is not None and not differing(before, row)
            if same and self.verbs[key] == "updated" and key not in self.bumped:
                self.drop(key)


def differing(before: Row, after: Row) -> bool:
    """Whether a field differs, versions and update times aside."""
    old, new = vars(before), vars(after)
    names = {name for name in _told(type(after)) if old[name] != new[name]}
    return bool(names) and _written(before, names) != _written(after, names)


def _written(row: Row, names: set[str]) -> dict[str, Any]:
    """As the log has them: there a list and a tuple are the same."""
    return row.model_dump(mode="json", include=names)


@cache
def _told(model: type[Row]) -> tuple[str, ...]:
    return tuple(name for name in model.model_fields if name not in UNTOLD)


def event_of(
    row: Row,
    before: Row | None,
    verb: str,
    *,
    new_id: Callable[[], Any],
    op: int | None,
    trace: str | None,
) -> Event:
    """The fact that this row changed."""
    after = row.image()
    was = None
    if verb == "purged":
        was = {"version": row.version - 1}
    elif before is not None:
        old = before.image()
        was = {n: old.get(n) for n in {**old, **after} if old.get(n) != after.get(n)}
    task = row.id if row.kind == "task" else getattr(row, "task_id", None)
    return Event(
        id=new_id(),
        kind=row.kind,
        subject_id=row.id,
        version=row.version,
        task_id=task,
        type=type_of(row.kind, verb),
        before=was,
        after=after,
        op=op,
        traceparent=trace,
    )
