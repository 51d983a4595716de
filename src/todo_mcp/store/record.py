"""The log and the tables side by side, in one snapshot of the database, streamed.

A transaction stays open while they are read, for operators' commands only: it has no id of its own
until it writes, so that it holds no reader of the log back.
"""

from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic_core import from_json, to_json

from todo_mcp.domain.replay import MODELS, PURGED, Replay
from todo_mcp.store.commit import VERSIONED
from todo_mcp.store.connection import BareConnection
from todo_mcp.store.database import Database
from todo_mcp.store.failures import translated

FETCHED: Final = 500
# One statement reads or writes a few hundred rows; a busy disk is waited for.
PATIENCE_SECONDS: Final = 60

_EVENTS: Final = """
SELECT space_id, kind, subject_id, version, task_id, generation, tx, seq, type,
  before::text AS before, after::text AS after
FROM events WHERE {0} ORDER BY space_id, kind, subject_id, version, generation, tx, seq
"""
_PURGED: Final = """
SELECT DISTINCT subject_id FROM events
WHERE space_id = $1 AND kind = 'task' AND subject_id = ANY ($2::bigint[]) AND type = $3
"""
_STALE: Final = """
SELECT t.id FROM jsonb_to_recordset($2::jsonb) AS v(id bigint, vector text)
JOIN tasks t ON t.space_id = $1 AND t.id = v.id
WHERE t.search IS DISTINCT FROM v.vector::tsvector ORDER BY t.id
"""
_UNKNOWN: Final = """
SELECT v.id FROM jsonb_to_recordset($2::jsonb) AS v(id bigint, word text, grams int[])
LEFT JOIN words w ON w.space_id = $1 AND w.word = v.word
WHERE w.grams IS DISTINCT FROM v.grams
"""


class Rows:
    """The rows of one kind in the order of (space, id), looked at one by one."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._held = deque[Any]()
        self._over = False

    async def _next(self) -> Any | None:
        if not self._held and not self._over:
            self._held.extend(await self._cursor.fetch(FETCHED))
            self._over = not self._held
        return self._held[0] if self._held else None

    async def before(self, space: int, number: int) -> AsyncGenerator[tuple[int, str]]:
        """(space, row as JSON) of all rows that come before this one."""
        while (row := await self._next()) is not None and (row["space_id"], row["id"]) < (
            space,
            number,
        ):
            self._held.popleft()
            yield row["space_id"], row["row"]

    async def at(self, space: int, number: int) -> str | None:
        """This row as JSON, once all before it were taken."""
        row = await self._next()
        if row is None or (row["space_id"], row["id"]) != (space, number):
            return None
        return self._held.popleft()["row"]


class Record:
    """One snapshot of the log and the tables."""

    def __init__(self, connection: "BareConnection") -> None:
        self.connection = connection

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        return await self.connection.fetch(sql, *args, timeout=PATIENCE_SECONDS)

    async def things(
        self, space: int | None = None, kind: str | None = None
    ) -> AsyncGenerator[Replay]:
        """Each thing the log tells of, all its events taken."""
        told: Replay | None = None
        async for row in self._events(space, kind):
            if told is None or (told.space, told.kind, told.id) != tuple(row)[:3]:
                if told is not None:
                    yield told
                told = Replay(row["space_id"], row["kind"], row["subject_id"], row["task_id"])
            after = None if row["after"] is None else from_json(row["after"])
            before = None if row["before"] is None else from_json(row["before"])
            place = row["generation"], row["tx"], row["seq"]
            told.take(place, row["type"], row["version"], before, after)
        if told is not None:
            yield told

    async def _events(self, space: int | None, kind: str | None) -> AsyncGenerator[Any]:
        args = [value for value in (space, kind) if value is not None]
        terms = ["space_id = $1", "kind = $2"][: len(args)]
        sql = _EVENTS.format(" AND ".join(terms) or "kind = ANY ($1::text[])")
        cursor = await self.connection.cursor(sql, *(args or [list(MODELS)]))
        while rows := await cursor.fetch(FETCHED):
            for row in rows:
                if row["kind"] in MODELS:
                    yield row

    async def rows(self, kind: str, space: int | None = None) -> Rows:
        """All rows of this kind."""
        where = "" if space is None else "WHERE space_id = $1"
        sql = f"SELECT space_id, id, {_image(kind)} AS row FROM {MODELS[kind].table} {where} ORDER BY space_id, id"  # noqa: S608 (our own tables)
        return Rows(await self.connection.cursor(sql, *([] if space is None else [space])))

    async def present(self, kind: str, space: int, numbers: Collection[int]) -> list[int]:
        """Which of these ids have a row."""
        sql = f"SELECT id FROM {MODELS[kind].table} WHERE space_id = $1 AND id = ANY ($2::bigint[])"  # noqa: S608 (our own tables)
        return [row["id"] for row in await self.fetch(sql, space, list(numbers))]

    async def purged(self, space: int, tasks: Collection[int]) -> set[int]:
        """Which of these tasks the log says are gone for good."""
        return {r["subject_id"] for r in await self.fetch(_PURGED, space, list(tasks), PURGED)}

    async def stale(self, space: int, vectors: Mapping[int, str]) -> list[int]:
        """The tasks whose search vector is another than this."""
        given = [{"id": number, "vector": vector} for number, vector in vectors.items()]
        return [row["id"] for row in await self.fetch(_STALE, space, to_json(given).decode())]

    async def unknown(self, space: int, words: Mapping[str, tuple[int, list[int]]]) -> list[int]:
        """Of {word: (task, keys)} the tasks whose word the vocabulary has not, or with other keys."""
        given = [{"id": at, "word": word, "grams": keys} for word, (at, keys) in words.items()]
        return [row["id"] for row in await self.fetch(_UNKNOWN, space, to_json(given).decode())]


def _image(kind: str) -> str:
    """The columns of the model as one JSON text."""
    columns = VERSIONED[MODELS[kind].table].c
    pairs = ", ".join(f"'{name}', {name}" for name in MODELS[kind].model_fields if name in columns)
    return f"json_build_object({pairs})::text"


@asynccontextmanager
async def patiently(database: Database) -> AsyncGenerator[BareConnection]:
    """A connection of its own, as the worker, whose statements may take their time."""
    connection = await database.listen()
    try:
        with translated():
            await connection.execute(f"SET statement_timeout = '{PATIENCE_SECONDS}s'")
        yield connection
    finally:
        await connection.close(timeout=1)


@asynccontextmanager
async def looking(database: Database, *, writing: bool = False) -> AsyncGenerator[Record]:
    """A snapshot that sees all spaces; `writing`, what is written in it is kept at its end.

    Raises:
        UnavailableError: the database is down.
        LostRaceError: others change what was to be written.
    """
    async with patiently(database) as connection:
        with translated():
            async with connection.transaction(isolation="repeatable_read", readonly=not writing):
                yield Record(connection)
