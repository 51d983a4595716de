"""A log that was cut: all that reads it finds what it found before."""

import random
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import aging, sowing
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.meanwhile import fire, follow
from tests.server.test_undo_properties import Chance, assert_back_at, snapshot
from todo_mcp.domain import statistics
from todo_mcp.domain.statistics import Statistics
from todo_mcp.service.home import Home
from todo_mcp.service.restoring import restore
from todo_mcp.service.retaining import HeldBackError
from todo_mcp.store import task_events
from todo_mcp.store.events import Position

STEPS = 14
_LATER = """
SELECT to_jsonb(e)::text FROM events e LEFT JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
WHERE o.created_at >= $1 OR (e.generation, e.tx, e.seq) > ($2::int, $3::xid8, $4::bigint)
ORDER BY e.generation, e.tx, e.seq
"""
# More than one event of a thing that could have gone; a closing whose occurrence is still to come stays.
_OLD = """
SELECT e.kind, e.subject_id, count(*) FROM events e
JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
WHERE o.created_at < $1 AND (e.generation, e.tx, e.seq) <= ($2::int, $3::xid8, $4::bigint)
  AND NOT (e.kind = 'task' AND e.subject_id IN (
    SELECT t.id FROM tasks t JOIN series s ON s.space_id = t.space_id AND s.id = t.series_id
    WHERE t.n = s.n AND t.status IN ('done', 'skipped') AND s.ended_at IS NULL))
GROUP BY 1, 2 HAVING count(*) > 1
"""


async def step(ada: Agent, home: Home, hands: Hands, chance: Chance, tasks: list[str]) -> None:
    """Something an agent does, and what the worker does about it."""
    hands.forward(hours=chance.random.randint(1, 30))
    await fire(home, hands)
    if chance.random.random() < 0.15:
        await ada.client.call_tool("undo", {"last": 1})
    elif chance.random.random() < 0.15:
        gone = chance.random.choice(tasks)
        await ada.client.call_tool("delete_tasks", {"ids": [gone], "confirm": True})
        await ada.client.call_tool("delete_tasks", {"ids": [gone], "purge": True, "confirm": True})
    else:
        await chance.act(ada, tasks)
    await follow(home, hands)


async def begun(ada: Agent) -> list[str]:
    fields = {"due": "2026-12-01T10:00", "reminders": ["-1d"], "subtasks": ["a", "b"]}
    return [
        await ada.add("Plain", tags=["home"], **fields),
        await ada.add("Daily", due="today 18:00", recurrence="every day", reminders=["-30m"]),
        await ada.add("Bare"),
    ]


@dataclass
class Past:
    """A history of which a part is old enough to go: what reads it found this before."""

    edge: datetime
    at: Position
    later: list[tuple[Any, ...]]
    rows: dict[str, list[tuple[Any, ...]]]
    sums: Statistics

    @classmethod
    async def of(cls, home: Home, hands: Hands, part: float) -> "Past":
        await aging.stamped(home.database)
        at = await aging.read_by(home.database, part=part)
        edge = hands() - timedelta(days=30)
        later = await sowing.rows(home.database, _LATER, edge, *at)
        return cls(edge, at, later, await aging.dump(home), await aging.statistics(home))

    async def unharmed(self, home: Home) -> None:
        await aging.well(home)
        assert await aging.statistics(home) == self.sums
        assert await sowing.rows(home.database, _LATER, self.edge, *self.at) == self.later
        assert await aging.dump(home) == self.rows


async def lived(
    ada: Agent, home: Home, hands: Hands, chance: Chance
) -> list[dict[tuple[str, int], dict[str, Any]]]:
    """Weeks of use, a pause, and a few calls after it: the states before and after each of those."""
    tasks = await begun(ada)
    for _ in range(STEPS):
        await step(ada, home, hands, chance, tasks)
    hands.forward(days=35)
    await fire(home, hands)
    states = [await snapshot(home)]
    for _ in range(4):
        hands.forward(seconds=1)
        await chance.act(ada, tasks)
        await follow(home, hands)
        states.append(await snapshot(home))
    return states


@pytest.mark.parametrize("seed", range(16))
async def test_whatever_was_done_a_cut_log_tells_the_same(
    home: Home, hands: Hands, seed: int
) -> None:
    chance = Chance(seed)
    dice = random.Random(seed)  # noqa: S311 (dice)
    async with agent(home, hands) as ada:
        states = await lived(ada, home, hands, chance)
        past = await Past.of(home, hands, dice.choice((0.3, 0.6, 1, 1)))
        for steps in (dice.randint(1, 6), dice.randint(1, 12)):
            await aging.cut(home, hands(), things=3, steps=steps)
            await past.unharmed(home)
        with suppress(HeldBackError):
            await aging.cut(home, hands(), things=3)
        await past.unharmed(home)
        assert await sowing.rows(home.database, _OLD, past.edge, *past.at) == []

        await aging.wipe(home)
        await restore(home.database, home.person.space, print, dry_run=False)
        await past.unharmed(home)
        for back in reversed(states[:-1]):
            hands.forward(seconds=1)
            await ada.call("undo", last=1)
            await follow(home, hands)
            assert_back_at(back, await snapshot(home))


async def test_one_thing_with_a_long_past_is_cut_piece_by_piece(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Often changed")
        for nth in range(230):
            hands.forward(seconds=1)
            await ada.call("update_tasks", ids=[task], title=f"Title {nth}")
    hands.forward(days=31)
    past = await Past.of(home, hands, 1)
    assert await aging.cut(home, hands(), steps=2) == 99
    await past.unharmed(home)
    assert await aging.cut(home, hands()) == 131
    await past.unharmed(home)
    [(version, type_)] = await sowing.rows(home.database, "SELECT version, type FROM events")
    assert (version, type_) == (231, "todo.task.snapshotted.v1")
    assert await aging.cut(home, hands()) == 0


_LONG = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, before, after,
  created_at)
SELECT $1, 1, gen_random_uuid(), 'task', 1, v, 1, 'todo.task.updated.v1',
  CASE WHEN v > 1 THEN jsonb_build_object('version', v - 1) END,
  jsonb_build_object('id', 1, 'version', v, 'title', 'Milk', 'list_id', 1, 'status', 'open',
    'created_at', '2026-11-23T09:00:00Z'), $2::timestamptz
FROM generate_series(1, $3::int) v
"""


async def test_statistics_made_while_the_log_is_cut_count_nothing_twice(
    home: Home, hands: Hands
) -> None:
    space, count = home.person.space, task_events.PAGE + 500
    await home.database.worker(_LONG, space, hands(), count)
    hands.forward(days=31)
    await aging.read_by(home.database)
    value = await aging.statistics(home)
    found = Statistics(zone=value.zone)
    async with aclosing(task_events.of_space(home.database, space, value.position)) as pages:
        async for page in pages:
            found = Statistics(
                zone=value.zone, days=statistics.follow(found, page, value.position).days
            )
            await aging.cut(home, hands())
    assert await sowing.rows(home.database, "SELECT count(*) FROM events") == [(1,)]
    assert found.days == value.days
    assert await aging.statistics(home) == value
