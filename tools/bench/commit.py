"""The commit statement beside its prototype, and the smallest insert of task, operation and event."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any, Final

import asyncpg
from tools.bench import prototype
from tools.bench.figures import Figure
from tools.bench.processes import cpu_seconds
from tools.bench.stage import Stage

from todo_mcp import ids
from todo_mcp.domain.change import event_of
from todo_mcp.domain.lexemes import task_vector
from todo_mcp.domain.operation import Operation
from todo_mcp.domain.reminder import Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Task
from todo_mcp.service.home import Home, open_home
from todo_mcp.store.commit import statement
from todo_mcp.store.search_text import new_words

ROUNDS: Final = 30
CALLS: Final = 100
NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SMALLEST: Final = """
WITH t AS (
  INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
    created_at, updated_at, due_on, due_time, due_at, zone, search)
  VALUES ($1, $2, 1, $3, $4, 'open', 0, $5, '{}', now(), now(), $6::timestamptz::date,
    $6::timestamptz::time, $6, 'UTC', $7::text::tsvector)),
o AS (
  INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
  VALUES ($1, $2, $8, '{}', 'add_task', '{}', now()))
INSERT INTO events (space_id, generation, id, kind, subject_id, version, type, after, op)
VALUES ($1, (SELECT generation FROM log), $9, 'task', $2, 1, 'todo.task.created.v1', $10::jsonb, $2)
"""
PREPARE: Final = (
    "SET ROLE todo_app; SET TimeZone = 'UTC'; SET enable_seqscan = off; SET enable_hashjoin = off; "
    "SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan; "
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose rows are written, and the numbers they get."""

    space: int
    user: int
    inbox: int
    numbers: Iterator[int]


def new_task(place: Place) -> Task:
    number = next(place.numbers)
    due = NOW + timedelta(minutes=number % 100_000)
    return Task(
        id=number,
        title=f"Buy milk {number} on the way home",
        list_id=place.inbox,
        tags=("home",),
        due_on=due.date(),
        due_time=due.timetz().replace(tzinfo=None),
        due_at=due,
        zone="UTC",
        created_at=NOW,
        updated_at=NOW,
    )


def documents(place: Place, *, reminder: bool = True, words: bool = True) -> tuple[str, str]:
    """What add_task commits for a task: nothing expected, four or five tables written."""
    task = new_task(place)
    rows: list[tuple[Row, str]] = [(task, "created")]
    if reminder and task.due_at is not None:
        told = Reminder(
            id=task.id, task_id=task.id, user_id=place.user, spec="-30m", fire_at=task.due_at
        )
        rows.append((told, "set"))
    events = [
        event_of(row, None, verb, new_id=ids.event_id, op=task.id, trace=None) for row, verb in rows
    ]
    written: dict[str, Any] = {row.table: [row.image()] for row, _ in rows}
    written["tasks"][0]["search"] = task_vector(place.space, task)
    if words:
        new = sorted(new_words(task, None))
        written["words"] = [{"word": word, "grams": keys(place.space, word)} for word in new]
    written["operations"] = [operation(place, task).model_dump(mode="json")]
    written["events"] = [event.model_dump(mode="json") for event in events]
    return "{}", json.dumps(written)


def operation(place: Place, task: Task) -> Operation:
    return Operation(
        id=task.id,
        user_id=place.user,
        actor={"client": "bench"},
        tool="add_task",
        result={"op": f"op{task.id}", "tasks": [{"id": f"t{task.id}", "title": task.title}]},
        created_at=NOW,
    )


WRITTEN: Final = frozenset({"tasks", "reminders", "operations", "events"})
COMMIT: Final = statement(frozenset[str](), WRITTEN)
COMMIT_WORDS: Final = statement(frozenset[str](), WRITTEN | {"words"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one statement: seconds until the answer, and CPU seconds of the server's process."""

    latency: float
    cpu: float


async def place_of(home: Home, start: int = 10**9) -> Place:
    [row] = await home.database.worker(
        "SELECT id FROM lists WHERE space_id = $1 AND inbox", home.person.space
    )
    return Place(home.person.space, home.person.user, row["id"], count(start))


async def compare(
    connection: "asyncpg.Connection[Any]",
    ways: dict[str, Callable[[], Sequence[Any]]],
    rounds: int = ROUNDS,
) -> dict[str, list[Cost]]:
    """Of batches taken in turns; a way makes the text and arguments of a statement."""
    pid: int = await connection.fetchval("SELECT pg_backend_pid()")
    found: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, make in ways.items():
            calls = [make() for _ in range(CALLS)]
            found[name].append(await _batch(connection, calls, pid))
    return found


def ratio(costs: Sequence[Cost], least: Sequence[Cost]) -> Cost:
    """Batch beside batch: the machine is at times faster and at times slower."""
    pairs = list(zip(costs, least, strict=True))
    return Cost(
        median(a.latency / b.latency for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs)
    )


async def _batch(
    connection: "asyncpg.Connection[Any]", calls: Sequence[Sequence[Any]], pid: int
) -> Cost:
    took: list[float] = []
    before = cpu_seconds(pid)
    for call in calls:
        begun = perf_counter()
        await connection.fetch(*call)
        took.append(perf_counter() - begun)
    return Cost(median(took), (cpu_seconds(pid) - before) / len(calls))


def smallest(place: Place) -> Sequence[Any]:
    task = new_task(place)
    vector = task_vector(place.space, task)
    after = json.dumps({"title": "x" * 200})
    return (
        SMALLEST, place.space, task.id, task.title, place.inbox, list(task.tags), task.due_at, vector,
        place.user, ids.event_id(), after,
    )  # fmt: skip


async def measure(stage: Stage) -> list[Figure]:
    home = await open_home(
        await stage.database("commit"), user="ada", zone="Europe/Vienna", space=None
    )
    place = await place_of(home)
    connection = await asyncpg.connect(home.database.url)
    await connection.execute(PREPARE + f"SELECT set_config('app.space_id', '{place.space}', false)")
    before = prototype.text()
    cost = await compare(
        connection,
        {
            "smallest": lambda: smallest(place),
            "ours": lambda: (COMMIT, place.space, *documents(place, words=False)),
            "words": lambda: (COMMIT_WORDS, place.space, *documents(place)),
            "prototype": lambda: (before, place.space, *documents(place, words=False)),
        },
    )
    await connection.close()
    await home.database.close()
    least, first = cost["smallest"], cost["prototype"]
    beside, whole = ratio(cost["ours"], first), ratio(cost["words"], first)
    ours = ratio(cost["ours"], least)
    return [
        Figure.at_most(
            "commit of task and reminder / its prototype, CPU of the database", 1, beside.cpu, "×"
        ),
        Figure.at_most("… with the vocabulary that searching wants", 1, whole.cpu, "×"),
        Figure.told("… latency", beside.latency, "×"),
        Figure.told("… / the smallest insert, CPU of the database", ours.cpu, "×"),
        Figure.told("… CPU of the smallest", median(c.cpu for c in least) * 1e6, "µs"),
    ]
