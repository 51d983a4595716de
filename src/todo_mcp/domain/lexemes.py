"""What the index of searches holds of a task: its words and its facets, marked with space and state.

A lexeme is `<space><state><word>`, or `<space><state>#<facet>`; the state is `:` of an open or
started task, `~` of a closed one, `^` of one in the trash. No word has these characters, so the mark
of space 1 begins no lexeme of space 11. The state is in the mark because nearly all searches mean
open tasks: without it each would read through the history too.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, Protocol

from todo_mcp.domain import text as texts

# A tsvector knows positions up to 16,383 and may not pass 1 MiB; words behind are not searched.
WORDS_MAX: Final = 16_000

LIVE: Final = ":"
CLOSED: Final = "~"
TRASH: Final = "^"
BLOCKED: Final = "#blocked"
RECURRING: Final = "#recurring"
SUBTASK: Final = "#subtask"


class Searchable(Protocol):
    """The columns of a task that searches look at."""

    @property
    def title(self) -> str: ...
    @property
    def notes(self) -> str | None: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def status(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def list_id(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def assignee(self) -> int | None: ...
    @property
    def series_id(self) -> int | None: ...
    @property
    def start_on(self) -> date | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def deadline_on(self) -> date | None: ...
    @property
    def estimate_seconds(self) -> int | None: ...
    @property
    def blocked_by(self) -> Sequence[int]: ...
    @property
    def deleted_at(self) -> datetime | None: ...


def task_vector(space_id: int, task: Searchable) -> str:
    """The text form of a task's tsvector, `tasks.search`.

    It has to be made anew with every change of the task, whatever the field. Title, each tag and
    notes weigh A, B and D, and are no neighbours of each other in phrases.
    """
    mark = f"{space_id}{_state(task)}"
    return " ".join(
        [*_placed(mark, _weighted(task)), *(f"'{mark}{facet}'" for facet in facets(task))]
    )


def words_of(task: Searchable) -> set[str]:
    """The words in a task's vector; of scripts without spaces, pairs of characters."""
    return {word for _, word, _ in _words(_weighted(task))}


def comment_vector(space_id: int, text: str) -> str:
    """The text form of a comment's tsvector, `comments.search`."""
    return " ".join(_placed(f"{space_id}{LIVE}", [(text, "D")]))


def facets(task: Searchable) -> list[str]:
    """What filters ask for and an index can answer, as lexemes without their mark."""
    found = [f"#{task.status}", f"#p{task.priority}", list_facet(task.list_id)]
    found.append(assignee_facet(task.assignee))
    found.extend(tag_facet(tag) for tag in task.tags)
    found.extend(blocker_facet(number) for number in task.blocked_by)
    present = {
        BLOCKED: task.blocked_by,
        RECURRING: task.series_id,
        SUBTASK: task.parent_id,
        "#has:notes": task.notes,
        "#has:tags": task.tags,
        "#has:estimate": task.estimate_seconds,
        "#has:start": task.start_on,
        "#has:deadline": task.deadline_on,
    }
    found.extend(facet for facet, value in present.items() if value)
    return found


def _state(task: Searchable) -> str:
    if task.deleted_at is not None:
        return TRASH
    return LIVE if task.status in ("open", "started") else CLOSED


def list_facet(list_id: int) -> str:
    return f"#l{list_id}"


def assignee_facet(user_id: int | None) -> str:
    return f"#a{user_id or ''}"


def tag_facet(tag: str) -> str:
    return f"#t{texts.same(tag)}"


def blocker_facet(task_id: int) -> str:
    """Of the tasks that wait for this one."""
    return f"#b{task_id}"


def _weighted(task: Searchable) -> list[tuple[str, str]]:
    return [(task.title, "A"), *((tag, "B") for tag in task.tags), (task.notes or "", "D")]


def _words(weighted: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str, str]]:
    """Position, word and weight of as many as are indexed."""
    position = 0
    for text, weight in weighted:
        for word in texts.words(text)[: WORDS_MAX - position]:
            position += 1
            yield position, word, weight
        position += 1


def _placed(mark: str, weighted: Iterable[tuple[str, str]]) -> list[str]:
    places: dict[str, list[str]] = {}
    for position, word, weight in _words(weighted):
        places.setdefault(word, []).append(f"{position}{weight}")
    return [f"'{mark}{word}':{','.join(at)}" for word, at in places.items()]
