"""What every bus agrees on: what is published, what may be refused, who handles it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from todo_mcp.messaging.envelope import CloudEvent


@dataclass(frozen=True, slots=True)
class Refused:
    """An event this bus will never take, and why; the reason must not quote what users wrote."""

    event: CloudEvent
    reason: str


# Returning acknowledges all of the batch but what is refused for good. Raising anything says that
# nothing is known: the same batch is published again.
Publish: TypeAlias = Callable[[Sequence[CloudEvent]], Awaitable[list[Refused]]]
Handle: TypeAlias = Callable[[CloudEvent], Awaitable[None]]
HandleTogether: TypeAlias = Callable[[Sequence[CloudEvent]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """Handles the events of some types, under the name its effects are remembered by.

    Returning says handled, seen before or nothing to do; UndecodableError that trying again is of no
    use; anything else that is raised asks for another try. `together` does the same for many at once,
    or for none of them: then each is tried alone.
    """

    consumer: str
    types: frozenset[str]
    handle: Handle
    together: HandleTogether | None = None


def by_type(handlers: Iterable[Handler]) -> dict[str, list[Handler]]:
    """Who handles which type; a type that is not there is nobody's business."""
    found: dict[str, list[Handler]] = {}
    for handler in handlers:
        for name in sorted(handler.types):
            found.setdefault(name, []).append(handler)
    return found
