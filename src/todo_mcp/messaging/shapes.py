"""The shapes of events on the wire: what consumers may rely on. docs/events holds them as JSON Schema.

Fields are only ever added. Whatever an old consumer could not read gets a new version of its type.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from todo_mcp.domain.events import VERBS, type_of


def _id(prefix: str) -> Any:
    return Field(pattern=rf"^{prefix}[1-9][0-9]{{0,17}}$")


TaskId = Annotated[str, _id("t")]
ListId = Annotated[str, _id("l")]
SeriesId = Annotated[str, _id("s")]
ReminderId = Annotated[str, _id("r")]
NotificationId = Annotated[str, _id("n")]
FilterId = Annotated[str, _id("f")]
# A date, or where there is a time an instant with the offset of its zone.
When = AwareDatetime | date
Pair = Annotated[list[Any], Field(min_length=2, max_length=2)]


class Facts(BaseModel):
    """A newer version may send more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TaskFacts(Facts):
    id: TaskId
    title: str
    parent: TaskId | None = None
    status: Literal["open", "started", "done", "cancelled", "skipped"]
    priority: Literal["none", "low", "medium", "high"]
    tags: tuple[str, ...] = ()
    start: When | None = None
    due: When | None = None
    zone: str | None = None
    deadline: date | None = None
    estimate_seconds: int | None = None
    assignee: int | None = None
    position: float | None = None
    series: SeriesId | None = None
    n: int | None = None
    occurs: When | None = None
    blocked_by: tuple[TaskId, ...] = ()
    created_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    list: ListId


class SeriesFacts(Facts):
    id: SeriesId
    recurrence: dict[str, Any]
    n: int
    passed: int
    ended_at: AwareDatetime | None = None


class ReminderFacts(Facts):
    id: ReminderId
    task: TaskId
    user: int
    spec: str
    fire_at: AwareDatetime
    state: Literal["pending", "fired", "missed", "cancelled", "removed"]
    notification: NotificationId | None = None


class NotificationFacts(Facts):
    id: NotificationId
    task: TaskId
    user: int
    reminder: ReminderId
    fire_at: AwareDatetime
    created_at: AwareDatetime
    acknowledged_at: AwareDatetime | None = None


class ListFacts(Facts):
    id: ListId
    name: str
    parent: ListId | None = None
    inbox: bool
    position: float | None = None
    created_at: AwareDatetime
    archived_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None


class FilterFacts(Facts):
    id: FilterId
    name: str
    query: str
    deleted_at: AwareDatetime | None = None


class Data(BaseModel):
    """`changed` has the facts that this event changed, and a task's notes: [before, after]."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    op: Annotated[str, _id("op")] | None = None
    changed: dict[str, Pair]


class TaskData(Data):
    task: TaskFacts


class SeriesData(Data):
    series: SeriesFacts


class ReminderData(Data):
    reminder: ReminderFacts


class NotificationData(Data):
    notification: NotificationFacts


class ListData(Data):
    list: ListFacts


class FilterData(Data):
    filter: FilterFacts


DATA: Final[dict[str, type[Data]]] = {
    "task": TaskData,
    "series": SeriesData,
    "reminder": ReminderData,
    "notification": NotificationData,
    "list": ListData,
    "filter": FilterData,
}
TYPES: Final = {type_of(kind, verb): kind for kind, verbs in VERBS.items() for verb in verbs}
