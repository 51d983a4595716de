"""What the log tells of one thing: the row its events lead to, and where they do not fit together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from todo_mcp.domain.events import SNAPSHOTTED, type_of
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import Filter, TodoList
from todo_mcp.domain.task import Task
from todo_mcp.ids import short

Place: TypeAlias = tuple[int, int, int]

# What refers to others comes after them.
MODELS: Final[dict[str, type[Row]]] = {
    model.kind: model for model in (TodoList, Series, Task, Reminder, Notification, Filter)
}
PURGED: Final = type_of("task", "purged")
# With these a log may begin: retention leaves nothing before them.
_FIRST: Final = {type_of(kind, SNAPSHOTTED) for kind in MODELS} | {PURGED}
_TOLD_FAULTS: Final = 5


@dataclass(slots=True)
class Replay:
    """Takes the events of one thing in the order of their versions. Faults quote no value."""

    space: int
    kind: str
    id: int
    task: int | None = None
    image: dict[str, Any] | None = None
    version: int = 0
    gone: bool = False
    events: int = 0
    faults: list[str] = field(default_factory=list[str])
    _place: Place = (0, 0, 0)

    @property
    def name(self) -> str:
        return name_of(self.kind, self.id)

    def take(
        self, place: Place, type_: str, version: int, before: dict[str, Any] | None, after: Any
    ) -> None:
        """The next event."""
        self.events += 1
        if after is None:
            self._fault(f"version {version} has no image")
            return
        if place <= self._place:
            self._fault(f"version {version} was logged before version {self.version}")
        self._check(type_, version, before or {}, after)
        self.image, self.version, self._place = after, version, place
        self.gone = type_ == PURGED

    def _check(
        self, type_: str, version: int, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        if self.image is None:
            # The inbox is made with its space.
            if version != 1 and type_ not in _FIRST and not after.get("inbox"):
                self._fault(f"versions before {version} are missing")
        elif version != self.version + 1:
            self._fault(f"version {version} follows version {self.version}")
        elif type_ != PURGED and (fields := self._torn(before, after)):
            self._fault(f"version {version} rests on another {', '.join(fields)}")

    def _torn(self, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
        """The fields whose old values are not what the event before left."""
        was = {name: value for name, value in {**after, **before}.items() if value is not None}
        assert self.image is not None  # noqa: S101 (for the type checker)
        return [] if was == self.image else differing(self.kind, was, self.image)

    def _fault(self, told: str) -> None:
        if len(self.faults) < _TOLD_FAULTS:
            self.faults.append(told)

    def row(self) -> Row | None:
        """The row the log leads to; None where it was purged or there is no image."""
        if self.image is None or self.gone:
            return None
        return MODELS[self.kind].model_validate(self.image)


def differing(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields of this kind in which two images differ; what is no field of it is left aside."""
    names = MODELS[kind].model_fields
    return [name for name in names if one.get(name) != other.get(name)]


def name_of(kind: str, number: int) -> str:
    """`t1042`."""
    return f"filter {number}" if kind == "filter" else short(kind, number)
