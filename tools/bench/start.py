"""A stdio server from spawn to the answer of tools/list, and its memory at rest."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from tools.bench.figures import Figure
from tools.bench.load import META
from tools.bench.processes import cpu_seconds, memory_mib, process
from tools.bench.stage import Stage

from todo_mcp.store import embedded

ROUNDS: Final = 7
PATIENCE_SECONDS: Final = 60
SETTLED_SECONDS: Final = 3
BARE: Final = ("-m", "tools.bench.bare")
LIST: Final = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}


def ours(folder: Path) -> Sequence[str]:
    return ("-m", "todo_mcp", "--data-dir", str(folder), "--timezone", "Europe/Vienna")


async def ask(server: Process, message: dict[str, Any]) -> dict[str, Any]:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(message).encode() + b"\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        return json.loads(await server.stdout.readline())


async def start(arguments: Sequence[str], log: Path) -> tuple[float, float]:
    """Seconds until the tools are listed, and the CPU seconds of the process till then."""
    begun = perf_counter()
    async with process(*arguments, log=log, stdin=PIPE, stdout=PIPE) as server:
        answer = await ask(server, LIST)
        took = perf_counter() - begun, cpu_seconds(server.pid)
    assert answer["result"]["tools"], answer
    return took


async def at_rest(folder: Path, log: Path) -> tuple[float, float]:
    """Memory of a process that has answered a call, has its worker running, and waits."""
    call = {
        "name": "add_task",
        "arguments": {"title": "Rest", "due": "friday 5pm", "reminders": ["-30m"]},
        "_meta": META,
    }
    message = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call}
    async with process(*ours(folder), log=log, stdin=PIPE, stdout=PIPE) as server:
        answer = await ask(server, message)
        assert "op" in answer["result"].get("structuredContent", ()), answer
        await asyncio.sleep(SETTLED_SECONDS)
        return memory_mib(server.pid)


async def measure(stage: Stage) -> list[Figure]:
    folder, log = stage.folder / "laptop", stage.folder / "stdio.log"
    sides: dict[str, Sequence[str]] = {"bare": BARE, "ours": ours(folder)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    try:
        first, _ = await at_rest(folder, log)
        resident, shared = await at_rest(folder, log)
        for _ in range(ROUNDS):
            for name, arguments in sides.items():
                found[name].append(await start(arguments, log))
    finally:
        await embedded.stop(folder)
    bare, todo = ([median(values) for values in zip(*found[name], strict=True)] for name in sides)
    return [
        Figure.at_most(
            "stdio from spawn to tools/list / a bare server", 1.3, todo[0] / bare[0], "×"
        ),
        Figure.told("… CPU of the process", todo[1] / bare[1], "×"),
        Figure.told("… the bare server", bare[0] * 1000, "ms"),
        Figure.at_most("memory of the stdio process at rest, resident", 120, resident, "MiB"),
        Figure.told("… with shared pages divided", shared, "MiB"),
        Figure.told("… of the one that made the database, resident", first, "MiB"),
    ]
