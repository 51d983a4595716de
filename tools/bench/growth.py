"""What the tools that write cost in a space of a million tasks, beside one of a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, Final

import asyncpg
from tools.bench.figures import Figure
from tools.bench.processes import cpu_seconds
from tools.bench.stage import Stage, settle

from todo_mcp.clock import utc_now
from todo_mcp.domain.updating import Edit
from todo_mcp.service import tasks, undoing
from todo_mcp.service.home import Home, open_home
from todo_mcp.service.work import Work

SMALL: Final = 1_000
LARGE: Final = 1_000_000
ROUNDS: Final = 20
CALLS: Final = 50
# One statement a table, as of a space that filled up over years: a tenth is open, a third has a due.
FILL: Final = (
    """
    INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
      due_on, created_at, updated_at, completed_at, search)
    SELECT $1::bigint, n, 1, format('Word%s of word%s and word%s', n % 997, n % 7919, n % 104729), $2,
      CASE WHEN n % 10 = 0 THEN 'open' ELSE 'done' END, (n % 4)::int, '{home}', '{}',
      CASE WHEN n % 3 = 0 THEN date '2024-01-01' + (n % 1000)::int END, at, at,
      CASE WHEN n % 10 <> 0 THEN at END,
      format($$'%s:word%s':1 '%s:word%s':2 '%s:word%s':3 '%s:home':4$$,
        $1::bigint, n % 997, $1, n % 7919, $1, n % 104729, $1)::tsvector
    FROM (SELECT n, timestamptz '2024-01-01' + n * interval '1 minute' AS at
      FROM generate_series(1::bigint, $3::bigint) n) made
    """,
    """
    INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
    SELECT $1, n, $2, '{"client": "bench"}', 'add_task', '{}', now()
    FROM generate_series(1::bigint, $3::bigint) n
    """,
    """
    INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, after, op)
    SELECT $1, 1, gen_random_uuid(), 'task', n, 1, n, 'todo.task.created.v1', '{}', n
    FROM generate_series(1::bigint, $2::bigint) n
    """,
)


Costs = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Space:
    home: Home
    backends: Sequence[int]


async def filled(url: str, size: int) -> Home:
    home = await open_home(url, user="ada", zone="Europe/Vienna", space=None)
    [inbox] = await home.database.worker("SELECT id FROM lists WHERE inbox")
    connection = await asyncpg.connect(url)
    space, user = home.person.space, home.person.user
    for text, *arguments in (
        (FILL[0], space, inbox["id"], size),
        (FILL[1], space, user, size),
        (FILL[2], space, size),
    ):
        await connection.execute(text, *arguments)
    for kind in ("task", "operation"):
        await connection.execute(f"SELECT setval('{kind}_ids', {size + 1})")
    await connection.execute("CHECKPOINT")
    await connection.close()
    await settle(url)
    return home


def _work(home: Home, tool: str, **fields: Any) -> Work:
    return Work(home.database, home.person, utc_now(), tool, {"client": "bench"}, fields)


async def add(home: Home, number: int) -> None:
    fields: dict[str, Any] = {"title": f"Buy milk {number} on the way home", "due": "friday 5pm"}
    await tasks.add(_work(home, "add_task", **fields), fields, [])


async def update(home: Home, number: int) -> None:
    work = _work(home, "update_tasks", number=number)
    await tasks.update(
        work, [f"t{1 + number % SMALL}"], Edit({"title": f"Buy bread {number}"}), None
    )


async def complete(home: Home, number: int) -> None:
    """And open it again, in turn: a thousand have only so many that are open."""
    action = "reopen" if number % 2 else "complete"
    work = _work(home, "complete_tasks", number=number)
    await tasks.complete(
        work, [f"t{10 + number // 2 % 50 * 10}"], action, None, with_subtasks=False
    )


async def undo(home: Home, number: int) -> None:
    """The last of a million operations; what was undone is not undone again."""
    await undoing.undo(_work(home, "undo", number=number), None, None, force=True)


TOOLS: Final = {"add_task": add, "update_tasks": update, "complete_tasks": complete, "undo": undo}


async def batch(home: Home, tool: str, numbers: range) -> float:
    """Seconds for one call, in the median, from its arguments to its answer."""
    took: list[float] = []
    for number in numbers:
        begun = perf_counter()
        await TOOLS[tool](home, number)
        took.append(perf_counter() - begun)
    return median(took)


async def warmed(home: Home) -> Space:
    for tool in TOOLS:
        await batch(home, tool, range(CALLS))
    connection = await asyncpg.connect(home.database.url)  # roles without rights see less
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    await connection.close()
    return Space(home, [row["pid"] for row in rows])


async def compare(space: Space, costs: dict[str, Costs], start: int) -> None:
    """Latency and CPU of the database, in seconds a call, of a batch of each tool."""
    for tool, found in costs.items():
        before = sum(map(cpu_seconds, space.backends))
        took = await batch(space.home, tool, range(start, start + CALLS))
        found.append((took, (sum(map(cpu_seconds, space.backends)) - before) / CALLS))


async def measure(stage: Stage) -> list[Figure]:
    small = await filled(await stage.database("small"), SMALL)
    large = await filled(await stage.database("large"), LARGE)
    costs = [(await warmed(home), {tool: Costs() for tool in TOOLS}) for home in (small, large)]
    for turn in range(1, ROUNDS + 1):
        for space, found in costs:
            await compare(space, found, turn * CALLS)
    for home in (small, large):
        await home.database.close()
    figures: list[Figure] = []
    for tool in TOOLS:
        (few, few_cpu), (many, many_cpu) = (
            [median(column) for column in zip(*found[tool], strict=True)] for _, found in costs
        )
        figures += [
            Figure.at_most(f"{tool} at 1,000,000 tasks / at 1,000, latency", 1.15, many / few, "×"),
            Figure.told("… CPU of the database", many_cpu / few_cpu, "×"),
            Figure.told("… latency at 1,000 tasks", few * 1e6, "µs"),
        ]
    return figures
