"""The one statement for every change, built from the tables' columns.

It writes operation, rows, events and what a handler consumed, and it writes nothing unless every row
that the decision has read still has the version it was read at. What varies travels as JSON, so each
set of tables has one text, which stays prepared. $1 is the space, $2 the expected versions
({"tasks": [{"id": 1, "version": 3}]}), $3 the rows by table.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy import Table

from todo_mcp.store import calendar_tables, log_tables, reminder_tables, tables
from todo_mcp.store.database import Database

# In the order of locking and writing: what is referred to comes first.
VERSIONED: Final = {
    table.name: table
    for table in (
        tables.lists,
        tables.series,
        tables.tasks,
        reminder_tables.reminders,
        reminder_tables.notifications,
        log_tables.filters,
    )
}
APPENDED: Final = {
    table.name: table
    for table in (
        log_tables.operations,
        log_tables.events,
        log_tables.consumed,
        log_tables.comments,
        log_tables.words,
        calendar_tables.external_ids,
    )
}
# The database fills these itself.
GENERATED: Final = {
    "events": {"generation", "tx", "seq", "created_at"},
    "consumed": {"consumed_at"},
}
REPEATABLE: Final = frozenset({"words"})
# Left out of the JSON where no searched field changed.
KEPT: Final = {("tasks", "search")}


@dataclass(frozen=True, slots=True)
class Commit:
    """What to write, by table, and the versions it rests on."""

    space: int
    expect: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])

    def check(self) -> None:
        """Each row is the first version, or the one after that which the decision has read.

        Anything else would overwrite a change nobody looked at.

        Raises:
            AssertionError: a decision did not say what it rests on.
        """
        for table, rows in self.rows.items():
            expected = self.expect.get(table, {})
            for row in rows if table in VERSIONED else ():
                if row["version"] != expected.get(row["id"], 0) + 1:
                    raise AssertionError(f"{table} {row['id']} is written without being expected")

    def expected(self) -> dict[str, list[dict[str, int]]]:
        return {
            table: [{"id": i, "version": v} for i, v in sorted(ids.items())]
            for table, ids in self.expect.items()
        }


async def commit(
    database: Database, change: Commit, *, worker: bool = False
) -> set[tuple[str, int]]:
    """Write the change, or nothing: answers the (table, id) that were no longer as expected.

    Raises:
        LostRaceError: another writer used the key, made the occurrence or locked crosswise.
    """
    change.check()
    sql = statement(frozenset(change.expect), frozenset(change.rows))
    args = (change.space, to_json(change.expected()).decode(), to_json(change.rows).decode())
    run = (
        database.worker(sql, *args, once=True)
        if worker
        else database.app(change.space, sql, *args, once=True)
    )
    [row] = await run
    if row["held"]:
        database.wake()
        return set()
    return {(name, number) for name in change.expect for number in row[name]}


@cache
def statement(expected: frozenset[str], written: frozenset[str]) -> str:
    """The text for a set of tables: those whose versions are expected, and those written."""
    held = [name for name in VERSIONED if name in expected]
    parts = [_held(name) for name in held]
    whole = " and ".join(_holds(name) for name in held) or "$2::jsonb is not null"
    parts.append(f"ok as materialized (select {whole} as yes)")
    parts += [_upsert(name, table) for name, table in VERSIONED.items() if name in written]
    parts += [append(name, table) for name, table in APPENDED.items() if name in written]
    lost = "".join(f", {_lost(name)} as {name}" for name in held)
    put = [name for name in VERSIONED if name in written]
    return f"with {', '.join(parts)} select {_whole(put)} as held{lost}"


def _held(name: str) -> str:
    """Lock in id order (else crossing writers deadlock) what the decision has read.

    An array of ids, not a join: a join makes the planner read the whole table.
    """
    return (
        f"held_{name} as materialized (select t.id, t.version from {name} t "
        f"where t.space_id = $1 and t.id = any(array("
        f"select (e ->> 'id')::bigint from jsonb_array_elements($2::jsonb -> '{name}') e)) "
        f"order by t.id for no key update of t)"
    )


def _holds(name: str) -> str:
    return f"not exists ({_others(name)})"


def _others(name: str) -> str:
    """What is no longer as expected.

    A set difference, not a join: of the ways to join these roles have only the one that compares each
    with each, and of five thousand rows that takes seconds.
    """
    return (
        f"select e.id, e.version from jsonb_to_recordset($2::jsonb -> '{name}') "
        f"as e(id bigint, version int) except select id, version from held_{name}"
    )


def _whole(put: list[str]) -> str:
    """Whether all held; divides by zero, and so writes nothing, where a row was not taken.

    A new row whose number is taken already (sequences left behind by a partial restore) would be
    left out in silence, and its event written.
    """
    if not put:
        return "(select yes from ok)"
    missing = " + ".join(
        f"jsonb_array_length($3::jsonb -> '{name}') - (select count(*) from put_{name})"
        for name in put
    )
    return f"(select case when yes then 1 / ({missing} = 0)::int = 1 else false end from ok)"


def _lost(name: str) -> str:
    """The ids that did not hold, asked for only where something did not."""
    return (
        f"(case when (select yes from ok) then '{{}}'::bigint[] "
        f"else array(select id from ({_others(name)}) o) end)"
    )


def written_columns(name: str, table: Table) -> list[str]:
    """What a row is written with, the space apart."""
    left_out = GENERATED.get(name, set[str]()) | {"space_id"}
    return [column.name for column in table.columns if column.name not in left_out]


def _upsert(name: str, table: Table) -> str:
    columns = written_columns(name, table)
    sets = ", ".join(
        f"{c} = coalesce(excluded.{c}, t.{c})" if (name, c) in KEPT else f"{c} = excluded.{c}"
        for c in columns
        if c != "id"
    )
    return (
        f"put_{name} as (insert into {name} as t (space_id, {', '.join(columns)}) "
        f"select $1, {_values(columns)} "
        f"from jsonb_populate_recordset(null::{name}, $3::jsonb -> '{name}') r "
        f"where (select yes from ok) on conflict (space_id, id) do update set {sets} "
        f"where t.version = excluded.version - 1 returning 1)"
    )


def append(name: str, table: Table) -> str:
    columns = written_columns(name, table)
    more, value = (
        (", generation", ", (select generation from log)") if name == "events" else ("", "")
    )
    again = " on conflict do nothing" if name in REPEATABLE else ""
    return (
        f"put_{name} as (insert into {name} (space_id, {', '.join(columns)}{more}) "
        f"select $1, {_values(columns)}{value} "
        f"from jsonb_populate_recordset(null::{name}, $3::jsonb -> '{name}') r "
        f"where (select yes from ok){again})"
    )


def _values(columns: list[str]) -> str:
    return ", ".join(f"r.{c}" for c in columns)
