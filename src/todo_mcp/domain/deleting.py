"""Tasks to the trash."""

from todo_mcp.domain.change import Change
from todo_mcp.domain.returning import trash


def delete(change: Change, number: int) -> None:
    """One task and all below it; one that is there already stays as it is."""
    task = change.state.task(number)
    change.touch(number)
    if task.deleted_at is not None:
        return
    below = trash(change, task)
    if below:
        what = "1 subtask" if below == 1 else f"{below} subtasks"
        change.warn(task, f"{what} went to the trash with it.")
    if task.series_id is not None and task.live:
        change.warn(task, "this was the open occurrence; its series stops here.")
