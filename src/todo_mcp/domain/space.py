"""Who works where: users, their space, its lists."""

from datetime import datetime, time
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from todo_mcp.domain.row import Row


class User(BaseModel):
    """A person with their settings; not versioned, as no decision is wrong with an older setting."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    name: str
    zone: str
    week_start: int = 0
    working_hours: dict[str, Any] | None = None
    day_start: time = time(9)
    default_reminders: tuple[str, ...] = ()
    space_id: int
    quiet_from: time | None = None
    quiet_until: time | None = None
    channels: tuple[str, ...] | None = None  # all that are confirmed


class TodoList(Row):
    table: ClassVar = "lists"
    kind: ClassVar = "list"

    name: str
    parent_id: int | None = None
    inbox: bool = False
    position: float | None = None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    deleted_at: datetime | None = None


class Filter(Row):
    table: ClassVar = "filters"
    kind: ClassVar = "filter"

    name: str
    query: str
    deleted_at: datetime | None = None
