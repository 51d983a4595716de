"""The design's prototype of the commit statement: one text for every set of tables. What ours is measured beside."""

from typing import Final

from sqlalchemy import Table

from todo_mcp.store import log_tables, reminder_tables, tables
from todo_mcp.store.commit import written_columns

_VERSIONED: Final = (tables.series, tables.tasks, reminder_tables.reminders)
_APPENDED: Final = (log_tables.operations, log_tables.events)


def text() -> str:
    parts = [_held(table.name) for table in _VERSIONED]
    whole = " AND ".join(_holds(table.name) for table in _VERSIONED)
    parts.append(f"ok AS MATERIALIZED (SELECT {whole} AS yes)")
    parts += [_put(table, _upsert(table)) for table in _VERSIONED]
    parts += [_put(table, "") for table in _APPENDED]
    told = (f"(SELECT count(*) FROM put_{t.name}) AS {t.name}" for t in (*_VERSIONED, *_APPENDED))
    return f"WITH {', '.join(parts)} SELECT (SELECT yes FROM ok) AS held, {', '.join(told)}"


def _held(name: str) -> str:
    return f"""held_{name} AS MATERIALIZED (SELECT t.id, t.version FROM {name} t
  WHERE t.space_id = $1 AND t.id = ANY (ARRAY(
    SELECT (e ->> 'id')::bigint FROM jsonb_array_elements($2::jsonb -> '{name}') e))
  ORDER BY t.id FOR NO KEY UPDATE OF t)"""


def _holds(name: str) -> str:
    return f"""(SELECT count(*) FROM held_{name}
  JOIN jsonb_to_recordset($2::jsonb -> '{name}') AS e(id bigint, version int) USING (id, version))
  = jsonb_array_length(coalesce($2::jsonb -> '{name}', '[]'))"""


def _put(table: Table, then: str) -> str:
    name, columns = table.name, written_columns(table.name, table)
    more, value = (
        (", generation", ", (SELECT generation FROM log)") if name == "events" else ("", "")
    )
    return f"""put_{name} AS (INSERT INTO {name} AS t (space_id, {", ".join(columns)}{more})
  SELECT $1, {", ".join(f"r.{column}" for column in columns)}{value}
  FROM jsonb_populate_recordset(null::{name}, $3::jsonb -> '{name}') r
  WHERE (SELECT yes FROM ok) {then} RETURNING 1)"""


def _upsert(table: Table) -> str:
    sets = ", ".join(
        f"{column} = excluded.{column}"
        for column in written_columns(table.name, table)
        if column != "id"
    )
    return f"ON CONFLICT (space_id, id) DO UPDATE SET {sets} WHERE t.version = excluded.version - 1"
