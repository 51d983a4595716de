"""The only way to PostgreSQL: one statement at a time, as one of three roles, each with its pool."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

from todo_mcp.errors import TodoError
from todo_mcp.store.failures import LostRaceError, translated

CONNECT_SECONDS: Final = 3.0
STATEMENT_SECONDS: Final = 4.0
CHANNEL: Final = "todo_events"
DEBOUNCE_SECONDS: Final = 0.005
MAX_LEASE: Final = 64

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
_PLANS: Final = {Role.APP: _BY_KEY, Role.WORKER: _BY_KEY, Role.SEARCH: ""}


if TYPE_CHECKING:
    BareConnection = asyncpg.Connection[Any]
else:
    BareConnection = asyncpg.Connection  # generic in its stubs only


class Connection(BareConnection):
    """Remembers which space it serves, so that the setting is sent only when it changes."""

    __slots__ = ("_space",)
    _space: int | None

    def serves(self, space: int | None) -> bool:
        return self._space == space

    def serve(self, space: int | None) -> None:
        self._space = space


Pool: TypeAlias = "asyncpg.Pool[Any]"


class Database:
    """Holds no transaction open around Python code: a statement is the unit of change."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._size = size
        self._pools: dict[Role, Pool] = {}
        self._opening = asyncio.Lock()
        self._leased: dict[str, deque[int]] = {}
        self._blocks: dict[str, int] = {}
        self._waking: asyncio.Task[None] | None = None

    async def app(self, space: int, sql: str, *args: Any) -> list[Any]:
        """Run a statement that sees this space only."""
        return await self._run(Role.APP, space, sql, args)

    async def worker(self, sql: str, *args: Any) -> list[Any]:
        """Run a statement of the worker, which serves all spaces."""
        return await self._run(Role.WORKER, None, sql, args)

    async def search(self, sql: str, *args: Any) -> list[Any]:
        """Read as the role whose plans row-level security does not spoil; names its space itself."""
        return await self._run(Role.SEARCH, None, sql, args)

    async def ids(self, kind: str, count: int) -> list[int]:
        """Numbers nobody else gets, leased in blocks that grow with use: most calls ask nobody."""
        held = self._leased.setdefault(kind, deque())
        if len(held) < count:
            more = self._blocks[kind] = min(2 * self._blocks.get(kind, 1), MAX_LEASE)
            rows = await self.worker(
                "SELECT nextval($1::text::regclass) AS id FROM generate_series(1, $2::int)",
                f"{kind}_ids",
                count - len(held) + more,
            )
            held.extend(row["id"] for row in rows)
        return [held.popleft() for _ in range(count)]

    def return_ids(self, kind: str, numbers: list[int]) -> None:
        """Give back what was leased and not used."""
        self._leased[kind].extendleft(reversed(numbers))

    def wake(self) -> None:
        """Tell relay and timers, soon and once for many, that something was committed.

        After the commit, on another connection: inside it, NOTIFY serialises all writers.
        """
        if self._waking is None or self._waking.done():
            self._waking = asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        await asyncio.sleep(DEBOUNCE_SECONDS)
        # Lost, it costs a second: relay and timers poll.
        with suppress(TodoError, LostRaceError):
            await self.worker(f"SELECT pg_notify('{CHANNEL}', '')")

    async def _run(
        self, role: Role, space: int | None, sql: str, args: tuple[Any, ...]
    ) -> list[Any]:
        with translated():
            async with self._connection(role) as connection:
                if space is not None and not connection.serves(space):
                    await connection.execute(
                        "SELECT set_config('app.space_id', $1::text, false)", str(space)
                    )
                    connection.serve(space)
                return await connection.fetch(sql, *args)

    @asynccontextmanager
    async def _connection(self, role: Role) -> AsyncGenerator[Any]:
        pool = self._pools.get(role) or await self._open(role)
        async with pool.acquire(timeout=CONNECT_SECONDS) as connection:
            yield connection

    async def _open(self, role: Role) -> Pool:
        async with self._opening:
            if role not in self._pools:
                self._pools[role] = await asyncpg.create_pool(
                    self.url,
                    min_size=0,
                    max_size=self._size,
                    timeout=CONNECT_SECONDS,
                    command_timeout=STATEMENT_SECONDS,
                    max_cacheable_statement_size=0,
                    max_inactive_connection_lifetime=300,
                    connection_class=Connection,
                    init=lambda connection: _prepare(connection, role),
                    reset=_keep,
                )
            return self._pools[role]

    async def listen(self) -> "BareConnection":
        """A connection of its own for NOTIFY and advisory locks, as the worker. The caller closes it."""
        with translated():
            connection = await asyncpg.connect(
                self.url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS
            )
            await connection.execute(f"SET ROLE {Role.WORKER}")
            return connection

    async def close(self) -> None:
        """Close what is idle; cut what does not end within a second."""
        if self._waking is not None:
            await asyncio.wait([self._waking], timeout=1)
        for pool in self._pools.values():
            try:
                await asyncio.wait_for(pool.close(), 1)
            except TimeoutError:
                pool.terminate()
        self._pools.clear()


async def _prepare(connection: Any, role: Role) -> None:
    raised = "" if role is Role.SEARCH else f"SET ROLE {Role.WORKER}; {_RAISE_GENERATION};"
    await connection.execute(f"{raised} SET ROLE {role}; SET TimeZone = 'UTC'; {_PLANS[role]}")
    connection.serve(None)


async def _keep(_: Any) -> None:
    """The settings of a connection are its own, not the borrower's: nothing to reset, no round trip."""
