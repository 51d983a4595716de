"""What a change of tasks means for searching: their vectors, and new words of the vocabulary."""

from typing import Any

from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.lexemes import task_vector
from todo_mcp.domain.task import Task


def add_vectors(space: int, change: Change, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Complete the rows of tasks; a row that only got a new version keeps its vector."""
    for image in rows.get("tasks", ()):
        task = change.new["tasks", image["id"]]
        before = change.old["tasks", image["id"]]
        assert isinstance(task, Task)  # noqa: S101 (for the type checker)
        if before is None or differing(before, task):
            image["search"] = task_vector(space, task)
