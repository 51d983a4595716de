"""All tasks of one recurrence."""

from datetime import datetime
from typing import Any, ClassVar

from todo_mcp.domain.row import Row


class Series(Row):
    """`n` is the number of the last occurrence made; `passed` counts the rule's dates up to it (COUNT)."""

    table: ClassVar = "series"
    kind: ClassVar = "series"

    recurrence: dict[str, Any]
    n: int = 1
    passed: int = 0
    ended_at: datetime | None = None
