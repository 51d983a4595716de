"""What a use case runs with: the database, one instant, one user, one key."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from todo_mcp.store.database import Database
from todo_mcp.store.spaces import Person


@dataclass(frozen=True, slots=True)
class Work:
    database: Database
    person: Person
    now: datetime
    tool: str
    actor: dict[str, Any] = field(default_factory=dict[str, Any])
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    key: str | None = None
    dry_run: bool = False
    traceparent: str | None = None
