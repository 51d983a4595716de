"""Two fences between spaces, each of which must hold when the other has a hole."""

import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from tests import postgres, sowing
from tests.hands import Hands
from tests.server.agent import agent
from tests.store.intruding import NAMED, WIDE, answered, filled
from tests.store.neighbours import CANARY, Neighbour, everything, furnished, spaced
from todo_mcp import ids
from todo_mcp.domain.task import Task
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.store import migrate
from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.database import Database
from todo_mcp.store.purge import purge

OFF = "ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {0} DISABLE ROW LEVEL SECURITY"


class Unfenced(Database):
    """Every statement of the app without its conditions on the space."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.cuts: list[int] = []

    async def app(self, space: int, sql: str, *args: Any, once: bool = False) -> list[Any]:
        bare, cut = re.subn(
            r"(\w+\.)?space_id = \$(\d+)(::BIGINT)?", r"$\2::bigint IS NOT NULL", sql
        )
        self.cuts.append(cut)
        return await super().app(space, bare, *args, once=once)


@pytest.fixture
async def ada(database: Database, hands: Hands) -> Neighbour:
    return await furnished(database, hands, "ada", "milk")


@pytest.fixture
async def bob(database: Database, hands: Hands) -> Neighbour:
    return await furnished(database, hands, "bob", CANARY)


@pytest.fixture
async def open_plan(url: str) -> AsyncGenerator[Database]:
    """A database whose row-level security is off."""
    async with postgres.scratch(url) as made:
        await migrate.upgrade(made)
        database = Database(made)
        try:
            yield await without_fence(database)
        finally:
            await database.close()


async def without_fence(database: Database) -> Database:
    for table in [*await spaced(database), "spaces", "channels"]:
        for part in OFF.format(table).split(";"):
            await postgres.run(database.url, part)
    return database


async def intrude(database: Database, ada: Neighbour, bob: Neighbour, hands: Hands) -> None:
    """Ada calls everything; nothing of Bob's may show or change."""
    before = await everything(database, bob.home.person.space)
    names = bob.named | {"own": ada.named["task"]}
    async with agent(ada.home, hands) as at_work:
        for call in (*NAMED, *WIDE):
            tool, arguments = filled(call, names)
            told = await answered(at_work, (tool, arguments))
            asked = set(re.findall(rf"\w*{CANARY}[\w ]*", str(arguments)))
            for words in asked:  # an error may quote what was asked for
                told = told.replace(words, "")
            assert CANARY not in told, (tool, arguments, told)
    assert await everything(database, bob.home.person.space) == before


async def test_nothing_of_a_neighbour_shows_or_changes(
    database: Database, ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    await intrude(database, ada, bob, hands)


async def test_row_level_security_holds_where_queries_name_no_space(
    database: Database, ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    unfenced = Unfenced(database.url)
    try:
        await intrude(database, Neighbour(Home(unfenced, ada.home.person), ada.named), bob, hands)
    finally:
        await unfenced.close()
    assert sum(unfenced.cuts) > 300


async def test_queries_name_their_space_where_row_level_security_is_off(
    open_plan: Database, hands: Hands
) -> None:
    ada = await furnished(open_plan, hands, "ada", "milk")
    bob = await furnished(open_plan, hands, "bob", CANARY)
    rows = await open_plan.app(ada.home.person.space, "SELECT DISTINCT space_id FROM tasks")
    assert len(rows) == 2, "row-level security is not off"
    await intrude(open_plan, ada, bob, hands)


async def test_writing_statements_find_nothing_in_another_space(
    open_plan: Database, hands: Hands
) -> None:
    ada = await furnished(open_plan, hands, "ada", "milk")
    bob = await furnished(open_plan, hands, "bob", CANARY)
    before = await everything(open_plan, bob.home.person.space)
    space, theirs = ada.home.person.space, ids.parse(bob.named["trashed"], "task", "task")
    [row] = await sowing.rows(
        open_plan, "SELECT to_jsonb(t)::text FROM tasks t WHERE id = $1", theirs
    )
    task = Task.model_validate_json(row[0])
    missed = {("tasks", theirs)}
    change = Commit(space, {"tasks": {theirs: task.version}}, {"operations": []})
    assert await commit(open_plan, change) == missed
    assert await purge(open_plan, space, [task], {"operations": [], "events": []}) == missed
    assert await everything(open_plan, bob.home.person.space) == before


def test_every_tool_is_called_with_what_belongs_to_others() -> None:
    assert {tool for tool, _ in (*NAMED, *WIDE)} == {tool.name for tool in TOOLS}


async def test_the_same_calls_work_on_what_is_ones_own(ada: Neighbour, hands: Hands) -> None:
    names = ada.named | {"own": ada.named["done"]}
    async with agent(ada.home, hands) as at_work:
        worked = {
            call[0]
            for call in NAMED
            if (await answered(at_work, filled(call, names))).startswith("False")
        }
    assert worked == {tool for tool, _ in NAMED}


async def test_what_others_have_answers_like_what_nobody_ever_had(
    ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    nobody = {
        name: re.sub(r"\d+", "987654321", value) if re.search(r"\d", value) else f"no{name}"
        for name, value in bob.named.items()
    }
    own = {"own": ada.named["task"]}

    async def told(at_work: Any, call: Any, names: dict[str, str]) -> str:
        said = await answered(at_work, filled(call, names | own))
        for name, value in names.items():
            said = re.sub(rf"\b{re.escape(value)}\b", f"<{name[0]}>", said)
        return re.sub(r"op\d+", "op", re.sub("<[td]>", "<w>", said))

    async with agent(ada.home, hands) as at_work:
        for call in NAMED:
            theirs = await told(at_work, call, bob.named)
            assert theirs == await told(at_work, call, nobody), call
            assert "<" in theirs or "0" in theirs or "no match" in theirs, (call, theirs)


async def test_the_app_sees_one_space_in_every_table(
    database: Database, ada: Neighbour, bob: Neighbour
) -> None:
    for someone in (ada, bob):
        space, user = someone.home.person.space, someone.home.person.user
        for table in await spaced(database):
            sql = "SELECT DISTINCT space_id FROM #table".replace("#table", table)
            rows = await database.app(space, sql)
            assert [row[0] for row in rows] == [space], table
        rows = await database.app(space, "SELECT id FROM spaces")
        assert [row["id"] for row in rows] == [space]
        rows = await database.app(space, "SELECT user_id FROM channels")
        assert [row["user_id"] for row in rows] == [user]


async def test_users_are_seen_by_their_fellows_only(
    database: Database, ada: Neighbour, bob: Neighbour
) -> None:
    async def seen(someone: Neighbour) -> list[str]:
        rows = await database.app(someone.home.person.space, "SELECT name FROM users ORDER BY name")
        return [row["name"] for row in rows]

    assert (await seen(ada), await seen(bob)) == (["ada"], ["bob"])
    await database.worker(
        "INSERT INTO members (space_id, user_id) VALUES ($1, $2)",
        ada.home.person.space,
        bob.home.person.user,
    )
    assert (await seen(ada), await seen(bob)) == (["ada", "bob"], ["bob"])


@pytest.mark.usefixtures("ada", "bob")
async def test_a_connection_that_serves_no_space_sees_nothing(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.execute("SET ROLE todo_app")
    for table in [*await spaced(database), "spaces", "users", "channels"]:
        sql = "SELECT count(*) FROM #table".replace("#table", table)
        assert await connection.fetchval(sql) == 0, table
    await connection.close()


INTO_ANOTHER = (
    """INSERT INTO #table OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(t,
    jsonb_build_object('space_id', $1::bigint))).* FROM #table t LIMIT 1""",
    "UPDATE #table SET space_id = $1",
)
TO_ANOTHER = "UPDATE #table SET space_id = space_id WHERE space_id = $1 RETURNING 1"


async def test_the_app_cannot_write_into_another_space(
    database: Database, ada: Neighbour, bob: Neighbour
) -> None:
    space, theirs = ada.home.person.space, bob.home.person.space
    before = await everything(database, theirs)
    for table in await spaced(database):
        for sql in INTO_ANOTHER:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await database.app(space, sql.replace("#table", table), theirs)
        with suppress(asyncpg.InsufficientPrivilegeError):  # it may not change this table at all
            assert not await database.app(space, TO_ANOTHER.replace("#table", table), theirs)
    assert await everything(database, theirs) == before


REFERENCES = """
SELECT conrelid::regclass || '.' || conname FROM pg_constraint k
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = confrelid AND a.attname = 'space_id')
AND confrelid <> 'users'::regclass
AND NOT EXISTS (
  SELECT FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = confrelid AND b.attname = 'space_id'
  WHERE a.attrelid = conrelid AND a.attname = 'space_id'
  AND array_position(conkey, a.attnum) = array_position(confkey, b.attnum))
"""


async def test_every_reference_stays_within_its_space(database: Database) -> None:
    assert await sowing.rows(database, REFERENCES) == []


REFER = """
UPDATE #table SET #column = (SELECT max(id) FROM #target WHERE space_id = $2)
WHERE ctid = (SELECT min(ctid) FROM #table WHERE space_id = $1)
"""


async def test_a_row_cannot_refer_to_another_space_even_for_the_owner(
    database: Database, ada: Neighbour, bob: Neighbour
) -> None:
    space, theirs = ada.home.person.space, bob.home.person.space
    for table, column, target in (
        ("tasks", "list_id", "lists"),
        ("tasks", "parent_id", "tasks"),
        ("tasks", "n = 99, occurs_on = '2026-11-23', series_id", "series"),
        ("reminders", "task_id", "tasks"),
        ("notifications", "reminder_id", "reminders"),
        ("comments", "task_id", "tasks"),
        ("claims", "task_id", "tasks"),
        ("deliveries", "notification_id", "notifications"),
    ):
        sql = REFER.replace("#table", table).replace("#column", column).replace("#target", target)
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await database.worker(sql, space, theirs)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await postgres.run(
            database.url,
            "UPDATE tasks SET assignee = $2 WHERE space_id = $1",
            space,
            bob.home.person.user,
        )


ROLES = """
SELECT rolname, rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles
WHERE rolname LIKE 'todo\\_%' ORDER BY 1
"""
UNFENCED = """
SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> 'alembic_version'
"""
WRITES = """
SELECT t.tablename::text, p FROM pg_tables t, unnest($2::text[]) p
WHERE schemaname = 'public' AND has_table_privilege($1, t.tablename::text, p) ORDER BY 1, 2
"""


async def test_roles_can_do_no_more_than_they_must(database: Database) -> None:
    assert await sowing.rows(database, ROLES) == [
        (name, False) for name in ("todo_app", "todo_owner", "todo_search", "todo_worker")
    ]
    assert await sowing.rows(database, UNFENCED) == []
    every = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    assert await sowing.rows(database, WRITES, "todo_search", every) == []
    deletes = await sowing.rows(database, WRITES, "todo_app", every[2:])
    assert deletes == [("claims", "DELETE")]
    shared = {"alembic_version", "channels", "cursors", "log", "spaces", "users"}
    written = await sowing.rows(database, WRITES, "todo_app", every[:2])
    assert not shared & {table for table, _ in written}


@pytest.mark.usefixtures("ada")
async def test_the_search_role_reads_and_cannot_write(database: Database) -> None:
    assert len(await database.search("SELECT id FROM tasks")) > 3
    for sql in (
        "UPDATE tasks SET title = 'x'",
        "DELETE FROM tasks",
        "INSERT INTO words (space_id, word) VALUES (1, 'x')",
        "SELECT nextval('task_ids')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.search(sql)
