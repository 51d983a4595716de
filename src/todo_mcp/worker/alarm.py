"""Keeps the alarm clock at the earliest reminder, whoever changes reminders and wherever."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import Handler
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.messaging.jobs import AlarmClock
from todo_mcp.messaging.sidecar import SidecarError
from todo_mcp.store import timers
from todo_mcp.store.database import Database

JOB: Final = "reminders-next"
# Heals a clock that was lost with its scheduler, or could not be set when it should have been.
LOOK_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 1.0
# The sidecar takes an event back after three seconds, and makes a dead letter of one that it took back often.
HEARD_SECONDS: Final = 2.0
# A clock that runs ahead of the database's rings too early: again, but not at once.
SOONEST: Final = timedelta(milliseconds=50)
# Not those that fired: whoever fired them, the clock still rings for them, and is set anew then.
TYPES: Final = frozenset(
    f"todo.reminder.{verb}.v1"
    for verb in ("set", "moved", "cancelled", "restored", "removed", "snoozed")
)

log = structlog.get_logger()


class Alarm:
    """Several processes may keep one clock: who has set it looks whether that still holds."""

    def __init__(self, database: Database, clock: AlarmClock) -> None:
        self._database = database
        self._clock = clock
        self._setting = asyncio.Lock()
        self._begun = 0
        self._in_doubt = asyncio.Event()
        self._is_away = False

    @property
    def handler(self) -> Handler:
        return Handler("alarm", TYPES, self.hear)

    async def hear(self, event: CloudEvent) -> None:
        """A reminder changed: the clock follows, if it was or is about to be the earliest one.

        Without a scheduler it follows later: the event waits for it only as long as nobody knows.
        """
        following = await timers.earliest(self._database.worker)
        if following is not None and min(_instants(event)) > following.at:
            return
        if self._is_away:
            self._in_doubt.set()
            return
        try:
            async with asyncio.timeout(HEARD_SECONDS):
                await self.follow()
        except TimeoutError as error:
            self._doubt(error)

    async def follow(self) -> None:
        """Set the clock to the earliest reminder; without a scheduler, later."""
        asked = self._begun
        async with self._setting:
            if self._begun > asked:
                return  # somebody began after us, and saw what we would see
            self._begun += 1
            try:
                await self._set()
            except (UnavailableError, SidecarError) as error:
                self._doubt(error)

    def _doubt(self, error: Exception) -> None:
        log.warning("alarm.unset", error=type(error).__name__)
        self._is_away = True
        self._in_doubt.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look after the clock until `stop` is set."""
        looking = asyncio.ensure_future(self._look_after())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({looking, stopped}, return_when=asyncio.FIRST_COMPLETED)
        looking.cancel()
        stopped.cancel()
        await asyncio.wait({looking, stopped})

    async def _look_after(self) -> None:
        while True:
            # Whoever doubts while it looks is heard afterwards.
            self._in_doubt.clear()
            try:
                await self._mend()
                self._is_away, seconds = False, LOOK_SECONDS
            except (UnavailableError, SidecarError) as error:
                log.warning("alarm.unset", error=type(error).__name__)
                seconds = AGAIN_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._in_doubt.wait()
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _mend(self) -> None:
        """Set it where it is not as it should be."""
        following = await timers.earliest(self._database.worker)
        if following is None:
            return  # one that rings for nothing does no harm
        at = await self._clock.set_for()
        if at is None or abs(at - _target(following)) > SOONEST:
            await self._set()

    async def _set(self) -> None:
        """Until what it was set to is still the earliest afterwards: another's older look may come last."""
        following = await timers.earliest(self._database.worker)
        while following is not None:
            await self._clock.set(_target(following))
            since = await timers.earliest(self._database.worker)
            if since is None or since.at == following.at:
                return
            following = since
        await self._clock.turn_off()


def _target(following: timers.Earliest) -> datetime:
    return max(following.at, following.now + SOONEST)


def _instants(event: CloudEvent) -> list[datetime]:
    """When the reminder was to fire, before and after."""
    told: list[Any] = [event.facts["fire_at"], *event.data["changed"].get("fire_at", ())]
    return [datetime.fromisoformat(one) for one in told if one is not None]
