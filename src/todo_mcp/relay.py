"""Publishing: reads the event log, hands it to the bus, and moves its cursor once the bus has it.

Events are published at least once and, per task, in order. One relay of a sink is active; its reads
and its cursor go over the connection that holds the lock, so one that has lost it cannot go on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import structlog

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import Publish
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError, wrap
from todo_mcp.store import dead_letters, events
from todo_mcp.store.database import Database
from todo_mcp.store.duty import LAZY, Duty, keep
from todo_mcp.store.events import Entry

POLL_SECONDS: Final = 1.0
HELD_SECONDS: Final = 0.01
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0

HandOn: TypeAlias = Callable[[Sequence[Entry]], Awaitable[None]]

log = structlog.get_logger()


async def run(database: Database, publish: Publish, sink: str, stop: asyncio.Event) -> None:
    """Publish what the sink has not had yet, and then what comes, until `stop` is set."""

    async def hand_on(entries: Sequence[Entry]) -> None:
        await _publish(database, publish, sink, entries)

    await follow(database, hand_on, sink, stop)


async def follow(database: Database, hand_on: HandOn, sink: str, stop: asyncio.Event) -> None:
    """Hand on the log's entries in order; a batch that raises is handed on again."""

    async def work(duty: Duty) -> None:
        await _drain(duty, hand_on, sink)

    # A cursor lost in a crash repeats events, as one not yet moved does.
    await keep(database, events.role(sink), work, stop, settings=LAZY)


async def _drain(duty: Duty, hand_on: HandOn, sink: str) -> None:
    at = await events.position(duty.run, sink)
    rows = events.BATCH_ROWS
    while True:
        batch = await events.read(duty.run, at, rows)
        if batch:
            await _persist(duty, hand_on, batch, sink)
            at = batch[-1].position
            await events.move(duty.run, sink, at)
            rows = _next_rows(rows, len(batch))
        else:
            held = await events.waiting(duty.run, at)
            await duty.wait(HELD_SECONDS if held else POLL_SECONDS)


def _next_rows(asked: int, got: int) -> int:
    """Big images cut a batch; asking for many of them again only makes the database weigh them."""
    return events.BATCH_ROWS if got == asked else min(events.BATCH_ROWS, max(10, 2 * got))


async def _persist(duty: Duty, hand_on: HandOn, batch: Sequence[Entry], sink: str) -> None:
    """Try until the batch is through; only one that still holds the lock tries again."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await hand_on(batch)
        except UnavailableError:
            log.warning("relay.delayed", sink=sink, events=len(batch))
        except Exception:
            log.exception("relay.failed", sink=sink, events=len(batch))
        else:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        await events.position(duty.run, sink)


async def _publish(
    database: Database, publish: Publish, sink: str, entries: Sequence[Entry]
) -> None:
    ready: list[CloudEvent] = []
    for entry in entries:
        try:
            ready.append(wrap(entry))
        except UndecodableError as error:
            await _park(database, sink, entry, str(error))
    by_id = {entry.id: entry for entry in entries}
    for refused in await publish(ready):
        await _park(database, sink, by_id[refused.event.id], refused.reason)


async def _park(database: Database, sink: str, entry: Entry, reason: str) -> None:
    """Keep it where it is counted and can be published again by hand; the rest goes on."""
    log.error("event.parked", sink=sink, event_id=str(entry.id), event_type=entry.type)
    await dead_letters.bury(database, entry.space, entry.id, consumer=events.PARKER, reason=reason)
