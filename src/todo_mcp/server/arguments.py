"""The types of tool arguments: what a client may send, and the one line a model reads about it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from todo_mcp.server.texts import stored_number, whole_number

Strings = list[str]  # in a class body a field called `list` hides the builtin


def about(text: str, **limits: Any) -> Any:
    """A description a model needs to use the argument rightly."""
    return Field(description=text, **limits)


Ids = Annotated[Strings, Field(min_length=1, max_length=100)]
FewIds = Annotated[Strings, Field(min_length=1, max_length=50)]
Key = Annotated[str | None, Field(min_length=8, max_length=128)]
Title = Annotated[str, Field(min_length=1, max_length=500)]
Notes = Annotated[str, Field(max_length=50_000)]
Priority = Literal["high", "medium", "low", "none"]
Anchor = Literal["schedule", "completion"]
Tags = Annotated[Strings, Field(max_length=20)]
Reminders = Annotated[Strings, Field(max_length=20)]
Count = Annotated[int, Field(ge=1, le=50), BeforeValidator(whole_number)]
Scope = Literal["this", "this_and_future"]
Limit = Annotated[int, Field(ge=0, le=100), BeforeValidator(whole_number)]
Version = Annotated[int, BeforeValidator(whole_number), AfterValidator(stored_number)]
Last = Annotated[int, Field(ge=1, le=20), BeforeValidator(whole_number)]
ClearField = Literal[
    "notes",
    "list",
    "parent",
    "due",
    "start",
    "deadline",
    "zone",
    "priority",
    "tags",
    "estimate",
    "assignee",
    "blocked_by",
    "reminders",
]
ClearFields = list[ClearField]
StatusAction = Literal["complete", "reopen", "start", "cancel", "skip", "end_series", "restore"]
ReminderAction = Literal["add", "replace", "remove", "snooze", "dismiss"]
ContextPart = Literal["lists", "tags", "filters", "members", "settings", "notifications"]
TaskPart = Literal["subtasks", "comments", "reminders", "occurrences", "history", "blockers"]
Sort = Literal["due", "priority", "urgency", "created", "updated", "relevance"]
CountBy = Literal["list", "tag", "status", "priority", "assignee", "day"]


class Given(BaseModel):
    """An object inside the arguments; `model_fields_set` says what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Subtask(Given):
    title: Title
    notes: Notes | None = None
    due: str | None = None
    priority: Priority | None = None
    reminders: Reminders | None = None


class NewTask(Given):
    title: Title
    ref: str | None = None
    parent: Annotated[str | None, about("id or ref")] = None
    blocked_by: Annotated[Strings | None, about("ids or refs")] = None
    notes: Notes | None = None
    list: str | None = None
    due: str | None = None
    start: str | None = None
    deadline: str | None = None
    zone: str | None = None
    priority: Priority | None = None
    tags: Tags | None = None
    estimate: str | None = None
    assignee: str | None = None
    recurrence: str | None = None
    anchor: Anchor | None = None
    reminders: Reminders | None = None


Subtasks = Annotated[list[Annotated[str, Field()] | Subtask], Field(max_length=50)]
NewTasks = Annotated[list[NewTask], Field(min_length=1, max_length=50)]
