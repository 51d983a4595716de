"""What every connection is: one of three roles, in UTC, on the log's newest generation."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import asyncpg

STATEMENT_SECONDS: Final = 4.0

# A database restored elsewhere counts transactions anew; its next events would sort before the old
# ones and behind every cursor. Seen before the first commit on each new connection.
_RAISE_GENERATION: Final = """
UPDATE log SET generation = generation + 1 WHERE EXISTS (
  SELECT FROM events e WHERE e.generation = log.generation
  AND e.tx >= pg_snapshot_xmax(pg_current_snapshot()))
"""


class Role(StrEnum):
    APP = "todo_app"
    WORKER = "todo_worker"
    SEARCH = "todo_search"


# Commands read and write single rows by key; a plan that reads a whole table is always the wrong one.
_BY_KEY: Final = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;"
# Searches are planned anew each time, by how many rows have the very words and values. What they read
# lies in memory or on a disk without a head: beside work on rows, the way to a page costs little.
_BY_VALUE: Final = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_custom_plan; "
    "SET max_parallel_workers_per_gather = 0; SET random_page_cost = 0.1; SET seq_page_cost = 0.1; "
    "SET cpu_index_tuple_cost = 0.02;"
)
_PLANS: Final = {Role.APP: _BY_KEY, Role.WORKER: _BY_KEY, Role.SEARCH: _BY_VALUE}
# Sooner than the client's: a statement that the server ends has changed nothing, and says so.
# Before version 18 what is switched off above costs ten thousand millions, at which PostgreSQL
# compiles a statement before it runs it: two seconds, each time.
_SESSION: Final = "SET TimeZone = 'UTC'; SET statement_timeout = '3500ms'; SET jit = off;"


if TYPE_CHECKING:
    BareConnection = asyncpg.Connection[Any]
else:
    BareConnection = asyncpg.Connection  # generic in its stubs only


class Connection(BareConnection):
    """Remembers which space it serves, so that the setting is sent only when it changes."""

    __slots__ = ("_space",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._space: int | None = None

    def serves(self, space: int | None) -> bool:
        return self._space == space

    def serve(self, space: int | None) -> None:
        self._space = space


async def prepare(connection: Any, role: Role) -> None:
    raised = "" if role is Role.SEARCH else f"SET ROLE {Role.WORKER}; {_RAISE_GENERATION};"
    await connection.execute(f"{raised} SET ROLE {role}; {_SESSION} {_PLANS[role]}")
