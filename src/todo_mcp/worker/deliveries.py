"""Brings notifications to channels: claims what is due, sends it, and says what became of it."""

import asyncio
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

import structlog

from todo_mcp.clock import Clock
from todo_mcp.domain.message import Message, SendError, Target, compose, pause
from todo_mcp.errors import TodoError, UnavailableError
from todo_mcp.service.sealing import Sealer
from todo_mcp.store import sending as store
from todo_mcp.store.database import Database
from todo_mcp.store.duty import BY_SIZE, Duty, keep
from todo_mcp.store.sending import Claimed, Settlement

ROLE: Final = "deliveries"
POLL_SECONDS: Final = 1.0
# Channels served at once, and how many of them a claim may bring: this bounds what is held in memory.
LANES: Final = 256
CLAIM: Final = 64
EXPIRE_SECONDS: Final = 60.0
SETTLED: Final = 200  # messages whose outcome one statement writes
AGAIN_SECONDS: Final = 1.0
# Each commit of anybody wakes this loop, up to fifty times a second, and a claim that finds nothing
# costs as much as handling the events that woke it.
SPACING_SECONDS: Final = 0.1

log = structlog.get_logger()


class Sender(Protocol):
    """Brings messages to the channels of one kind; one function a kind.

    Must answer within `store.LEASE_SECONDS`, and raise SendError where the message was not taken.
    """

    async def __call__(self, target: Target, message: Message, now: datetime) -> None: ...


class Deliveries:
    """The loop of the one process that sends; what it had under way when it died is sent again."""

    def __init__(
        self, database: Database, senders: Mapping[str, Sender], sealer: Sealer, clock: Clock
    ) -> None:
        self._database = database
        self._senders = senders
        self._sealer = sealer
        self._clock = clock
        self._busy: dict[int, int] = {}  # channel: messages under way
        self._freed = asyncio.Event()
        self._claimed = 0.0  # the loop's time of the last claim
        self._ended: list[Settlement] = []  # what waits to be settled, many by one statement
        self._some = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is due, and then what comes due, until `stop` is set."""
        await keep(self._database, ROLE, self._work, stop, settings=BY_SIZE)

    async def _work(self, duty: Duty) -> None:
        self._busy.clear()
        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._settle())
                await self._watch(duty, lanes)
        except* UnavailableError as failed:
            raise UnavailableError(str(failed.exceptions[0])) from failed
        finally:
            await self._settle_now()

    async def _watch(self, duty: Duty, lanes: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        after, expired = 0, 0.0
        while True:
            if loop.time() - expired > EXPIRE_SECONDS:
                await store.expire(duty.run)
                expired = loop.time()
            self._freed.clear()
            room = min(CLAIM, LANES - len(self._busy))
            claimed = await self._claim(duty, after, room) if room > 0 else []
            for message in claimed:
                self._busy[message.channel] = self._busy.get(message.channel, 0) + 1
                lanes.create_task(self._serve(message))
            begun, after = after, claimed[-1].channel if claimed else 0
            if not claimed and not begun:  # all round, and nothing found
                await self._wait(duty)

    async def _claim(self, duty: Duty, after: int, room: int) -> list[Claimed]:
        self._claimed = asyncio.get_running_loop().time()
        return await store.claim(duty.run, after=after, busy=self._busy, channels=room)

    async def _wait(self, duty: Duty) -> None:
        """Until a channel is free again, something is committed or the time is over."""
        waiting = [
            asyncio.ensure_future(self._freed.wait()),
            asyncio.ensure_future(self._woken(duty)),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    async def _woken(self, duty: Duty) -> None:
        await duty.wait(POLL_SECONDS)
        passed = asyncio.get_running_loop().time() - self._claimed
        await asyncio.sleep(max(0.0, SPACING_SECONDS - passed))

    async def _serve(self, claimed: Claimed) -> None:
        try:
            settlement = await self._deliver(claimed)
            self._ended.append(settlement)  # the list may have become another meanwhile
            self._some.set()
        finally:
            left = self._busy.get(claimed.channel, 1) - 1
            if left:
                self._busy[claimed.channel] = left
            else:
                self._busy.pop(claimed.channel, None)
                self._freed.set()

    async def _deliver(self, claimed: Claimed) -> Settlement:
        """What was read meanwhile needs no telling."""
        if not claimed.items:
            return Settlement(claimed, "dropped")
        try:
            await self._send(claimed)
        except SendError as error:
            log.info("delivery.failed", reason=error.reason, count=claimed.rows)
            seconds = pause(claimed.attempts, random.random())  # noqa: S311 (spreads attempts)
            outcome = "failed" if error.final else "retry"
            return Settlement(claimed, outcome, error.reason, seconds)
        return Settlement(claimed, "sent")

    async def _settle(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            await self._settle_now()
            if self._ended:
                await asyncio.sleep(AGAIN_SECONDS)
                self._some.set()

    async def _settle_now(self) -> None:
        """What the database does not take now is kept: unsettled it would be sent once more."""
        while self._ended:
            ended, self._ended = self._ended[:SETTLED], self._ended[SETTLED:]
            try:
                settled, resting = await store.settle(self._database.worker, ended)
            except TodoError as error:
                log.warning("deliveries.unsettled", error=type(error).__name__, count=len(ended))
                self._ended += ended
                return
            if settled < sum(one.message.rows for one in ended):
                log.warning("deliveries.late", count=len(ended))
            for channel in resting:
                log.warning("channel.rests", channel=channel)

    async def _send(self, claimed: Claimed) -> None:
        sender = self._senders.get(claimed.kind)
        if sender is None:
            raise SendError("kind not served")
        target = self._sealer.open(claimed.sealed)
        more = claimed.many - len(claimed.items)
        message = compose(claimed.message, claimed.items, claimed.zone, more)
        try:
            async with asyncio.timeout(store.LEASE_SECONDS / 2):
                await sender(target, message, self._clock())
        except TimeoutError:
            raise SendError("timeout") from None
        except SendError:
            raise
        except Exception as error:
            log.exception("delivery.broken", kind=claimed.kind)
            raise SendError("broken sender") from error
