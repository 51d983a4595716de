"""What a call of add_task costs the server, beside the SDK's own tool that echoes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from tools.bench.figures import Figure
from tools.bench.load import Batch
from tools.bench.processes import Load, bare_server, cpu_seconds, load, todo_server
from tools.bench.stage import Stage

ROUNDS: Final = 7
CALLS: Final = 320
CONNECTIONS: Final = 16
ECHO: Final = {"text": "Buy milk {n} on the way home"}
PLAIN: Final = {"title": "Buy milk {n} on the way home"}
USUAL: Final = PLAIN | {"due": "2027-03-{day}T17:{minute}"}
RICH: Final = PLAIN | {
    "due": "friday 5pm",
    "notes": "two bottles",
    "tags": ["home", "shop"],
    "reminders": ["-30m"],
}


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    pid: int
    batch: Batch


async def costs(client: Load, sides: Sequence[Side], rounds: int = ROUNDS) -> dict[str, float]:
    """Server CPU a call in microseconds: the median of batches, taken in turns."""
    found: dict[str, list[float]] = {side.name: [] for side in sides}
    for side in sides:
        await client.run(replace(side.batch, calls=100))
    for _ in range(rounds):
        for side in sides:
            before = cpu_seconds(side.pid)
            await client.run(side.batch)
            found[side.name].append((cpu_seconds(side.pid) - before) / side.batch.calls * 1e6)
    return {name: median(values) for name, values in found.items()}


async def measure(stage: Stage) -> list[Figure]:
    url = await stage.database("calls")
    async with (
        bare_server(stage.folder, url) as bare,
        todo_server(url, stage.folder) as todo,
        load(stage.folder) as client,
    ):
        echo = Batch(bare.port, "echo", ECHO, CONNECTIONS, CALLS)
        sides = [Side("echo", bare.pid, echo), Side("twice", bare.pid, replace(echo, tool="twice"))]
        for name, arguments in (("plain", PLAIN), ("usual", USUAL), ("rich", RICH)):
            batch = Batch(todo.port, "add_task", arguments, CONNECTIONS, CALLS)
            sides.append(Side(name, todo.pid, batch))
        cost = await costs(client, sides)
    base = cost["echo"]
    return [
        Figure.at_most("server CPU of add_task / of a bare echo", 1.6, cost["usual"] / base, "×"),
        Figure.told("… with a title only", cost["plain"] / base, "×"),
        Figure.told("… with a due in words, notes, tags and a reminder", cost["rich"] / base, "×"),
        Figure.told("… of a bare echo after two SELECT 1", cost["twice"] / base, "×"),
        Figure.told("… of the bare echo", base, "µs"),
    ]
