"""What can be done with reminders."""

from functools import partial
from typing import Any

from todo_mcp import ids
from todo_mcp.domain import reminding
from todo_mcp.domain.change import Change
from todo_mcp.domain.reminding import Wish
from todo_mcp.domain.state import State
from todo_mcp.ids import Named
from todo_mcp.service.carry import carry_out
from todo_mcp.service.work import Work
from todo_mcp.store.load import Wanted


async def remind(work: Work, texts: list[str], wish: Wish) -> dict[str, Any]:
    """Set, remove, snooze or dismiss reminders; those that can, change."""
    wish.check()
    named = ids.parse_each(texts, reminding.KINDS[wish.action])

    def decide(_: State, change: Change) -> None:
        change.attempt(
            {text: partial(reminding.remind, change, item, wish) for text, item in named.items()}
        )

    return (await carry_out(work, _wanted(named), decide)).answer


def _wanted(named: dict[str, Named]) -> Wanted:
    def of(kind: str) -> tuple[int, ...]:
        return tuple(sorted(ids.numbers_of(named, kind)))

    return Wanted(
        tasks=of("task"),
        reminders=of("reminder"),
        notifications=of("notification"),
        around=frozenset({"lists", "fellows", "notifications"}),
    )
