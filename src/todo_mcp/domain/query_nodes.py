"""What a search asks for, as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from todo_mcp import ids

Operator = Literal["=", "<", "<=", ">", ">=", ".."]

Level = Literal["none", "low", "medium", "high"]
LEVELS: Final[tuple[Level, ...]] = ("none", "low", "medium", "high")

StatusName = Literal["open", "started", "done", "cancelled", "skipped", "any", "trash"]
STATUSES: Final[tuple[StatusName, ...]] = (
    "open",
    "started",
    "done",
    "cancelled",
    "skipped",
    "any",
    "trash",
)

FlagName = Literal["overdue", "blocked", "ready", "deferred", "recurring", "subtask", "unread"]
FLAGS: Final[tuple[FlagName, ...]] = (
    "overdue",
    "blocked",
    "ready",
    "deferred",
    "recurring",
    "subtask",
    "unread",
)

FieldName = Literal[
    "due",
    "start",
    "deadline",
    "notes",
    "subtasks",
    "reminders",
    "comments",
    "recurrence",
    "tags",
    "estimate",
]
FIELDS: Final[tuple[FieldName, ...]] = (
    "due",
    "start",
    "deadline",
    "notes",
    "subtasks",
    "reminders",
    "comments",
    "recurrence",
    "tags",
    "estimate",
)

TimeName = Literal["due", "start", "deadline", "created", "updated", "completed"]
TIMES: Final[tuple[TimeName, ...]] = (
    "due",
    "start",
    "deadline",
    "created",
    "updated",
    "completed",
)

NameKind = Literal["list", "tag", "parent", "assignee"]
NAMES: Final[tuple[NameKind, ...]] = ("list", "tag", "parent", "assignee")
FILTERS: Final = (*NAMES, "status", "priority", *TIMES, "is", "has", "id")


@dataclass(frozen=True)
class Word:
    """Words that stand next to each other: one bare word, or what was quoted (`exact`)."""

    pieces: tuple[str, ...]
    prefix: bool = False
    exact: bool = False

    def __str__(self) -> str:
        return f'"{" ".join(self.pieces)}"' if self.exact else "-".join(self.pieces)


@dataclass(frozen=True)
class _Named:
    """A row by its name or id as written; None asks for tasks that have none."""

    name_or_id: str | None

    def _value(self) -> str:
        if self.name_or_id is None:
            return "none"
        return _quoted(self.name_or_id, reserved=("none",))


@dataclass(frozen=True)
class ListIs(_Named):
    """In the list or one below it."""

    def __str__(self) -> str:
        return f"list:{self._value()}"


@dataclass(frozen=True)
class TagIs(_Named):
    def __str__(self) -> str:
        return f"tag:{self._value()}"


@dataclass(frozen=True)
class ParentIs(_Named):
    """Below the task, at any depth."""

    def __str__(self) -> str:
        return f"parent:{self._value()}"


@dataclass(frozen=True)
class AssigneeIs(_Named):
    """`me` is the user who asks."""

    def __str__(self) -> str:
        return f"assignee:{self._value()}"


@dataclass(frozen=True)
class StatusIs:
    """`open` means open or started; all but `trash` leave the trash out."""

    status: StatusName

    def __str__(self) -> str:
        return f"status:{self.status}"


@dataclass(frozen=True)
class PriorityIn:
    """One of these, in ascending order; `written` is how the caller put it."""

    levels: tuple[Level, ...]
    written: str

    def __str__(self) -> str:
        return f"priority:{self.written}"


@dataclass(frozen=True)
class TimeFilter:
    """A date or instant within half-open bounds; None is no bound.

    Two forms because a task has either: `from_on`/`before_on` bound dates, `from_at`/`before_at`
    instants. `present` instead of bounds asks whether there is a value at all.
    """

    field: TimeName
    written: str
    from_on: date | None = None
    before_on: date | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None
    present: bool | None = None

    def __str__(self) -> str:
        return f"{self.field}:{self.written}"


@dataclass(frozen=True)
class Is:
    flag: FlagName

    def __str__(self) -> str:
        return f"is:{self.flag}"


@dataclass(frozen=True)
class Has:
    field: FieldName

    def __str__(self) -> str:
        return f"has:{self.field}"


@dataclass(frozen=True)
class IdIn:
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return "id:" + ",".join(ids.short("task", number) for number in self.numbers)


@dataclass(frozen=True)
class Not:
    part: "Node"

    def __str__(self) -> str:
        inner = str(self.part)
        return f"-({inner})" if isinstance(self.part, And | Or | Not) else f"-{inner}"


@dataclass(frozen=True)
class And:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Or:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


Leaf = (
    Word
    | ListIs
    | TagIs
    | ParentIs
    | AssigneeIs
    | StatusIs
    | PriorityIn
    | TimeFilter
    | Is
    | Has
    | IdIn
)
Node = Leaf | Not | And | Or


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves from left to right, negated ones too."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node


def written(operator: Operator, text: str, upper: str | None) -> str:
    """A filter's value as it is written, quoted where it has to be."""
    if operator == "..":
        return f"{_quoted(text)}..{_quoted(upper or '')}"
    return f"{'' if operator == '=' else operator}{_quoted(text)}"


def _quoted(value: str, reserved: tuple[str, ...] = ()) -> str:
    bare = not any(c.isspace() or c in '()<>"' for c in value) and ".." not in value
    return value if bare and value.lower() not in reserved else f'"{value}"'
