"""Spans of calls, for a process that was started with a tracer.

Red with: the SDK's middleware taken out where a tracer is set.
"""

import subprocess
import sys
from typing import Final

# A process keeps the first tracer it is given, so this one is of its own.
TRACED: Final = """
import asyncio

from mcp import Client
from opentelemetry import trace

names = []


class Tracer(trace.NoOpTracer):
    def start_as_current_span(self, name, *more, **given):
        names.append(name)
        return super().start_as_current_span(name, *more, **given)


class Provider(trace.TracerProvider):
    def get_tracer(self, *more, **given):
        return Tracer()


trace.set_tracer_provider(Provider())

from tests.server.small import small_server


async def main():
    async with Client(small_server()) as client:
        await client.call_tool("search", {"query": "milk"})


asyncio.run(main())
print(names)
"""


def test_a_process_with_a_tracer_traces_its_calls() -> None:
    done = subprocess.run(  # noqa: S603 (our own text)
        [sys.executable, "-c", TRACED], capture_output=True, check=True, text=True
    )
    assert "'tools/call search'" in done.stdout
