"""Commits put together by hand, row by row."""

from typing import Any

from tests.conftest import NOW
from todo_mcp import ids
from todo_mcp.service.home import Home
from todo_mcp.store.commit import Commit, commit

Row = dict[str, Any]
Rows = dict[str, list[Row]]
AT = NOW.isoformat()
# The least that a first row of each table with versions has; ids and what it refers to aside.
FIELDS: dict[str, Row] = {
    "lists": {"name": "Errands", "inbox": False, "created_at": AT, "updated_at": AT},
    "series": {"recurrence": {"rule": "FREQ=DAILY"}, "n": 1, "passed": 1},
    "tasks": {
        "title": "Buy milk", "status": "open", "priority": 0, "tags": [], "blocked_by": [],
        "created_at": AT, "updated_at": AT,
    },
    "reminders": {"spec": "0m", "fire_at": AT, "state": "pending"},
    "notifications": {"fire_at": AT, "created_at": AT},
    "filters": {"name": "Mine", "query": "assignee:me"},
}  # fmt: skip


class Writer:
    """Writes into one space past all decisions."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.inbox = 0

    async def prepare(self) -> "Writer":
        [self.inbox] = (await self.rows("SELECT id FROM lists WHERE inbox"))[0]
        return self

    async def rows(self, sql: str, *args: Any) -> list[Any]:
        return await self.home.database.app(self.home.person.space, sql, *args)

    async def number(self, table: str) -> int:
        kind = "list" if table == "filters" else table.removesuffix("s")
        kind = "series" if table == "series" else kind
        return (await self.home.database.ids(kind, 1))[0]

    async def row(self, table: str, **fields: Any) -> Row:
        """A first row, with what it has to refer to (written at once)."""
        refers: Row = {}
        if table == "tasks":
            refers["list_id"] = self.inbox
        if table in ("reminders", "notifications"):
            refers["user_id"] = self.home.person.user
            refers["task_id"] = fields.get("task_id") or await self.made("tasks")
        if table == "notifications":
            refers["reminder_id"] = await self.made("reminders", task_id=refers["task_id"])
        number = await self.number(table)
        return {"id": number, "version": 1, **FIELDS[table], **refers, **fields}

    async def made(self, table: str, **fields: Any) -> int:
        """The id of a row written at once."""
        row = await self.row(table, **fields)
        assert not await self.put({table: [row]})
        return row["id"]

    async def operation(self, **fields: Any) -> Row:
        return {
            "id": await self.number("operations"), "user_id": self.home.person.user, "actor": {},
            "tool": "test", "result": {}, "created_at": AT, **fields,
        }  # fmt: skip

    def event(self, kind: str, row: Row, op: Row) -> Row:
        return {
            "id": str(ids.event_id()), "kind": kind, "subject_id": row["id"],
            "version": row["version"], "type": f"todo.{kind}.updated.v1", "after": row,
            "op": op["id"],
        }  # fmt: skip

    async def put(
        self, rows: Rows, expect: dict[str, dict[int, int]] | None = None, *, worker: bool = False
    ) -> set[tuple[str, int]]:
        """Commit rows by table; the (table, id) that did not hold."""
        made = Commit(self.home.person.space, expect or {}, rows)
        return await commit(self.home.database, made, worker=worker)

    async def changed(self, row: Row, **fields: Any) -> set[tuple[str, int]]:
        """Write a task's next version with its operation and event, expecting this one."""
        new = {**row, **fields, "version": row["version"] + 1}
        op = await self.operation()
        rows = {"tasks": [new], "operations": [op], "events": [self.event("task", new, op)]}
        return await self.put(rows, {"tasks": {row["id"]: row["version"]}})

    async def stored(self) -> dict[str, list[Row]]:
        """All that is in the database, to see that nothing changed."""
        tables = [r[0] for r in await self.home.database.worker(_TABLES)]
        return {
            table: [dict(row) for row in await self.home.database.worker(f"TABLE {table}")]
            for table in tables
        }


_TABLES = """
SELECT tablename::text FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1
"""


async def writer(home: Home) -> Writer:
    return await Writer(home).prepare()
