"""Every way to the newest schema leads to the one that the code's tables describe."""

import asyncio
from types import NoneType
from typing import Any, get_args

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from pydantic import BaseModel
from sqlalchemy import create_mock_engine

from todo_mcp.domain.events import Event
from todo_mcp.domain.operation import Operation
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import Filter, TodoList, User
from todo_mcp.domain.task import Task
from todo_mcp.store import migrate
from todo_mcp.store.commit import VERSIONED
from todo_mcp.store.schema import metadata

REVISIONS = migrate.revisions()[::-1]
# Everything a statement or an insert can run into, by name.
CATALOG = """
SELECT 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
  || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || ' ' || a.attidentity::text
  || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'sequence', sequencename, data_type::text FROM pg_sequences
WHERE schemaname = 'public'
"""
OWNERS = """
SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
"""


async def catalog(url: str) -> dict[tuple[str, str], str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(CATALOG)
    finally:
        await connection.close()
    return {(kind, name): what for kind, name, what in rows if "alembic_version" not in name}


async def to(url: str, revision: str) -> None:
    """Up or down to a revision."""
    known = REVISIONS.index(revision) if revision in REVISIONS else -1
    now = await migrate.current(url)
    down = now is not None and REVISIONS.index(now) > known
    act = command.downgrade if down else command.upgrade
    await asyncio.to_thread(act, migrate.config(url), revision)


def ddl() -> str:
    """What SQLAlchemy would make of the code's tables."""
    said = list[str]()

    def collect(element: Any, *_: object, **__: object) -> None:
        said.append(str(element.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+asyncpg://", collect)
    metadata.create_all(engine, checkfirst=False)
    return ";".join(said)


async def test_the_migrated_schema_is_the_one_of_the_codes_tables(url: str, empty_url: str) -> None:
    connection = await asyncpg.connect(empty_url)
    await connection.execute(ddl())
    await connection.close()
    assert await catalog(url) == await catalog(empty_url)


async def test_alembic_finds_nothing_to_generate(url: str) -> None:
    await asyncio.to_thread(command.check, migrate.config(url))


@pytest.mark.parametrize("start", REVISIONS)
async def test_every_revision_can_be_upgraded_to_the_newest(
    url: str, empty_url: str, start: str
) -> None:
    await to(empty_url, start)
    assert await migrate.current(empty_url) == start
    await migrate.upgrade(empty_url)
    assert await catalog(empty_url) == await catalog(url)


async def test_all_migrations_can_be_taken_back_and_made_again(url: str, empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    for revision in (*REVISIONS[-2::-1], "base"):
        await to(empty_url, revision)
    assert await catalog(empty_url) == {}
    await migrate.upgrade(empty_url)
    assert await catalog(empty_url) == await catalog(url)


async def test_a_database_that_is_there_already_is_left_alone(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT pg_advisory_lock(hashtext('todo-mcp:migrate'))")
    async with asyncio.timeout(5):
        await migrate.upgrade(url)
    await connection.execute("SELECT pg_advisory_unlock_all()")
    await connection.close()


async def test_all_tables_and_sequences_belong_to_one_role(url: str) -> None:
    connection = await asyncpg.connect(url)
    assert [row[0] for row in await connection.fetch(OWNERS)] == ["todo_owner"]
    await connection.close()


# What the database keeps beside what rules know.
APART: dict[type[BaseModel], set[str]] = {
    Task: {"space_id", "search"},
    Series: {"space_id"},
    Reminder: {"space_id"},
    Notification: {"space_id"},
    TodoList: {"space_id"},
    Filter: {"space_id"},
    Operation: {"space_id"},
    Event: {"space_id", "generation", "tx", "seq", "created_at"},
    User: {"created_at"},
}
TABLES: dict[type[BaseModel], str] = {Operation: "operations", Event: "events", User: "users"}
TABLES.update({model: model.table for model in APART if issubclass(model, Row)})


@pytest.mark.parametrize("model", APART, ids=lambda model: model.__name__)
def test_a_model_has_exactly_the_columns_of_its_table(model: type[BaseModel]) -> None:
    columns = metadata.tables[TABLES[model]].columns
    stored = {column.name: column.nullable for column in columns}
    known = {
        name: NoneType in get_args(field.annotation) for name, field in model.model_fields.items()
    }
    assert known == {name: null for name, null in stored.items() if name not in APART[model]}


def test_every_versioned_table_has_its_model() -> None:
    assert {*VERSIONED} == {model.table for model in APART if issubclass(model, Row)}


def test_revisions_are_told_from_the_names_of_their_files() -> None:
    script = ScriptDirectory.from_config(migrate.config(""))
    assert migrate.revisions() == tuple(item.revision for item in script.walk_revisions())
