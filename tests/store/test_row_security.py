"""The fence below the queries: row-level security, references within a space, what the roles may do."""

from contextlib import suppress

import asyncpg
import pytest

from tests import postgres, sowing
from tests.store.neighbours import Neighbour, everything, spaced
from todo_mcp.store.database import Database


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
