"""Random calls of every tool: none is a fault of the server, hangs, or writes where it is refused."""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult

from tests.fuzz.calls import Arguments, Maker, Schema
from tests.fuzz.footprint import Footprint, differing, footprints
from tests.fuzz.furnished import furnish, stranger
from tests.fuzz.verdict import MINE, faults
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import fire, follow
from todo_mcp.service.home import Home

pytestmark = pytest.mark.many

CALLS: Final = 330  # a seed and era: 5,280 in CI
SLOW_SECONDS: Final = 2.0
HANGS_SECONDS: Final = 10.0
REFUSED_MEDIAN_SECONDS: Final = 0.05
TOLD: Final = 4_000


@dataclass
class Walk:
    """One client that calls at random, and what it found."""

    home: Home
    hands: Hands
    client: Client
    footprint: Footprint
    maker: Maker
    schemas: dict[str, tuple[Schema, Schema]]
    before: dict[str, str] = field(default_factory=dict[str, str])
    refused: list[float] = field(default_factory=list[float])
    answered: int = 0

    async def step(self) -> None:
        if self.maker.rng.random() < 0.02:
            await self._time_passes()
        tool = self.maker.rng.choice(list(self.schemas))
        arguments = self.maker.call(tool, self.schemas[tool][0])
        if wrong := await self.try_out(tool, arguments):
            least = await self._smaller(tool, arguments, wrong)
            told = json.dumps(least)
            pytest.fail(f"{'; '.join(wrong)}\n{tool} {told[:TOLD]}")

    async def try_out(self, tool: str, arguments: Arguments) -> list[str]:
        """Call it; what was wrong with the answer and its effects."""
        schema, output = self.schemas[tool]
        started = perf_counter()
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                result = await self.client.call_tool(tool, arguments)
        except MCPError as error:
            return [f"an error of the protocol: {error}"]
        except TimeoutError:
            return [f"no answer within {HANGS_SECONDS} s"]
        took = perf_counter() - started
        found = faults(arguments, schema, output, result)
        if found:
            found.append(f"answer: {result.content}")
        after = await self.footprint.take()
        if result.is_error:
            self.refused.append(took)
            found += [f"refused, but wrote {table}" for table in differing(self.before, after)]
        else:
            self.answered += 1
            self._learn(result)
        self.before = after
        return found + await self._slow(tool, arguments, took)

    async def _slow(self, tool: str, arguments: Arguments, took: float) -> list[str]:
        """A call is slow if it is so again: the machine may have been busy with other things."""
        if took < SLOW_SECONDS:
            return []
        started = perf_counter()
        await self.client.call_tool(tool, arguments)
        self.before = await self.footprint.take()
        again = perf_counter() - started
        return [f"took {took:.1f} s, and {again:.1f} s again"] if again > SLOW_SECONDS else []

    def _learn(self, result: CallToolResult) -> None:
        data: dict[str, Any] = result.structured_content or {}
        known = self.maker.known
        known["op"] += [data["op"]] if "op" in data else []
        for task in data.get("tasks", ()):
            known["t"] += [task["id"]] if "id" in task else []
            known["r"] += re.findall(r"\br\d+", str(task.get("reminders", "")))

    async def _time_passes(self) -> None:
        """An hour or a few days later, with all that a worker does meanwhile."""
        self.hands.forward(hours=self.maker.rng.choice((0.1, 1, 30, 100)))
        self.maker.known["n"] += await fire(self.home, self.hands)
        await follow(self.home, self.hands)
        self.before = await self.footprint.take()

    async def _smaller(self, tool: str, arguments: Arguments, wrong: list[str]) -> Arguments:
        """Without the arguments that the fault does not need."""
        for name in list(arguments):
            fewer = {key: value for key, value in arguments.items() if key != name}
            if (await self.try_out(tool, fewer))[:1] == wrong[:1]:
                arguments = fewer
        return arguments


@asynccontextmanager
async def walking(home: Home, hands: Hands, era: Era, seed: int) -> AsyncGenerator[Walk]:
    rng = random.Random(f"{seed} {era}")
    maker = Maker(rng, await furnish(home, hands, MINE))
    _, maker.foreign = await stranger(home, hands)
    async with footprints(home.database.url) as footprint, agent(home, hands, era) as ada:
        listed = (await ada.client.list_tools()).tools
        schemas = {tool.name: (tool.input_schema, tool.output_schema or {}) for tool in listed}
        walk = Walk(home, hands, ada.client, footprint, maker, schemas)
        walk.before = await footprint.take()
        yield walk


async def test_no_call_is_a_fault_a_hang_or_a_write_that_was_refused(
    home: Home, hands: Hands, era: Era, seed: int, record_property: Any
) -> None:
    async with walking(home, hands, era, seed) as walk:
        for number in range(CALLS):
            try:
                await walk.step()
            except pytest.fail.Exception as failed:
                failed.msg = f"seed {seed}, {era}, call {number}: {failed.msg}"
                raise
        refused = sorted(walk.refused)
        median, late = refused[len(refused) // 2], refused[len(refused) * 99 // 100]
        record_property("refused", len(refused))
        record_property("refused_p50_ms", round(median * 1000, 1))
        record_property("refused_p99_ms", round(late * 1000, 1))
        assert walk.answered > CALLS // 10
        assert median < REFUSED_MEDIAN_SECONDS


async def test_nothing_of_another_space_is_seen_or_touched(
    home: Home, hands: Hands, era: Era
) -> None:
    rng = random.Random(era)
    other, foreign = await stranger(home, hands)
    maker = Maker(rng, {"t": foreign, "r": foreign, "n": foreign, "op": foreign}, foreign)
    async with footprints(home.database.url) as footprint, agent(home, hands, era) as ada:
        listed = (await ada.client.list_tools()).tools
        before = await footprint.rows_of(other.person.space)
        for tool in listed * 20:
            arguments = maker.valid(tool.input_schema)
            result = await ada.client.call_tool(tool.name, arguments)
            found = faults(arguments, tool.input_schema, tool.output_schema or {}, result)
            assert not found, (tool.name, arguments, result)
        assert await footprint.rows_of(other.person.space) == before
