"""What happens because something happened: one function per effect, registered by event type."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import structlog

from todo_mcp import ids
from todo_mcp.domain.change import Change
from todo_mcp.domain.rollover import roll_over
from todo_mcp.domain.state import State
from todo_mcp.errors import ConflictError
from todo_mcp.messaging.bus import Handler
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.service.carry import Consumed, Plan, carry_out_as
from todo_mcp.service.work import Work
from todo_mcp.store.closings import Closing, latest_closing
from todo_mcp.store.database import Database
from todo_mcp.store.deliveries import Ask, open_deliveries
from todo_mcp.store.failures import LostRaceError
from todo_mcp.store.load import Wanted
from todo_mcp.worker.crowd import Crowd
from todo_mcp.worker.gathering import Gathering

RECURRENCE: Final = "recurrence"
DELIVERY: Final = "delivery"
AROUND: Final = frozenset({"below", "occurrences", "parents"})
TRIES: Final = 20
PAUSE_SECONDS: Final = 0.02

T = TypeVar("T")
log = structlog.get_logger()


def handlers(database: Database, crowd: Crowd | None = None) -> list[Handler]:
    """All there are."""
    closed = frozenset({"todo.task.completed.v1", "todo.task.skipped.v1"})
    fired = frozenset({"todo.reminder.fired.v1"})
    delivering = Gathering(partial(_retried, deliver, database))
    return [
        Handler(RECURRENCE, closed, partial(_retried, next_occurrence, database)),
        Handler(
            DELIVERY, fired, delivering.handle, partial(_crowd_told, database, crowd or Crowd())
        ),
    ]


async def _retried(
    effect: Callable[[Database, T], Awaitable[None]], database: Database, told: T
) -> None:
    """A lost race is decided again at once; the bus need not hear of it.

    Raises:
        ConflictError, LostRaceError: it was lost again and again.
    """
    for left in reversed(range(TRIES)):
        try:
            return await effect(database, told)
        except (ConflictError, LostRaceError):
            if not left:
                raise
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 (spreads writers)
    return None


class SeenError(Exception):
    """The same event was handled elsewhere meanwhile."""


async def next_occurrence(database: Database, event: CloudEvent) -> None:
    """A closed occurrence is followed by the next.

    Runs as of the operation that closed it last, so that what that answered is what gets made.
    """
    if event.facts.get("series") is None:
        return
    number = ids.parse(event.subject, "task", "subject")
    look = partial(latest_closing, database, event.space, number, RECURRENCE, event.id)
    first = closing = await look()
    if closing is None or closing.seen:
        return

    async def plan() -> Plan:
        """Looks again after a lost race: it may have been lost to the same event."""
        nonlocal first
        found, first = first or await look(), None
        if found is None or found.seen:
            raise SeenError
        return Wanted(tasks=(number,), around=AROUND), partial(_follow, number, closing, found)

    work = Work(
        database,
        closing.person,
        closing.at,
        tool=RECURRENCE,
        actor={"client": "todo-mcp"},
        traceparent=event.traceparent,
    )
    consumed = Consumed(RECURRENCE, str(event.id))
    with suppress(SeenError):
        await carry_out_as(work, plan, cause=closing.op, consumed=consumed)


def _follow(number: int, closing: Closing, found: Closing, state: State, change: Change) -> None:
    task = state.tasks.get(number)
    if found.op != closing.op or (task is not None and task.version != found.version):
        raise ConflictError("The task changed while its closing was looked up.")
    roll_over(change, number, found.below)


async def _crowd_told(database: Database, crowd: Crowd, events: Sequence[CloudEvent]) -> None:
    await crowd.over()
    await deliver(database, events)


async def deliver(database: Database, events: Sequence[CloudEvent]) -> None:
    """Reminders fired: their notifications go to every channel of their users."""
    asked = [
        Ask(
            event.space,
            ids.parse(event.facts["notification"], "notification", "notification"),
            event.id,
        )
        for event in events
    ]
    made = await open_deliveries(database, asked, DELIVERY)
    if made:
        log.debug("deliveries.opened", count=made, events=len(asked))
