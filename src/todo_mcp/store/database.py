"""The only way to PostgreSQL: one statement at a time, as one of three roles, each with its pool."""

import asyncio
from collections import deque
from typing import Any, Final, Self

import asyncpg

from todo_mcp.errors import UnavailableError
from todo_mcp.store.connection import (
    STATEMENT_SECONDS,
    BareConnection,
    Connection,
    Role,
    prepare,
)
from todo_mcp.store.failures import BUSY, broken, entering, translated, untouched
from todo_mcp.store.pool import Pool, PoolBusyError
from todo_mcp.store.waking import Waker

CHANNEL: Final = "todo_events"
# All statements of one call together, so that its answer comes within five seconds.
CALL_SECONDS: Final = 4.0
CONNECT_SECONDS: Final = 3.0
CLOSE_SECONDS: Final = 1.0
MAX_LEASE: Final = 64


class _Seen:
    """Whether a statement was given to a connection; after that it may have been executed."""

    __slots__ = ("sent",)

    def __init__(self) -> None:
        self.sent = False


class Database:
    """Holds no transaction open around Python code: a statement is the unit of change.

    Every statement ends in bounded time. One whose connection turns out to be gone is run once more
    on another, unless it may have been executed and must not be twice.
    """

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._size = size
        self._until: float | None = None
        self._pools: dict[Role, Pool] = {}
        self._leased: dict[str, deque[int]] = {}
        self._blocks: dict[str, int] = {}
        self._waker = Waker(self._notify)

    def within(self, seconds: float = CALL_SECONDS) -> Self:
        """The same database for one call: all its statements together take no longer than that."""
        return self._view(asyncio.get_running_loop().time() + seconds)

    def _view(self, until: float | None) -> Self:
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__, _until=until)
        return view

    async def app(self, space: int, sql: str, *args: Any, once: bool = False) -> list[Any]:
        """Run a statement that sees this space only; `once`, it is not repeated when in doubt."""
        return await self._run(Role.APP, space, sql, args, once=once)

    async def worker(self, sql: str, *args: Any, once: bool = False) -> list[Any]:
        """Run a statement of the worker, which serves all spaces."""
        return await self._run(Role.WORKER, None, sql, args, once=once)

    async def search(self, sql: str, *args: Any) -> list[Any]:
        """Read as the role whose plans row-level security does not spoil; names its space itself."""
        return await self._run(Role.SEARCH, None, sql, args)

    async def ids(self, kind: str, count: int) -> list[int]:
        """Numbers nobody else gets, leased in blocks that grow with use: most calls ask nobody."""
        held = self._leased.setdefault(kind, deque())
        while len(held) < count:  # others take from it while this one waits
            more = self._blocks[kind] = min(2 * self._blocks.get(kind, 1), MAX_LEASE)
            rows = await self.worker(
                "SELECT nextval($1::text::regclass) AS id FROM generate_series(1, $2::int)",
                f"{kind}_ids",
                count - len(held) + more,
            )
            held.extend(row["id"] for row in rows)
        return [held.popleft() for _ in range(count)]

    def draw(self, kind: str) -> int | None:
        """One of the leased numbers, where one is left."""
        held = self._leased.get(kind)
        return held.popleft() if held else None

    def return_ids(self, kind: str, numbers: list[int]) -> None:
        """Give back what was leased and not used."""
        self._leased[kind].extendleft(reversed(numbers))

    def wake(self) -> None:
        """Tell relay and timers, soon and once for many, that something was committed."""
        self._waker.wake()

    async def _notify(self) -> None:
        await self._view(None).worker(f"SELECT pg_notify('{CHANNEL}', '')")

    async def _run(
        self,
        role: Role,
        space: int | None,
        sql: str,
        args: tuple[Any, ...],
        *,
        once: bool = False,
    ) -> list[Any]:
        until = self._until or asyncio.get_running_loop().time() + CALL_SECONDS
        with translated():
            async with asyncio.timeout_at(until):
                for again in (True, False):
                    seen = _Seen()
                    try:
                        return await self._ask(role, space, sql, args, seen)
                    except Exception as error:
                        doubtful = seen.sent and once and not untouched(error)
                        if not again or doubtful or not broken(error):
                            raise
        raise AssertionError  # the second round returns or raises

    async def _ask(
        self, role: Role, space: int | None, sql: str, args: tuple[Any, ...], seen: _Seen
    ) -> list[Any]:
        """Run it on a connection that serves this space."""
        pool = self._pools.get(role) or self._pool(role)
        try:
            connection = await pool.take(CONNECT_SECONDS)
        except PoolBusyError:
            raise UnavailableError(BUSY) from None
        try:
            if space is not None and not connection.serves(space):
                connection.serve(None)  # cut short, nobody knows which it serves
                await connection.execute(
                    "SELECT set_config('app.space_id', $1::text, false)", str(space)
                )
                connection.serve(space)
            seen.sent = True
            found = await connection.fetch(sql, *args)
        except BaseException as error:
            if broken(error):
                pool.distrust(connection)
            elif isinstance(error, asyncpg.PostgresError):
                pool.give(connection)
            else:
                pool.settle(connection)
            raise
        pool.give(connection)
        return found

    def _pool(self, role: Role) -> Pool:
        pool = self._pools[role] = Pool(lambda: self._opened(role), self._size)
        return pool

    async def _opened(self, role: Role) -> Connection:
        with entering():
            connection = await asyncpg.connect(
                self.url,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                max_cacheable_statement_size=0,
                connection_class=Connection,
            )
            try:
                await prepare(connection, role)
            except BaseException:
                connection.terminate()
                raise
            return connection

    async def listen(self) -> "BareConnection":
        """A connection of its own for NOTIFY and advisory locks, as the worker. The caller closes it."""
        with translated(), entering():
            connection = await asyncpg.connect(
                self.url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS
            )
            try:
                await prepare(connection, Role.WORKER)
            except BaseException:
                connection.terminate()
                raise
            return connection

    async def close(self) -> None:
        """Close what is idle; cut what does not end within a second."""
        await self._waker.close(CLOSE_SECONDS)
        async with asyncio.TaskGroup() as group:
            for pool in self._pools.values():
                group.create_task(pool.close())
        self._pools.clear()
