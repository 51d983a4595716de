"""Undo: whole operations taken back, newest first, with what followed from them."""

from functools import partial

from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.inverse import Inverse
from todo_mcp.domain.past import KEPT, Past, Story, verb_of
from todo_mcp.domain.row import Row
from todo_mcp.errors import ConflictError, NotFoundError, RuleError, TodoError
from todo_mcp.ids import short

Key = tuple[str, int]


def undo(change: Change, story: Story, *, force: bool) -> None:
    """Take these operations back; where one cannot be, those before it stay too.

    Raises:
        TodoError: none could be; why the newest could not.
    """
    if story.unknown:
        name = short("operation", story.unknown[0])
        raise NotFoundError(
            f"op: there is no operation {name}. Take op from a write's answer, or use last."
        )
    if not story.pasts:
        raise NotFoundError(
            "last: there is nothing to undo: no change of yours through this client in the last "
            "30 days that is not undone. Give op for another one."
        )
    failed: list[str] = []

    def one(past: Past) -> None:
        if failed:
            raise ConflictError(f"op: left alone, because {failed[0]}, which is newer, stays.")
        try:
            _take_back(change, story, past, force=force)
        except TodoError:
            failed.append(past.text)
            raise

    change.attempt({past.text: partial(one, past) for past in story.pasts})
    _settle(change)


def _take_back(change: Change, story: Story, past: Past, *, force: bool) -> None:
    _may(change, story, past)
    start = dict(change.new)
    inverse = Inverse(change, story, past, force=force)
    inverse.run()
    if not any(_changed(change, start, key) for key in change.new):
        raise ConflictError(f"op: nothing of {past.text} is left to undo; it was taken back since.")
    inverse.tell()
    told: list[str] = change.extra.get("undone", [])
    numbers = (past.id, *past.caused)
    change.extra["undone"] = told + [short("operation", number) for number in numbers]


def _may(change: Change, story: Story, past: Past) -> None:
    if past.created_at < change.now - KEPT:
        raise RuleError(f"op: {past.text} is older than 30 days.")
    if past.cause is not None:
        cause = short("operation", past.cause)
        raise RuleError(f"op: {past.text} followed from {cause}. Undo that one; this goes with it.")
    if past.tool == "timer":
        raise RuleError(
            f"op: {past.text} is reminders that fired, which cannot be taken back. "
            "Dismiss or snooze them (set_reminder)."
        )
    if any(event.type == "todo.task.purged.v1" for event in past.events):
        raise RuleError(f"op: {past.text} deleted for good; that cannot be undone.")
    if past.id in story.undone_by:
        by = short("operation", story.undone_by[past.id])
        raise RuleError(f"op: {past.text} is undone already, by {by}. Undo {by} to redo it.")


def _changed(change: Change, start: dict[Key, Row], key: Key) -> bool:
    before = start.get(key) or change.old[key]
    return before is None or bool(differing(before, change.new[key]))


def _settle(change: Change) -> None:
    """Name each change by what it amounts to; forget rows that ended as they were."""
    for key, row in list(change.new.items()):
        before = change.old[key]
        if before is None:
            continue
        if differing(before, row):
            change.verbs[key] = verb_of(before, row)
        elif key in change.bumped:
            change.verbs[key] = "updated"
        else:
            change.drop(key)
