"""Writing rows anew as the log has them, within the snapshot in which they were found missing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from asyncpg import IntegrityConstraintViolationError
from pydantic_core import to_json

from todo_mcp.errors import ConflictError
from todo_mcp.store.commit import VERSIONED
from todo_mcp.store.record import Record

_MEND: Final = """
UPDATE tasks t SET search = v.vector::tsvector
FROM jsonb_to_recordset($2::jsonb) AS v(id bigint, vector text)
WHERE t.space_id = $1 AND t.id = v.id
"""
_WORDS: Final = """
INSERT INTO words (space_id, word, grams)
SELECT $1, v.word, v.grams FROM jsonb_to_recordset($2::jsonb) AS v(word text, grams int[])
ON CONFLICT (space_id, word) DO UPDATE SET grams = excluded.grams
WHERE words.grams IS DISTINCT FROM excluded.grams
"""
_INBOX: Final = "SELECT id FROM lists WHERE space_id = $1 AND inbox"
# An inbox that nobody has changed has no event; only tasks name it.
_UNTOLD_LISTS: Final = """
SELECT n.id FROM (
  SELECT DISTINCT (after ->> 'list_id')::bigint AS id FROM events
  WHERE space_id = $1 AND kind = 'task' AND after ? 'list_id') n
WHERE NOT EXISTS (SELECT FROM events l
  WHERE l.space_id = $1 AND l.kind = 'list' AND l.subject_id = n.id)
ORDER BY 1 LIMIT 2
"""
# As it is made with its space, in one transaction.
_NEW_INBOX: Final = """
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
SELECT id, coalesce($2::bigint, nextval('list_ids')), 1, 'Inbox', true, created_at, created_at
FROM spaces WHERE id = $1
"""
UNFITTING: Final = (
    "space: the log and the rows that are there do not fit together ({}), or somebody is changing "
    "them. Nothing was restored. `todo-mcp verify` names what differs."
)


async def insert(record: Record, space: int, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write these images; every row they refer to is there already, or among them.

    Raises:
        ConflictError: other rows have what is theirs alone, or what they refer to is not there.
    """
    columns = [column.name for column in VERSIONED[table].columns if column.name != "space_id"]
    values = ", ".join(f"r.{name}" for name in columns)
    sql = (
        f"INSERT INTO {table} (space_id, {', '.join(columns)}) SELECT $1, {values} "  # noqa: S608 (our own table)
        f"FROM jsonb_populate_recordset(null::{table}, $2::jsonb) r"
    )
    await _write(record, sql, space, to_json(rows).decode())


async def mend(record: Record, space: int, vectors: Mapping[int, str]) -> None:
    """Give these tasks these search vectors."""
    given = [{"id": number, "vector": vector} for number, vector in vectors.items()]
    await record.fetch(_MEND, space, to_json(given).decode())


async def put_words(record: Record, space: int, words: Mapping[str, list[int]]) -> None:
    """Have these words in the vocabulary, with these keys."""
    given = [{"word": word, "grams": grams} for word, grams in sorted(words.items())]
    await record.fetch(_WORDS, space, to_json(given).decode())


async def has_inbox(record: Record, space: int) -> bool:
    return bool(await record.fetch(_INBOX, space))


async def make_inbox(record: Record, space: int) -> None:
    """The inbox that has no event, with the number that the space's tasks know it by.

    Raises:
        ConflictError: tasks are in several lists that the log does not tell of, or as above.
    """
    found = [row["id"] for row in await record.fetch(_UNTOLD_LISTS, space)]
    if len(found) > 1:
        raise ConflictError(UNFITTING.format("several lists have no event"))
    await _write(record, _NEW_INBOX, space, found[0] if found else None)


async def _write(record: Record, sql: str, *args: Any) -> None:
    try:
        await record.fetch(sql, *args)
    except IntegrityConstraintViolationError as error:
        raise ConflictError(UNFITTING.format(error.constraint_name)) from error
