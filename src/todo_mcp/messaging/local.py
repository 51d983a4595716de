"""The bus inside one process: the same handlers, retries and dead letters as behind a broker."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from todo_mcp.errors import TodoError, UnavailableError
from todo_mcp.messaging.bus import Handler, Refused, by_type
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError
from todo_mcp.store.database import Database
from todo_mcp.store.dead_letters import bury

# Tries of an event, with these pauses between; as short as a broker's inbound retry.
PAUSES: Final = (0.05, 0.2, 0.8)
# A database that is down is no fault of the event, and takes no dead letters either. But an event
# that runs into a limit of time again and again must not hold up all others for ever.
OUTAGE_PAUSES: Final = (*PAUSES, *[1.0] * 60)
HANDLER_SECONDS: Final = 30.0
LANES: Final = 8

Due: TypeAlias = tuple[Handler, CloudEvent]

log = structlog.get_logger()


class LocalBus:
    """Publishing is handling: a batch is acknowledged once each event is handled or a dead letter."""

    def __init__(
        self, database: Database, handlers: Iterable[Handler], pauses: Sequence[float] = PAUSES
    ) -> None:
        self._database = database
        self._all = tuple(handlers)
        self._handlers = by_type(self._all)
        self._pauses = tuple(pauses)

    async def publish(self, batch: Sequence[CloudEvent]) -> list[Refused]:
        """Events of one task in order, of several tasks side by side.

        Raises:
            UnavailableError: the database is down; the same batch is to be published again.
        """
        done = await self._together(batch)
        lanes: dict[tuple[int, str], list[Due]] = {}
        for event in batch:
            for handler in self._handlers.get(event.type, ()):
                if (handler.consumer, event.id) not in done:
                    lanes.setdefault((event.space, event.key), []).append((handler, event))
        free = asyncio.Semaphore(LANES)
        try:
            async with asyncio.TaskGroup() as group:
                for lane in lanes.values():
                    group.create_task(self._in_order(lane, free))
        except* UnavailableError as failed:
            raise UnavailableError(str(failed.exceptions[0])) from failed
        return []

    async def _together(self, batch: Sequence[CloudEvent]) -> set[tuple[str, UUID]]:
        """What is handled once for many; where that fails, each event has its own tries."""
        done: set[tuple[str, UUID]] = set()
        for handler in self._all:
            events = [event for event in batch if event.type in handler.types]
            if handler.together is None or len(events) < 2:  # noqa: PLR2004 (one alone)
                continue
            try:
                async with asyncio.timeout(HANDLER_SECONDS):
                    await handler.together(events)
            except Exception as error:  # noqa: BLE001 (whatever it is, each is tried alone)
                log.warning("events.apart", error=type(error).__name__, count=len(events))
            else:
                done.update((handler.consumer, event.id) for event in events)
        return done

    async def _in_order(self, lane: Sequence[Due], free: asyncio.Semaphore) -> None:
        for handler, event in lane:
            await self._deliver(handler, event, free)

    async def _deliver(self, handler: Handler, event: CloudEvent, free: asyncio.Semaphore) -> None:
        """Try until it is handled or given up; a pause takes no place from others."""
        pauses, outage = iter(self._pauses), iter(OUTAGE_PAUSES)
        for tries in count(1):
            try:
                async with free, asyncio.timeout(HANDLER_SECONDS):
                    return await handler.handle(event)
            except UndecodableError as error:
                return await self._give_up(handler, event, error, tries)
            except Exception as error:  # noqa: BLE001 (whatever it is, it asks for another try)
                pause = next(outage if isinstance(error, UnavailableError) else pauses, None)
                log.warning("event.failed", error=type(error).__name__, **_which(handler, event))
                if pause is None:
                    return await self._give_up(handler, event, error, tries)
            await asyncio.sleep(pause)
        return None

    async def _give_up(
        self, handler: Handler, event: CloudEvent, error: Exception, tries: int
    ) -> None:
        log.error("event.dead", error=type(error).__name__, **_which(handler, event))
        await bury(
            self._database,
            event.space,
            event.id,
            consumer=handler.consumer,
            reason=_reason(error),
            attempts=tries,
        )


def _which(handler: Handler, event: CloudEvent) -> dict[str, str]:
    return {
        "consumer": handler.consumer,
        "event_id": str(event.id),
        "event_type": event.type,
        "subject": event.subject,
    }


def _reason(error: Exception) -> str:
    """Our own messages quote nothing that is stored; those of libraries may."""
    known = isinstance(error, TodoError | UndecodableError)
    return f"{type(error).__name__}: {error}" if known else type(error).__name__
