"""Which rows belong to which, so that a large tree is not searched for every task of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from todo_mcp.domain.reminder import Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.task import Task

Ids = dict[int, dict[int, None]]


@dataclass(slots=True)
class Kinship:
    """Only grows, and so may name rows that have left since: whoever looks them up compares."""

    children: Ids = field(default_factory=Ids)
    reminders: Ids = field(default_factory=Ids)
    waiting: Ids = field(default_factory=Ids)
    occurrences: Ids = field(default_factory=Ids)

    def note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if isinstance(row, Task):
                if row.parent_id is not None:
                    self.children.setdefault(row.parent_id, {})[row.id] = None
                for blocker in row.blocked_by:
                    self.waiting.setdefault(blocker, {})[row.id] = None
                if row.series_id is not None:
                    self.occurrences.setdefault(row.series_id, {})[row.id] = None
            elif isinstance(row, Reminder):
                self.reminders.setdefault(row.task_id, {})[row.id] = None
