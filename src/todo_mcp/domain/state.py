"""What a decision is given: the rows that one query brought, and who asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from todo_mcp.domain.kinship import Kinship
from todo_mcp.domain.operation import Operation
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import Filter, TodoList, User
from todo_mcp.domain.task import Task, Twin
from todo_mcp.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class State:
    user: User
    fellows: dict[int, str] = field(default_factory=dict[int, str])
    lists: dict[int, TodoList] = field(default_factory=dict[int, TodoList])
    tasks: dict[int, Task] = field(default_factory=dict[int, Task])
    series: dict[int, Series] = field(default_factory=dict[int, Series])
    reminders: dict[int, Reminder] = field(default_factory=dict[int, Reminder])
    notifications: dict[int, Notification] = field(default_factory=dict[int, Notification])
    filters: dict[int, Filter] = field(default_factory=dict[int, Filter])
    operation: Operation | None = None  # the one that used this call's idempotency key before
    twins: tuple[Twin, ...] = ()  # open ones of the same title that were added a moment ago
    unbrought: dict[int, int] = field(default_factory=dict[int, int])  # of a topmost task: how many
    # of those below it are not among the rows
    kinship: Kinship = field(default_factory=Kinship, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.kinship.note(self.tasks.values())
        self.kinship.note(self.reminders.values())

    def copy(self) -> "State":
        """A view whose rows can be replaced without touching this one."""
        parts = ("tasks", "series", "reminders", "notifications", "lists")
        return replace(self, **{name: dict(getattr(self, name)) for name in parts})

    def task(self, number: int, argument: str = "ids") -> Task:
        """A task that is not purged.

        Raises:
            NotFoundError: there is none in this space.
        """
        found = self.tasks.get(number)
        if found is None:
            raise NotFoundError(
                f"{argument}: there is no task t{number}. Find ids with search_tasks."
            )
        return found

    def of_task(self, number: int) -> list[Reminder]:
        """The task's reminders, oldest first."""
        known = (self.reminders.get(i) for i in self.kinship.reminders.get(number, ()))
        return sorted((row for row in known if row is not None), key=lambda row: row.id)

    def children(self, number: int) -> list[Task]:
        known = (self.tasks.get(i) for i in self.kinship.children.get(number, ()))
        return [task for task in known if task is not None and task.parent_id == number]

    def waiting_for(self, number: int) -> list[Task]:
        known = (self.tasks.get(i) for i in self.kinship.waiting.get(number, ()))
        return [task for task in known if task is not None and number in task.blocked_by]

    def occurrences(self, number: int) -> list[Task]:
        """The tasks of a series."""
        known = (self.tasks.get(i) for i in self.kinship.occurrences.get(number, ()))
        return [task for task in known if task is not None and task.series_id == number]

    def subtree(self, numbers: Iterable[int]) -> list[Task]:
        """These tasks' descendants, parents before children."""
        layer = dict.fromkeys(numbers)
        seen = set(layer)
        below = list[Task]()
        while layer:
            children = (child for number in layer for child in self.children(number))
            found = [child for child in children if child.id not in seen]
            below += found
            layer = dict.fromkeys(child.id for child in found)
            seen |= layer.keys()
        return below

    def count_below(self, number: int) -> int:
        """How many tasks lie below one that has no parent, or whose descendants are all here."""
        return len(self.subtree([number])) + self.unbrought.get(number, 0)

    def ancestors(self, number: int) -> list[Task]:
        """From the parent up."""
        above = list[Task]()
        task = self.tasks.get(number)
        while task is not None and task.parent_id is not None:
            task = self.tasks.get(task.parent_id)
            if task is None or task in above:
                break
            above.append(task)
        return above
