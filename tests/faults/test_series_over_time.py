"""Months of random series under a clock that is turned, with worker and database killed meanwhile.

Every reminder has a target from an independent reckoning, which is matched to the notifications:
none missed, none early, none twice, none that ought not to be.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from tests import sowing
from tests.faults.chains import Chain, Key, random_chain
from tests.faults.victim import Victim
from tests.signals import eventually
from tests.sundial import Sundial
from tests.worker.process import SINK, started
from todo_mcp.service import tasks
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store import events

pytestmark = pytest.mark.many

CHAINS, REMINDERS = 40, 400
NIGHTLY_CHAINS, NIGHTLY_REMINDERS = 300, 10_000
PATIENCE = 90.0
FORTNIGHT = timedelta(days=14)
# A fortnight from each, Europe, America and the south put their clocks back and on.
STARTS = (datetime(2026, 10, 22, 8, tzinfo=UTC), datetime(2027, 3, 25, 8, tzinfo=UTC))

_FIRED = """
SELECT t.title, t.n, r.spec, n.fire_at, n.created_at FROM notifications n
JOIN tasks t ON t.space_id = n.space_id AND t.id = n.task_id
JOIN reminders r ON r.space_id = n.space_id AND r.id = n.reminder_id WHERE n.space_id = $1
"""
_OPEN = """
SELECT title, n, id, occurs_on, due_at FROM tasks
WHERE space_id = $1 AND status = 'open' AND deleted_at IS NULL AND series_id IS NOT NULL
"""
_STEPS = "SELECT (SELECT count(*) FROM consumed) + (SELECT count(*) FROM notifications)"
_DUE = "SELECT FROM reminders WHERE state = 'pending' AND fire_at <= $1 LIMIT 1"


class Season:
    def __init__(self, home: Home, victim: Victim, chains: list[Chain], random: Random) -> None:
        self.home, self.victim, self.random = home, victim, random
        self.sundial = Sundial(victim.url)
        self.chains = {chain.title: chain for chain in chains}
        self.expected: dict[Key, datetime] = {}
        self.now = datetime.min.replace(tzinfo=UTC)

    @property
    def work(self) -> Work:
        return Work(self.home.database, self.home.person, self.now, "test")

    async def begin(self, now: datetime) -> None:
        await self.sundial.make()
        await self.turn(now)
        for chain in self.chains.values():
            made = await tasks.add(self.work, chain.wish, [])
            if chain.exceptions:
                texts = [day.isoformat() for day in chain.exceptions]
                number = made["tasks"][0]["id"]
                await tasks.repeat(self.work, number, {"exceptions_add": texts})
            chain.begin(now)

    async def turn(self, now: datetime) -> None:
        self.now = now
        await self.sundial.turn(now)
        self.home.database.wake()

    async def live(self, now: datetime) -> None:
        """At this time: what is due fires, and people close what they did.

        Some of that is left to the next worker, which may be killed over it.
        """
        await self.turn(now)
        for chain in self.chains.values():
            self.expected |= chain.fires(now)
        if self.random.random() < 0.4:
            await self._killed()
        async with started(self.victim.url):
            await eventually(self._settled, PATIENCE)
            await self.compare_open()
            if self.random.random() < 0.5:
                await self.close_some()
                await eventually(self._settled, PATIENCE)
                await self.compare_open()
        await self.close_some()

    async def _killed(self) -> None:
        """A worker that does not get through, and sometimes a database."""
        done = await self._steps()
        async with started(self.victim.url):
            some = done + self.random.randint(1, 30)
            await eventually(partial(self._reached, some), PATIENCE)
            if self.random.random() < 0.4:
                await self.victim.kill()
                await self.victim.start()

    async def _steps(self) -> int:
        return (await sowing.rows(self.home.database, _STEPS))[0][0]

    async def _reached(self, steps: int) -> bool:
        return await self._settled() or await self._steps() >= steps

    async def _settled(self) -> bool:
        run = self.home.database.worker
        waits = await run(_DUE, self.now)
        return not waits and not await events.waiting(run, await events.position(run, SINK))

    async def close_some(self) -> None:
        """Most of what is due, some of what is not; a few are skipped."""
        chosen: dict[str, list[str]] = {"complete": [], "skip": []}
        for title, _, number, _, _ in await self._open():
            chain = self.chains[title]
            if self.random.random() < (0.8 if chain.due <= self.now else 0.1):
                action = "skip" if self.random.random() < 0.2 else "complete"
                chosen[action].append(f"t{number}")
                chain.close(self.now)
        for action, numbers in chosen.items():
            if numbers:
                await tasks.complete(self.work, numbers, action, None, with_subtasks=False)

    async def _open(self) -> list[tuple[Any, ...]]:
        found = await self._rows(_OPEN)
        return [row for row in found if not self.chains[row[0]].beyond]

    async def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return await sowing.rows(self.home.database, sql, self.home.person.space)

    async def compare_open(self) -> None:
        found = {title: (n, on) for title, n, _, on, _ in await self._open()}
        wanted = {t: (c.n, c.occurs) for t, c in self.chains.items() if not c.over}
        assert found == wanted

    async def verdict(self) -> None:
        found = await self._rows(_FIRED)
        times = Counter(row[:3] for row in found)
        assert [key for key, count in times.items() if count > 1] == [], "doubled"
        told = {row[:3]: row[3] for row in found}
        assert told == self.expected, "missed, at another time, or not to be"
        early = [row for row in found if row[4] < self.expected[row[:3]]]
        assert early == [], "early"

    def next_target(self) -> datetime | None:
        ahead = [at for c in self.chains.values() for at in c.waiting.values() if at > self.now]
        return self.random.choice(sorted(ahead)[:50]) if ahead else None


@pytest.mark.parametrize("start", STARTS, ids=["autumn", "spring"])
async def test_reminders_of_random_series_fire_at_their_targets_and_once(
    victim: Victim, home: Home, start: datetime, request: pytest.FixtureRequest
) -> None:
    # Red with firing a second early, with exceptions ignored, with anchors mixed up, and with the
    # second pass of an hour.
    nightly = request.config.option.nightly
    count = NIGHTLY_CHAINS if nightly else CHAINS
    wanted = (NIGHTLY_REMINDERS if nightly else REMINDERS) // len(STARTS)
    random = Random(start.year)  # noqa: S311 (repeatable, not secret)
    chains = [random_chain(random, number, start) for number in range(count)]
    season = Season(home, victim, chains, random)
    await season.begin(start)
    while len(season.expected) < wanted or season.now < start + FORTNIGHT:
        if (target := season.next_target()) is not None:
            await season.live(target - timedelta(milliseconds=500))
        if random.random() < 0.3:
            await season.live(season.now - timedelta(hours=random.randint(1, 30)))
        await season.live(season.now + timedelta(minutes=random.randint(600, 3_000)))
    await season.live(season.now)
    await season.verdict()
