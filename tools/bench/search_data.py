"""A million tasks to search in: words of a Zipf-like vocabulary, three years of history."""

import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Any, Final

import asyncpg

from todo_mcp.domain.lexemes import comment_vector, task_vector
from todo_mcp.domain.spelling import keys
from todo_mcp.domain.task import Priority, Status, Task

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY: Final = NOW.date()
VOCABULARY: Final = 30_000
LISTS: Final = 30
TAGS: Final = ("home", "work", "errand", "later", "phone", "office", "garden", "kids", "health")
ALL_TAGS: Final = (*TAGS, *(f"topic/{n}" for n in range(51)))
_CONSONANTS: Final = "bcdfghjklmnprstvwz"
_VOWELS: Final = "aeiou"


@dataclass(frozen=True)
class Layout:
    """`tasks` of every space; space n has list ids from n * 1000 on."""

    spaces: int
    tasks: int


def vocabulary(count: int = VOCABULARY) -> list[str]:
    """Pronounceable words, common ones short; always the same."""
    rng = random.Random(7)
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = 2 + (len(found) > count // 60) + (rng.random() < 0.3)
        word = "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(syllables))
        found[word + rng.choice(("", "n", "r", "s", "t"))] = None
    return list(found)


WORDS: Final = vocabulary()
_WEIGHTS: Final = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
_TAG_WEIGHTS: Final = list(accumulate(1 / (rank + 1) for rank in range(len(ALL_TAGS))))


def text_of(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(WORDS, cum_weights=_WEIGHTS, k=count))


def task(rng: random.Random, number: int, layout: Layout, space: int) -> Task:
    """The `number`-th task of a space; later ones are newer."""
    age = timedelta(days=1000) * (1 - number / layout.tasks)
    created = NOW - age - timedelta(seconds=rng.random() * 3600)
    status = _status(rng, age)
    closed = status in (Status.DONE, Status.CANCELLED, Status.SKIPPED)
    ended = created + age * rng.random()
    due = _due(rng, created, closed=closed)
    timed = due is not None and rng.random() < 0.4
    base = space * 10_000_000
    return Task(
        id=base + number + 1,
        version=1,
        title=text_of(rng, rng.randint(2, 7)).capitalize(),
        notes=text_of(rng, rng.randint(5, 30)) if rng.random() < 0.25 else None,
        list_id=space * 1000 + min(int(rng.paretovariate(0.7)), LISTS),
        parent_id=base + number // 10 * 10 + 1 if number % 10 in (3, 7) else None,
        status=status,
        priority=Priority(rng.choices((0, 1, 2, 3), (70, 8, 12, 10))[0]),
        tags=_tags(rng),
        start_on=due - timedelta(days=3) if due and rng.random() < 0.1 else None,
        due_on=due,
        due_time=time(17) if timed else None,
        due_at=datetime(due.year, due.month, due.day, 17, tzinfo=UTC) if due and timed else None,
        zone="UTC" if timed else None,
        deadline_on=due + timedelta(days=7) if due and rng.random() < 0.05 else None,
        estimate_seconds=1800 if rng.random() < 0.1 else None,
        assignee=space if rng.random() < 0.05 else None,
        blocked_by=(base + number,) if number % 25 == 24 else (),
        created_at=created,
        updated_at=max(created, ended) if closed else created + age * rng.random() ** 4,
        completed_at=ended if closed else None,
        deleted_at=ended if rng.random() < 0.01 else None,
    )


def _tags(rng: random.Random) -> tuple[str, ...]:
    count = rng.choices((0, 1, 2, 3), (40, 35, 18, 7))[0]
    return tuple(dict.fromkeys(rng.choices(ALL_TAGS, cum_weights=_TAG_WEIGHTS, k=count)))


def _status(rng: random.Random, age: timedelta) -> Status:
    if rng.random() < 0.15 + 0.5 * (age < timedelta(days=300)):
        return Status.STARTED if rng.random() < 0.02 else Status.OPEN
    return rng.choices((Status.DONE, Status.CANCELLED, Status.SKIPPED), (94, 4, 2))[0]


def _due(rng: random.Random, created: datetime, *, closed: bool) -> date | None:
    if rng.random() < 0.5:
        return None
    around = created.date() if closed else TODAY
    return around + timedelta(days=int(rng.gauss(5, 60)))


def rows(layout: Layout, columns: Sequence[str]) -> Iterator[str]:
    """Lines of COPY's text form."""
    for space in range(1, layout.spaces + 1):
        rng = random.Random(space)
        for number in range(layout.tasks):
            made = task(rng, number, layout, space)
            values = {**made.model_dump(), "search": task_vector(space, made), "space_id": space}
            yield "\t".join(_field(values[name]) for name in columns) + "\n"


def comments(layout: Layout) -> Iterator[str]:
    """A comment for every fiftieth task: space, id, task, user, text, time, vector."""
    for space in range(1, layout.spaces + 1):
        rng = random.Random(-space)
        for number in range(0, layout.tasks, 50):
            said = text_of(rng, 8)
            identity = space * 10_000_000 + number + 1
            fields = (space, identity, identity, space, said, NOW, comment_vector(space, said))
            yield "\t".join(_field(field) for field in fields) + "\n"


def _field(value: Any) -> str:
    match value:
        case None:
            return r"\N"
        case list() | tuple():
            items = (str(item) for item in value)  # type: ignore[reportUnknownVariableType]
            return "{" + ",".join(items) + "}"
        case datetime() | date():
            return value.isoformat()
        case Status():
            return value.value
        case _:
            return str(value).replace("\\", "\\\\")


async def fill(url: str, layout: Layout) -> None:
    """Put the layout into an empty, migrated database; the indexes are made anew behind the rows."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off;"
            "SET maintenance_work_mem = '256MB'"
        )
        await _people(connection, layout)
        made: list[str] = []
        for index in await connection.fetch(_SECONDARY):
            await connection.execute(f"DROP INDEX {index['indexname']}")
            made.append(index["indexdef"])
        columns = ["space_id", *Task.model_fields, "search"]
        await _copy(connection, "tasks", columns, rows(layout, columns))
        said = ["space_id", "id", "task_id", "user_id", "text", "created_at", "search"]
        await _copy(connection, "comments", said, comments(layout))
        for space in range(1, layout.spaces + 1):
            known = [(space, word, keys(space, word)) for word in WORDS]
            await connection.copy_records_to_table(
                "words", records=known, columns=["space_id", "word", "grams"]
            )
        for definition in made:
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


_SECONDARY: Final = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('tasks', 'words', 'comments') AND indexname !~ '^(pk|uq)_'"""


async def _people(connection: Any, layout: Layout) -> None:
    for space in range(1, layout.spaces + 1):
        await connection.execute("INSERT INTO spaces (id, name) VALUES ($1, $2)", space, f"{space}")
        await connection.execute(
            "INSERT INTO users (id, name, zone, space_id) VALUES ($1, $2, 'UTC', $1)",
            space,
            f"user {space}",
        )
        await connection.execute("INSERT INTO members (space_id, user_id) VALUES ($1, $1)", space)
        await connection.executemany(
            "INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)"
            " VALUES ($1, $2, 1, $3, $4, now(), now())",
            [(space, space * 1000 + n, f"L{n}", n == 1) for n in range(1, LISTS + 1)],
        )


async def _copy(connection: Any, table: str, columns: list[str], lines: Iterable[str]) -> None:
    async def parts() -> AsyncIterator[bytes]:
        part: list[str] = []
        for line in lines:
            part.append(line)
            if len(part) == 2_000:
                yield "".join(part).encode()
                part.clear()
        yield "".join(part).encode()

    await connection.copy_to_table(table, source=parts(), columns=columns, format="text")
