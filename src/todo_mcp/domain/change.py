"""What a decision wants written: rows in their new versions, and what the caller is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from todo_mcp.domain.events import Event, type_of
from todo_mcp.domain.row import Row
from todo_mcp.domain.state import State
from todo_mcp.errors import LimitError

R = TypeVar("R", bound=Row)
ROWS_LIMIT: Final = 5_000
UNTOLD: Final = frozenset({"version", "updated_at"})


@dataclass(slots=True)
class Change:
    """Collects the rows of one operation; a row put twice gets one new version and one event."""

    state: State
    now: datetime
    take: Callable[[str], int]
    old: dict[tuple[str, int], Row | None] = field(
        default_factory=dict[tuple[str, int], Row | None]
    )
    new: dict[tuple[str, int], Row] = field(default_factory=dict[tuple[str, int], Row])
    verbs: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    read: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    bumped: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    warnings: list[str] = field(default_factory=list[str])
    touched: list[int] = field(default_factory=list[int])
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    def add(self, row: R, verb: str = "created") -> R:
        """A new row."""
        key = (row.table, row.id)
        self.old[key] = None
        self.new[key] = row
        self.verbs[key] = verb
        return row

    def put(self, row: R, verb: str = "updated") -> R:
        """A changed row: gets its next version. `updated` never hides a more telling verb put before."""
        key = (row.table, row.id)
        before = self.old[key] if key in self.old else self._stored(row)
        self.old[key] = before
        version = 1 if before is None else before.version + 1
        changes: dict[str, Any] = {"version": version}
        if "updated_at" in type(row).model_fields:
            changes["updated_at"] = self.now
        self.new[key] = made = row.model_copy(update=changes)
        if verb != "updated" or key not in self.verbs:
            self.verbs[key] = verb if before is not None else self.verbs.get(key, verb)
        if len(self.new) > ROWS_LIMIT:
            raise LimitError(
                f"This would write more than {ROWS_LIMIT} rows; do it in several calls."
            )
        return made

    def bump(self, row: R) -> R:
        """A new version without another change: something that belongs to the row changed."""
        self.bumped.add((row.table, row.id))
        return self.put(self.latest(row))

    def see(self, *rows: Row) -> None:
        """Rows the decision depends on without writing them: they must still be as read."""
        for row in rows:
            self.read[row.table, row.id] = row.version

    def latest(self, row: R) -> R:
        """The row as this change leaves it."""
        return cast("R", self.new.get((row.table, row.id), row))

    def touch(self, number: int) -> None:
        """This task belongs into the answer."""
        if number not in self.touched:
            self.touched.append(number)

    def fail(self, name: str, error: str) -> None:
        self.failures.append({"id": name, "error": error})

    def drop(self, key: tuple[str, int]) -> None:
        """Forget a row that turned out as it was."""
        for part in (self.old, self.new, self.verbs):
            part.pop(key, None)

    def settle(self) -> None:
        """Leave out rows that are as they were: they need no version and no event."""
        for key, row in list(self.new.items()):
            before = self.old[key]
            same = before is not None and not differing(before, row)
            if same and self.verbs[key] == "updated" and key not in self.bumped:
                self.drop(key)

    def _stored(self, row: Row) -> Row | None:
        held = cast("dict[int, Row]", getattr(self.state, row.table))
        return held.get(row.id)


def differing(before: Row, after: Row) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, versions and update times aside."""
    old, new = before.image(), after.image()
    names = [name for name in type(after).model_fields if name not in UNTOLD]
    return {n: (old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)}


def event_of(
    row: Row,
    before: Row | None,
    verb: str,
    *,
    new_id: Callable[[], Any],
    op: int,
    trace: str | None,
) -> Event:
    """The fact that this row changed."""
    after = row.image()
    was = None
    if before is not None:
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
