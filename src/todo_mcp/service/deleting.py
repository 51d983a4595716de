"""Deleting tasks: to the trash, and for good."""

from functools import partial
from typing import Any, Final

from todo_mcp import ids
from todo_mcp.domain import deleting, purging
from todo_mcp.domain.change import Change
from todo_mcp.domain.state import State
from todo_mcp.errors import RuleError
from todo_mcp.service.carry import Plan, carry_out, carry_out_as
from todo_mcp.service.work import Work
from todo_mcp.store.load import Wanted, load
from todo_mcp.store.purge import trash

FREELY: Final = 10  # more tasks than these go only where the user has said so
AROUND: Final = frozenset({"lists", "fellows", "below", "parents"})
BELOW: Final = frozenset({"below"})


async def delete(work: Work, texts: list[str]) -> dict[str, Any]:
    """To the trash, with all that lies below; those that can, go."""
    named = ids.parse_each(texts, ("task",))
    wanted = Wanted(tasks=tuple(ids.numbers_of(named)), around=AROUND)

    def decide(_: State, change: Change) -> None:
        change.each(named, partial(deleting.delete, change))

    return (await carry_out(work, wanted, decide)).answer


async def purge(work: Work, texts: list[str] | None) -> dict[str, Any]:
    """Tasks in the trash, or without ids all of it, for good."""
    if texts is None:
        return (await carry_out_as(work, partial(_emptying, work))).answer
    named = ids.parse_each(texts, ("task",))
    wanted = Wanted(tasks=tuple(ids.numbers_of(named)), around=BELOW)

    def decide(_: State, change: Change) -> None:
        change.each(named, partial(purging.purge, change))

    return (await carry_out(work, wanted, decide)).answer


async def _emptying(work: Work) -> Plan:
    numbers = await trash(work.database, work.person.space)

    def decide(_: State, change: Change) -> None:
        purging.purge_all(change, numbers)

    return Wanted(tasks=tuple(numbers), around=BELOW, in_part=True), decide


async def question(work: Work, texts: list[str] | None, *, purge: bool) -> str | None:
    """What the user has to be asked before this is done; None where it may be done freely.

    Raises:
        RuleError: neither ids nor the whole trash were named.
    """
    if texts is None and not purge:
        raise RuleError("ids: missing; name the tasks to delete. Only purge goes without ids.")
    space = work.person.space
    if texts is None:
        numbers = await trash(work.database, space)
    else:
        numbers = ids.numbers_of(ids.parse_each(texts, ("task",)))
    wanted = Wanted(tasks=tuple(numbers), around=BELOW, in_part=texts is None)
    state = await load(work.database, space, work.person.user, wanted, work.now)
    count = sum((task.deleted_at is not None) is purge for task in state.tasks.values())
    if purge:
        return f"Delete {_tasks(count)} in the trash for good? There is no undo." if count else None
    return f"Move {_tasks(count)} to the trash?" if count > FREELY else None


def _tasks(count: int) -> str:
    return f"{count:,} task{'' if count == 1 else 's'}"
