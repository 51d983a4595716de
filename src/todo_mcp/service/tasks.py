"""What can be done with tasks."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from todo_mcp import ids
from todo_mcp.domain import adding, closing, repeating, rescheduling, updating
from todo_mcp.domain.change import Change
from todo_mcp.domain.state import State
from todo_mcp.domain.updating import Edit, check_version
from todo_mcp.errors import RuleError, TodoError
from todo_mcp.service.carry import carry_out
from todo_mcp.service.work import Work
from todo_mcp.store.history import changed_since
from todo_mcp.store.load import Wanted

Answer = dict[str, Any]
BASE: Final = frozenset({"lists", "fellows"})
BELOW: Final = BASE | {"below"}
PARENTS: Final = BASE | {"parents"}
TIES: Final = BASE | {"above", "blockers"}


async def add(work: Work, fields: dict[str, Any], subtasks: list[Any]) -> Answer:
    """One task with its reminders, recurrence and subtasks; all or nothing."""
    wanted = _named([fields], BASE | {"twins"}, title=fields["title"])
    done = await carry_out(work, wanted, lambda _, change: _add(change, fields, subtasks))
    return done.answer


def _add(change: Change, fields: dict[str, Any], subtasks: list[Any]) -> None:
    adding.add_one(change, fields, subtasks)


async def add_many(work: Work, tasks: list[dict[str, Any]]) -> Answer:
    """Up to 50 tasks that may refer to each other; all or nothing."""
    done = await carry_out(
        work, _named(tasks, BASE), lambda _, change: adding.add_many(change, tasks)
    )
    return done.answer


def _named(given: list[dict[str, Any]], around: frozenset[str], title: str | None = None) -> Wanted:
    """The rows that new values name: parents and blockers."""
    parents = _numbers(item.get("parent") for item in given)
    blockers = _numbers(name for item in given for name in item.get("blocked_by") or ())
    if parents or blockers:
        around |= TIES
    return Wanted(under=parents, beside=blockers, around=around | BASE, title=title)


def _numbers(names: Iterable[str | None]) -> tuple[int, ...]:
    return tuple(sorted({match[1] for name in names if name and (match := ids.match(name))}))


async def update(work: Work, texts: list[str], wish: Edit, version: int | None) -> Answer:
    """The same change to all; those that can, change."""
    asked = ids.parse_each(texts, ("task",))
    numbers = ids.numbers_of(asked)
    if version is not None and len(asked) > 1:
        raise RuleError("version: goes with one id only. Leave it out, or update one by one.")
    around = BELOW if wish.places else BASE
    if "parent" in wish.clear:
        around |= PARENTS
    wanted = replace(_named([wish.given], around), tasks=tuple(numbers))

    def decide(state: State, change: Change) -> None:
        if version is not None and state.task(numbers[0]).version != version:
            raise StaleError
        change.each(asked, lambda number: updating.edit(change, number, wish))

    try:
        done = await carry_out(work, wanted, decide)
    except StaleError:
        await _refuse_stale(work, numbers[0], version or 0)
        raise
    return done.answer


class StaleError(TodoError):
    """The caller named a version that is not the task's any more."""


async def _refuse_stale(work: Work, number: int, version: int) -> None:
    """Say what changed since the version the caller knows, and who did it."""
    since = await changed_since(work.database, work.person.space, number, version)
    check_version(since.task, version, since.fields, since.by)


async def complete(
    work: Work, texts: list[str], action: str, at: str | None, *, with_subtasks: bool
) -> Answer:
    """Another status; those that can, change."""
    asked = ids.parse_each(texts, ("task",))
    wanted = Wanted(
        tasks=tuple(ids.numbers_of(asked)),
        around=BASE | {"below", "dependents", "notifications", "occurrences", "parents"},
    )

    def decide(_: State, change: Change) -> None:
        moment = closing.moment_of(change, at, action)
        change.each(
            asked,
            lambda number: closing.apply(
                change, number, action, moment, with_subtasks=with_subtasks
            ),
        )

    return (await carry_out(work, wanted, decide)).answer


async def repeat(work: Work, text: str, given: dict[str, Any]) -> Answer:
    """A task's recurrence: set, changed, excepted or stopped."""
    number = ids.parse(text, "task", "id")
    done = await carry_out(
        work,
        Wanted(tasks=(number,), around=BASE),
        lambda state, change: repeating.repeat(change, state.task(number, "id"), given),
    )
    return done.answer


async def reschedule(
    work: Work, texts: list[str], to: str | None, by: str | None, scope: str
) -> Answer:
    """Other dues, of this occurrence or of the series from it on; those that can, move."""
    step = rescheduling.read_step(to, by, scope)
    asked = ids.parse_each(texts, ("task",))
    done = await carry_out(
        work,
        Wanted(tasks=tuple(ids.numbers_of(asked)), around=BASE),
        lambda _, change: change.each(
            asked, lambda number: rescheduling.reschedule(change, number, step)
        ),
    )
    return done.answer
