"""Tasks out of the trash for good."""

from typing import Final

from todo_mcp.domain.change import ROWS_LIMIT, Change
from todo_mcp.errors import LimitError, RuleError
from todo_mcp.ids import short

TOO_MANY: Final = f"ids: more than {ROWS_LIMIT:,} tasks; purge in several calls."


def purge(change: Change, number: int) -> None:
    """This task and all below it.

    Raises:
        RuleError: it is not in the trash, or something below it is not.
    """
    task = change.state.task(number)
    if number in change.purged:
        return
    if task.deleted_at is None:
        raise RuleError(
            f"ids: {short('task', number)} is not in the trash. Delete it first, without purge."
        )
    below = change.state.subtree([number])
    if kept := next((item for item in below if item.deleted_at is None), None):
        raise RuleError(
            f"ids: {short('task', kept.id)} below {short('task', number)} is not in the trash. "
            "Delete it first, or move it."
        )
    if len(change.purged.keys() | {number, *(item.id for item in below)}) > ROWS_LIMIT:
        raise LimitError(TOO_MANY)
    for item in [task, *below]:
        change.purge(item)
    change.touch(number)


def purge_all(change: Change, numbers: list[int]) -> None:
    """The whole trash, or of a very large one a part.

    `numbers` are of tasks in the trash; the state has what lies below them, too.
    """
    for number in numbers:
        top = change.state.tasks.get(number)
        if top is None or top.deleted_at is None or number in change.purged:
            continue
        tree = [top, *change.state.subtree([number])]
        if any(item.deleted_at is None for item in tree):
            continue
        if len(change.purged.keys() | {item.id for item in tree}) > ROWS_LIMIT:
            change.warnings.append("There is more in the trash. Repeat the call to go on.")
            break
        for item in tree:
            change.purge(item)
