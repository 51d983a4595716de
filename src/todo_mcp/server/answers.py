"""What tools answer: the shapes of structured content, and the way to say one.

`typing_extensions.TypedDict`, because with nested ones of `typing` the SDK loses the output schema
on Python 3.11.
"""

from typing import Any

from mcp.types import CallToolResult, TextContent
from typing_extensions import TypedDict

Strings = list[str]  # in a class body a field called `list` hides the builtin


class Row(TypedDict, total=False):
    """A task in a list of tasks; what is empty or default is left out."""

    id: str
    title: str
    version: int
    list: str
    due: str
    priority: str
    tags: Strings
    status: str
    subtasks: str
    recurrence: str
    reminders: int
    blocked_by: Strings
    start: str
    assignee: str
    has: Strings
    zone: str


class Failure(TypedDict, total=False):
    id: str
    ref: str
    error: str


class WrittenTask(TypedDict, total=False):
    id: str
    title: str
    version: int
    due: str
    due_text: str
    changed: dict[str, list[Any]]
    reminders: Strings
    next_occurrence: str
    recurrence: str
    rule: str
    next: Strings
    subtasks: Strings


class Written(TypedDict, total=False):
    op: str
    tasks: list[WrittenTask]
    failures: list[Failure]
    warnings: Strings
    unblocked: Strings
    replayed: bool
    dry_run: bool


class RecurrenceWritten(Written, total=False):
    rule: str
    text: str
    next: Strings


class Deleted(Written, total=False):
    purged: int


class Undone(Written, total=False):
    undone: Strings


class Rows(TypedDict, total=False):
    tasks: list[Row]
    counts: dict[str, int]
    total: int
    at_least: bool
    next_cursor: str
    did_you_mean: str
    near: list[Row]
    warnings: Strings
    zone: str
    now: str


class Full(TypedDict, total=False):
    tasks: list[dict[str, Any]]
    failures: list[Failure]
    zone: str
    now: str


class Moment(TypedDict, total=False):
    """A day, or a time of one; `utc` where it is an instant."""

    local: str
    utc: str
    weekday: str


class Preview(TypedDict, total=False):
    when: Moment
    rule: str
    text: str
    next: list[Moment]
    reminders: list[Moment]
    warnings: Strings
    zone: str
    now: str


class Named(TypedDict, total=False):
    id: str
    name: str
    open: int
    parent: str
    query: str


class ContextAnswer(TypedDict, total=False):
    now: str
    zone: str
    weekday: str
    week_start: str
    space: str
    other_spaces: Strings
    lists: list[Named]
    tags: list[Named]
    filters: list[Named]
    members: list[Named]
    settings: dict[str, Any]
    notifications: list[dict[str, Any]]
    toolsets_off: Strings
    overdue: int
    today: int
    at_least: bool


def say(text: str, /, **data: Any) -> CallToolResult:
    """One answer in both channels: `text` must say the same facts as `data`."""
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data)
