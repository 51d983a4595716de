"""What hangs together: parents and subtasks, and what waits for what."""

from todo_mcp import ids
from todo_mcp.domain.change import Change
from todo_mcp.domain.state import State
from todo_mcp.domain.task import BLOCKER_LIMIT, DEPTH_LIMIT, SUBTREE_LIMIT, Task
from todo_mcp.errors import LimitError, NotFoundError, RuleError


def parent_of(state: State, text: str, argument: str = "parent") -> Task:
    """The task that is to be the parent.

    Raises:
        NotFoundError, RuleError: there is none, it is in the trash, or the id is of another kind.
    """
    parent = state.tasks.get(ids.parse(text, "task", argument))
    if parent is None:
        raise NotFoundError(f"{argument}: there is no task {text.strip()}.")
    if parent.deleted_at is not None:
        raise RuleError(f"{argument}: {text.strip()} is in the trash. Restore it first.")
    return parent


def adopt(change: Change, task: Task, parent: Task) -> Task:
    """The task below the parent, which gets a new version: nobody may move it away meanwhile.

    Nor may what lies below the task grow deeper meanwhile: whoever adds there raises a version.

    Raises:
        RuleError: the parent is the task itself or lies below it.
        LimitError: deeper than 8, or more than 5,000 tasks below one.
    """
    state = change.state
    above = [parent, *state.ancestors(parent.id)]
    if task.id in {item.id for item in above}:
        raise RuleError(f"parent: t{parent.id} is this task or lies below it.")
    height = _height(state, task.id)
    if len(above) + 1 + height > DEPTH_LIMIT:
        raise LimitError(f"parent: tasks nest at most {DEPTH_LIMIT} deep.")
    top, below = above[-1], state.subtree([task.id])
    if top not in state.ancestors(task.id) and (
        state.count_below(top.id) + 1 + len(below) > SUBTREE_LIMIT
    ):
        raise LimitError(f"parent: at most {SUBTREE_LIMIT:,} tasks below one.")
    change.see(*above[1:], *below)
    change.bump(parent)
    return task.but(parent_id=parent.id)


def leave(change: Change, task: Task) -> Task:
    """The task without a parent; the old one gets a new version."""
    if task.parent_id is not None and (old := change.state.tasks.get(task.parent_id)):
        change.bump(old)
    return task.but(parent_id=None)


def _height(state: State, number: int) -> int:
    """Levels below a task."""
    children = state.children(number)
    return 1 + max(_height(state, child.id) for child in children) if children else 0


def wait_for(change: Change, task: Task, texts: list[str]) -> Task:
    """The task blocked by these.

    Raises:
        NotFoundError, RuleError: one does not exist, or waits for this task itself.
    """
    state = change.state
    numbers = sorted({ids.parse(text, "task", "blocked_by") for text in texts})
    if len(numbers) > BLOCKER_LIMIT:
        raise LimitError(f"blocked_by: at most {BLOCKER_LIMIT} tasks.")
    for number in numbers:
        blocker = state.tasks.get(number)
        if blocker is None or blocker.deleted_at is not None:
            raise NotFoundError(f"blocked_by: there is no task t{number}.")
    if task.id not in state.tasks:  # nobody can wait for it yet
        change.see(*(state.tasks[number] for number in numbers))
        return task.but(blocked_by=tuple(numbers))
    path, seen = _search(state, numbers, task.id)
    if path:
        change.see(*path)
        way = " → ".join(f"t{item.id}" for item in path)
        raise RuleError(f"blocked_by: t{path[0].id} already waits for t{task.id} ({way}).")
    change.see(*seen)
    return task.but(blocked_by=tuple(numbers))


def _search(state: State, starts: list[int], goal: int) -> tuple[list[Task], list[Task]]:
    """A chain of waiting from one of these to `goal`, both included, and all that was looked at.

    What was looked at must stay as it is, so that the two never come to wait for each other.
    """
    came_from: dict[int, int | None] = dict.fromkeys(starts)
    open_ends, seen = [*starts], list[Task]()
    while open_ends:
        number = open_ends.pop()
        task = state.tasks.get(number)
        if task is None:
            continue
        seen.append(task)
        if number == goal:
            return _way(state, came_from, goal), seen
        for blocker in task.blocked_by:
            if blocker not in came_from:
                came_from[blocker] = number
                open_ends.append(blocker)
    return [], seen


def _way(state: State, came_from: dict[int, int | None], goal: int) -> list[Task]:
    way, at = list[Task](), goal
    while True:
        way.append(state.tasks[at])
        before = came_from[at]
        if before is None:
            return way[::-1]
        at = before


def ready(state: State, task: Task) -> bool:
    """Whether nothing open blocks the task, as the state shows them."""
    return not any(state.tasks[n].live for n in task.blocked_by if n in state.tasks)
