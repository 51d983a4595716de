"""Keeps each space's statistics in the state store, from the event log."""

from collections.abc import Sequence
from contextlib import aclosing

import structlog

from todo_mcp.domain.statistics import Place, Statistics, TaskEvent, follow
from todo_mcp.messaging.state import StateStore
from todo_mcp.store import task_events
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry

SINK = "statistics"

log = structlog.get_logger()


def key_of(space: int) -> str:
    return f"statistics:{space}"


class Counting:
    """Several may count one space: who finds it written meanwhile counts from what was written."""

    def __init__(self, database: Database, store: StateStore) -> None:
        self._database = database
        self._store = store

    async def hand_on(self, entries: Sequence[Entry]) -> None:
        """What these entries change; entries that were counted before change nothing.

        Raises:
            UnavailableError, SidecarError: they are to be handed on again.
        """
        if not entries:
            return
        found: dict[int, list[TaskEvent]] = {}
        for entry in entries:
            if (event := task_events.told_by(entry)) is not None:
                found.setdefault(entry.space, []).append(event)
        last = entries[-1].position
        to = (last.generation, last.tx, last.seq)
        for space, events in found.items():
            await self._count(space, events, to)

    async def rebuild(self, space: int) -> None:
        """From nothing but the log, whatever is kept."""
        zone = await task_events.zone_of(self._database, space)
        while True:
            kept = await self._store.get(key_of(space))
            value = await counted(self._database, space, zone)
            if await self._store.put(key_of(space), value.model_dump_json().encode(), kept.etag):
                log.info("statistics.rebuilt", space=str(space), days=len(value.days))
                return

    async def _count(self, space: int, events: Sequence[TaskEvent], to: Place) -> None:
        zone = await task_events.zone_of(self._database, space)
        while True:
            kept = await self._store.get(key_of(space))
            old = Statistics.model_validate_json(kept.value) if kept.value else None
            if old is None or old.zone != zone:
                new = await counted(self._database, space, zone)
            else:
                new = follow(old, events, to)
            if new == old:
                return
            if await self._store.put(key_of(space), new.model_dump_json().encode(), kept.etag):
                return


async def counted(database: Database, space: int, zone: str) -> Statistics:
    """From the whole log of the space, or what retention left of it: it comes to the same."""
    to = await task_events.end(database)
    value = Statistics(zone=zone)
    async with aclosing(task_events.of_space(database, space, to)) as pages:
        async for page in pages:
            value = Statistics(zone=zone, days=follow(value, page, to).days)
    return Statistics(zone=zone, position=to, days=value.days)
