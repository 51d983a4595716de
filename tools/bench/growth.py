"""What add_task costs in a space of a million tasks, beside one of a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any, Final

import asyncpg
from tools.bench.figures import Figure
from tools.bench.processes import cpu_seconds
from tools.bench.stage import Stage, settle

from todo_mcp.clock import utc_now
from todo_mcp.service import tasks
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


async def add(home: Home, number: int) -> float:
    """Seconds for one call, from its arguments to its answer."""
    fields: dict[str, Any] = {"title": f"Buy milk {number} on the way home", "due": "friday 5pm"}
    begun = perf_counter()
    work = Work(home.database, home.person, utc_now(), "add_task", {"client": "bench"}, fields)
    await tasks.add(work, fields, [])
    return perf_counter() - begun


async def warmed(home: Home) -> Space:
    for number in range(CALLS):
        await add(home, number)
    connection = await asyncpg.connect(home.database.url)  # roles without rights see less
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    await connection.close()
    return Space(home, [row["pid"] for row in rows])


async def compare(spaces: dict[str, Space]) -> dict[str, tuple[float, float]]:
    """Latency and CPU of the database, in seconds a call: medians of batches taken in turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in spaces}
    numbers = count(CALLS)
    for _ in range(ROUNDS):
        for name, space in spaces.items():
            before = sum(map(cpu_seconds, space.backends))
            took = [await add(space.home, next(numbers)) for _ in range(CALLS)]
            used = sum(map(cpu_seconds, space.backends)) - before
            found[name].append((median(took), used / CALLS))
    return {
        name: (median(item[0] for item in values), median(item[1] for item in values))
        for name, values in found.items()
    }


async def measure(stage: Stage) -> list[Figure]:
    small = await filled(await stage.database("small"), SMALL)
    large = await filled(await stage.database("large"), LARGE)
    spaces = {"small": await warmed(small), "large": await warmed(large)}
    cost = await compare(spaces)
    for home in (small, large):
        await home.database.close()
    (few, few_cpu), (many, many_cpu) = cost["small"], cost["large"]
    return [
        Figure.at_most("add_task at 1,000,000 tasks / at 1,000, latency", 1.15, many / few, "×"),
        Figure.told("… CPU of the database", many_cpu / few_cpu, "×"),
        Figure.told("… latency at 1,000 tasks", few * 1e6, "µs"),
    ]
