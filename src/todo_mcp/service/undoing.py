"""Taking operations back."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from todo_mcp import ids
from todo_mcp.domain.change import Change
from todo_mcp.domain.events import Event
from todo_mcp.domain.past import Story
from todo_mcp.domain.state import State
from todo_mcp.domain.undoing import undo as decide
from todo_mcp.errors import ConflictError, RuleError
from todo_mcp.service.carry import Plan, carry_out_as
from todo_mcp.service.work import Work
from todo_mcp.store.closings import closings
from todo_mcp.store.load import Wanted
from todo_mcp.store.past import latest, named

TRIES: Final = 20
TIES: Final = frozenset({"above", "blockers"})
AROUND: Final = frozenset({"lists", "fellows", "below", "parents", "occurrences", "notifications"})


async def undo(work: Work, op: str | None, last: int | None, *, force: bool) -> dict[str, Any]:
    """One operation, or the last of this user through this client, newest first.

    Raises:
        TodoError: none of them can be undone, and why.
    """
    if op is not None and last is not None:
        raise RuleError("last: give op or last, not both.")
    number = None if op is None else ids.parse(op, "operation", "op")

    read: list[Story] = []

    async def plan() -> Plan:
        read.append(await _story(work, number, last or 1))
        return _wanted(read[-1]), partial(_decide, read[-1], force)

    while True:
        try:
            return (await carry_out_as(work, plan)).answer
        except ConflictError:
            # The rows are read after the story, and may have gone on from it meanwhile.
            if len(read) > TRIES or await _story(work, number, last or 1) == read[-1]:
                raise


async def _story(work: Work, op: int | None, last: int) -> Story:
    if op is not None:
        story = await named(work.database, work.person.space, op, work.now)
    else:
        client = work.actor["client"]
        story = await latest(work.database, work.person, client, work.now, count=last)
    if not story.ended:
        return story
    found = await closings(work.database, work.person.space, _tasks(_events(story)))
    return replace(story, closings=found)


def _events(story: Story) -> list[Event]:
    return [event for past in story.pasts for event in past.events]


def _tasks(events: list[Event]) -> tuple[int, ...]:
    return tuple(sorted({event.task_id for event in events if event.task_id is not None}))


def _decide(story: Story, force: bool, _: State, change: Change) -> None:  # noqa: FBT001 (partial)
    decide(change, story, force=force)


def _wanted(story: Story) -> Wanted:
    """The rows of the events, and those that their old values name."""
    events = _events(story)
    old = [event.before for event in events if event.kind == "task" and event.before]
    parents = {before["parent_id"] for before in old if before.get("parent_id") is not None}
    blockers = {number for before in old for number in before.get("blocked_by") or ()}
    moved = any({"parent_id", "blocked_by"} & before.keys() for before in old)
    left = {before["series_id"] for before in old if before.get("series_id") is not None}
    return Wanted(
        tasks=_tasks(events),
        notifications=_subjects(events, "notification"),
        series=tuple(sorted({*_subjects(events, "series"), *left})),
        under=tuple(sorted(parents)),
        beside=tuple(sorted(blockers)),
        around=AROUND | TIES if moved else AROUND,
    )


def _subjects(events: list[Event], kind: str) -> tuple[int, ...]:
    return tuple(sorted({event.subject_id for event in events if event.kind == kind}))
