"""What a change of tasks means for searching: their vectors, and new words of the vocabulary."""

from typing import Any

from todo_mcp.domain import lexemes, text as texts
from todo_mcp.domain.change import Change, differing
from todo_mcp.domain.row import Row
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task


def add_vectors(space: int, change: Change, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Complete the rows of tasks; a row that only got a new version keeps its vector.

    New words are written in their order: in any other, two writers of the same ones could deadlock.
    """
    found: set[str] = set()
    for image in rows.get("tasks", ()):
        task = change.new["tasks", image["id"]]
        before = change.old["tasks", image["id"]]
        assert isinstance(task, Task)  # noqa: S101 (for the type checker)
        if before is None or differing(before, task):
            image["search"] = lexemes.task_vector(space, task)
            found |= new_words(task, before)
    if found:
        rows["words"] = [{"word": word, "grams": keys(space, word)} for word in sorted(found)]


def new_words(task: Task, before: Row | None) -> set[str]:
    """The words the task did not have; those of scripts without spaces are not in the vocabulary."""
    if isinstance(before, Task) and _text_of(before) == _text_of(task):
        return set()
    known = words_of(before) if isinstance(before, Task) else set[str]()
    return words_of(task) - known


def words_of(task: Task) -> set[str]:
    """What the vocabulary has of a task."""
    return {word for word in lexemes.words_of(task) if not texts.is_unspaced(word)}


def _text_of(task: Task) -> tuple[str, ...]:
    return (task.title, *task.tags, task.notes or "")
