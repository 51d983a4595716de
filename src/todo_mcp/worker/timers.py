"""Fires reminders when they are due; whatever was missed meanwhile fires on return."""

import asyncio
from typing import Final

import structlog

from todo_mcp.errors import UnavailableError
from todo_mcp.store import timers
from todo_mcp.store.database import Database
from todo_mcp.store.duty import Duty, beside, keep
from todo_mcp.worker.crowd import Crowd

ROLE: Final = "timers"
# Heals a clock that was set, and costs a lost NOTIFY no more than this.
POLL_SECONDS: Final = 1.0
# Due, but locked: by another worker, or by a command that is changing it.
BUSY_SECONDS: Final = 0.02

log = structlog.get_logger()


async def run(database: Database, stop: asyncio.Event, crowd: Crowd | None = None) -> None:
    """Fire what is due, and then what comes due, until `stop` is set."""

    async def work(duty: Duty) -> None:
        await watch(database, duty, crowd or Crowd())

    await keep(database, ROLE, work, stop)


async def watch(database: Database, duty: Duty, crowd: Crowd) -> None:
    """The loop of one worker; several at once share the work and fire nothing twice.

    The database's clock says when: ours would fire early where it runs ahead.
    """
    while True:
        seconds = await timers.next_due(duty.run)
        if seconds is None or seconds > 0:
            await duty.wait(POLL_SECONDS if seconds is None else min(seconds, POLL_SECONDS))
        elif not await fire_due(database, duty, crowd):
            await duty.wait(BUSY_SECONDS)


async def sweep(database: Database) -> int:
    """Fire all that is due, whoever asks for it and however often; answers how many."""
    return await _drain(database, database.worker)


async def fire_due(database: Database, duty: Duty, crowd: Crowd) -> int:
    """Fire all that is due and not locked; answers how many."""
    fired = await _fire(database, duty.run)
    if fired < timers.BATCH:
        return fired
    with crowd.firing():
        return fired + await _fire_crowd(database, duty)


async def _fire_crowd(database: Database, duty: Duty) -> int:
    """Two statements at a time, as each keeps one of the database's processors busy."""
    async with beside(database) as other:
        try:
            async with asyncio.TaskGroup() as group:
                lanes = [group.create_task(_drain(database, one.run)) for one in (duty, other)]
        except* UnavailableError as failed:
            raise UnavailableError(str(failed.exceptions[0])) from failed
    return sum(lane.result() for lane in lanes)


async def _drain(database: Database, run: timers.Run) -> int:
    total = 0
    while fired := await _fire(database, run):
        total += fired
        if fired < timers.BATCH:
            break
    return total


async def _fire(database: Database, run: timers.Run) -> int:
    fired = await timers.fire(run)
    if fired:
        database.wake()
        log.info("reminders.fired", count=fired)
    return fired
