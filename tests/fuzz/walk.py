"""A walk: seeded steps on one space, each predicted, made, and compared with what came to be."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import asyncpg

from tests.fuzz import comparing, ledger, moves
from tests.fuzz.moves import Move, Situation
from tests.fuzz.predict import No, Prediction
from tests.fuzz.world import World, look
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.signals import eventually
from todo_mcp import ids
from todo_mcp.messaging.envelope import wrap
from todo_mcp.messaging.local import LocalBus
from todo_mcp.service.home import Home
from todo_mcp.store import events, timers
from todo_mcp.worker.handlers import handlers

SINK = "walk"
CLOSED = frozenset({"done", "skipped"})


class WrongError(Exception):
    """What came to be is not what had to be."""


@dataclass
class Done:
    """The last operation, as long as nothing came between that undo would meet."""

    op: str
    before: World
    after: World


@dataclass
class Walk:
    home: Home
    hands: Hands
    ada: Agent
    connection: "asyncpg.Connection[asyncpg.Record]"
    inbox: int
    world: World = field(default_factory=World)
    done: Done | None = None
    ops: list[str] = field(default_factory=list[str])
    closings: dict[int, datetime] = field(default_factory=dict[int, datetime])
    keys: int = 0
    log: list[str] = field(default_factory=list[str])

    async def step(self, seed: int) -> None:
        rng = Random(seed)
        drawn = rng.random()
        if drawn < 0.1:
            await self._time_passes(rng)
        elif drawn < 0.22:
            await self._drain()
        elif drawn < 0.32:
            await self._undo(rng)
        elif drawn < 0.4:
            await self._read(rng)
        else:
            await self._write(rng)

    async def check(self) -> None:
        """What holds of tables and log at any time."""
        found = await ledger.breaches(
            self.connection, self.home.person.space, caught_up=not self.closings
        )
        if found:
            raise WrongError("\n".join(found))

    # Writing

    async def _write(self, rng: Random) -> None:
        make = rng.choices([m for m, _ in moves.WRITES], [w for _, w in moves.WRITES])[0]
        move = make(Situation(rng, self.world, self.hands(), self.inbox))
        expected = self._predicted(move)
        if rng.random() < 0.1:
            await self._rehearsed(move, expected)
            return
        key = rng.random() < 0.2
        if key:
            self.keys += 1
            move = replace(
                move, arguments=move.arguments | {"idempotency_key": f"walk-{self.keys:04}"}
            )
        answer = await self._made(move, expected)
        if key and answer is not None:
            await self._repeated(move, answer)

    def _predicted(self, move: Move) -> Prediction | None:
        """None where it has to be refused."""
        prediction = Prediction(self.world, self.hands())
        try:
            move.predict(prediction)
        except No:
            return None
        return prediction

    async def _made(self, move: Move, expected: Prediction | None) -> dict[str, Any] | None:
        before = self.world
        answer = await self._call(move.tool, move.arguments, refused=expected is None)
        await self._compare(expected.world if expected else before)
        if answer is None or expected is None:
            self._same_versions(before)
            return None
        self._answered(answer, expected, before)
        return answer

    def _answered(self, answer: dict[str, Any], expected: Prediction, before: World) -> None:
        """Versions and failures as told are those that are."""
        told = {ids.parse(t["id"], "task", "id"): t["version"] for t in answer["tasks"]}
        there = self.world.tasks
        held = {n: there[n].version if n in there else told[n] for n in told}  # or purged
        failed = [failure["id"] for failure in answer["failures"]]
        if told != held:
            raise WrongError(f"versions are {held}, and the answer says {told}")
        if failed != [f"t{number}" for number in expected.refused]:
            raise WrongError(f"failures are {failed}, not {expected.refused}")
        if "op" in answer:
            self.ops.append(answer["op"])
            purged = before.tasks.keys() - self.world.tasks.keys()
            self.done = None if purged else Done(answer["op"], before, self.world)
        else:
            self._same_versions(before)
        self._remember_closings(before)

    def _same_versions(self, before: World) -> None:
        for number, task in before.tasks.items():
            now = self.world.tasks.get(number)
            if now is None or now.version != task.version:
                raise WrongError(f"t{number} has another version, and nothing was to be written")

    def _remember_closings(self, before: World) -> None:
        for task in self.world.tasks.values():
            old = before.tasks.get(task.id)
            if task.status not in CLOSED or task.series is None or old is None:
                continue
            if old.status != task.status:
                self.closings[task.id] = self.hands()

    async def _rehearsed(self, move: Move, expected: Prediction | None) -> None:
        """A dry run answers what the real call does, and writes nothing."""
        before = self.world
        dry = await self._call(
            move.tool, move.arguments | {"dry_run": True}, refused=expected is None
        )
        await self._compare(before)
        self._same_versions(before)
        real = await self._made(move, expected)
        if dry is not None and real is not None and _bare(dry) != _bare(real):
            raise WrongError(f"the dry run said {_bare(dry)}, the call {_bare(real)}")

    async def _repeated(self, move: Move, first: dict[str, Any]) -> None:
        """The same call again has the same answer and no effect; another with its key is refused."""
        before = self.world
        again = await self._call(move.tool, move.arguments, refused=False)
        if again != first | {"replayed": True}:
            raise WrongError(f"the repeated call answered {again}, the first {first}")
        twist = (
            {"title": "Other"} if "title" in move.arguments else {"ids": ["t1", "t2"], "id": "t3"}
        )
        other = {name: twist.get(name, value) for name, value in move.arguments.items()}
        if other != move.arguments:
            await self._call(move.tool, other, refused=True)
        await self._compare(before)
        self._same_versions(before)

    # Undoing

    async def _undo(self, rng: Random) -> None:
        done, before = self.done, self.world
        if done is not None and rng.random() < 0.75:
            expected = _taken_back(done, self.world)
            answer = await self._call("undo", {"op": done.op}, refused=False)
            await self._compare(expected)
            assert answer is not None
            self._remember_closings(before)
            self._settle_closings()
            self.done = Done(answer["op"], before, self.world)
        elif self.ops:
            sent: dict[str, Any] = {"op": rng.choice(self.ops[-12:])}
            if rng.random() < 0.3:
                sent["force"] = True
            answer = await self._call("undo", sent)
            self.done = None
            self.world = await look(self.connection, self.home.person.space)
            if answer is None:
                self._same_versions(before)
            self._remember_closings(before)
            self._settle_closings()
        else:
            return
        self.ops += [answer["op"]] if answer and "op" in answer else []

    def _settle_closings(self) -> None:
        """Undo may have opened again what was closed."""
        for number in list(self.closings):
            if self.world.tasks[number].status not in CLOSED:
                del self.closings[number]

    # What happens by itself

    async def _time_passes(self, rng: Random) -> None:
        before = self.hands()
        self.hands.forward(minutes=rng.choice((1, 20, 90, 600, 1_500, 4_000, 14_400)))
        waiting = [r.fire_at for r in self.world.reminders.values() if r.state == "pending"]
        if waiting and rng.random() < 0.6:  # to where it matters: just before the next, and at it
            around = min(waiting) - timedelta(minutes=rng.choice((0, 1)))
            self.hands.now = max(before, around)
        self.log.append(f"it is {self.hands()}")
        self.done = None
        expected = Prediction(self.world, self.hands())
        expected.fire()
        while await timers.fire(partial(self._as_of_now)):
            pass
        await self._compare(expected.world)

    async def _as_of_now(self, sql: str) -> list[Any]:
        """The timers' statement at the time of the walk, not of the database's clock."""
        assert "now()" in sql
        return await self.home.database.worker(
            sql.replace("now()", "$1::timestamptz"), self.hands()
        )

    async def _drain(self) -> None:
        """The relay and the handlers do what is left for them."""
        self.log.append("the worker catches up")
        expected, before = self.world, self.done.before if self.done else World()
        for number, at in self.closings.items():
            if number in before.tasks and before.tasks[number].status in CLOSED:
                self.done = None  # what follows, follows from an operation before
            if number not in expected.tasks:
                continue
            prediction = Prediction(expected, at)
            prediction.roll_over(number)
            expected = _apart(prediction.world, expected)
        await eventually(self._published)
        entangled = any(self._below_another(number) for number in self.closings)
        self.closings.clear()
        if entangled:
            self.done = None
            self.world = await look(self.connection, self.home.person.space)
            return
        await self._compare(expected)
        if self.done is not None:
            self.done.after = self.world

    def _below_another(self, number: int) -> bool:
        """Whether something above closed too: then it depends on which of both is handled first."""
        task = self.world.tasks.get(number)
        while task is not None and task.parent is not None:
            if task.parent in self.closings:
                return True
            task = self.world.tasks.get(task.parent)
        return False

    async def _published(self) -> bool:
        """Hand on what is in the log; whether that is all, and no transaction elsewhere hides more."""
        run = self.home.database.worker
        bus = LocalBus(self.home.database, handlers(self.home.database), pauses=())
        at = await events.position(run, SINK)
        while batch := await events.read(run, at):
            await bus.publish([wrap(entry) for entry in batch])
            at = batch[-1].position
            await events.move(run, SINK, at)
        return not await events.waiting(run, at)

    # Reading

    async def _read(self, rng: Random) -> None:
        numbers = rng.sample(sorted(self.world.tasks), min(10, len(self.world.tasks)))
        if not numbers:
            return
        answer = await self._call("get_tasks", {"ids": moves.names(numbers)}, refused=False)
        assert answer is not None
        for number, row in zip(numbers, answer["tasks"], strict=True):
            if wrong := comparing.told(self.world, number, row):
                raise WrongError(f"get_tasks tells of t{number}: {wrong}")
        context = await self._call("get_context", {}, refused=False)
        assert context is not None
        if wrong := comparing.overview(self.world, self.hands(), context):
            raise WrongError(f"get_context tells {wrong}")
        await self._search(rng)

    async def _search(self, rng: Random) -> None:
        query, fits = rng.choice(comparing.QUERIES)
        expected = {t.id for t in self.world.tasks.values() if fits(t, self.world, self.hands())}
        # A tag that no task has is refused, as it is a slip of the pen mostly.
        refused = None if query.startswith("tag:") and not expected else False
        answer = await self._call("search_tasks", {"query": query, "limit": 100}, refused=refused)
        if answer is None:
            return
        found = {ids.parse(row["id"], "task", "id") for row in answer["tasks"]}
        # Where nothing matches, a search forgives typos and tells what comes near.
        if expected and (found != expected or answer["total"] != len(expected)):
            raise WrongError(f"{query} finds {found} ({answer['total']}), not {expected}")

    # Calling and comparing

    async def _call(
        self, tool: str, arguments: dict[str, Any], *, refused: bool | None = None
    ) -> dict[str, Any] | None:
        """The answer, or None where it is refused as it has to be (or may be)."""
        self.log.append(f"{tool} {json.dumps(arguments, ensure_ascii=False)}")
        result = await self.ada.client.call_tool(tool, arguments)
        said = str(getattr(result.content[0], "text", ""))
        self.log.append(f"    {said.partition(chr(10))[0][:200]}")
        if "fault of the server" in said:
            raise WrongError(said)
        if refused is not None and result.is_error is not refused:
            raise WrongError(f"should {'' if refused else 'not '}be refused: {said}")
        return None if result.is_error else dict(result.structured_content or {})

    async def _compare(self, expected: World) -> None:
        actual = await look(self.connection, self.home.person.space)
        found = comparing.differences(comparing.bound(expected, actual), actual)
        self.world = actual
        if found:
            raise WrongError("\n".join(found))


def _apart(world: World, before: World) -> World:
    """With numbers for what is new that the next prediction does not use again."""
    step = 1_000 * (1 + len(before.tasks) + len(before.reminders))

    def far(number: int) -> int:
        return number - step if -1_000 < number < 0 else number

    return replace(
        world,
        tasks={far(t.id): replace(t, id=far(t.id), parent=None if t.parent is None else far(t.parent))
               for t in world.tasks.values()},
        reminders={far(r.id): replace(r, id=far(r.id), task=far(r.task)) for r in world.reminders.values()},
    )  # fmt: skip


def _taken_back(done: Done, now: World) -> World:
    """As before; what the operation made goes: tasks to the trash, reminders of others removed."""
    expected = done.before.copy()
    for number, task in now.tasks.items():
        if number not in expected.tasks:
            expected.tasks[number] = replace(task, trashed=True)
    for number, row in now.series.items():
        if number not in expected.series:
            expected.series[number] = replace(row, ended=True)
    for number, row in now.reminders.items():
        if number not in expected.reminders:
            made = row.task not in done.before.tasks
            state = "removed" if not made else "cancelled" if row.state == "pending" else row.state
            expected.reminders[number] = replace(row, state=state)
    return expected


def _bare(answer: dict[str, Any]) -> str:
    """Without what only a call that writes can say."""
    kept = {name: value for name, value in answer.items() if name not in ("op", "dry_run")}
    tasks = [
        {k: v for k, v in task.items() if k not in ("id", "reminders", "subtasks")}
        for task in kept["tasks"]
    ]
    bare = kept | {"tasks": tasks}
    if "warnings" in kept:  # of a new task they begin with its id
        bare["warnings"] = [re.sub(r"^t\d+: ", "", warning) for warning in kept["warnings"]]
    return json.dumps(bare, sort_keys=True)


@asynccontextmanager
async def walking(home: Home, hands: Hands, era: Era) -> AsyncGenerator[Walk]:
    connection = await asyncpg.connect(home.database.url)
    try:
        async with agent(home, hands, era) as ada:
            inbox = await connection.fetchval(
                "SELECT id FROM lists WHERE space_id = $1", home.person.space
            )
            yield Walk(home, hands, ada, connection, inbox)
    finally:
        await connection.close()
