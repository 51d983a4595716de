"""What a bench runs on: an embedded PostgreSQL of its own, and databases on it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from todo_mcp.store import embedded, migrate


@dataclass(frozen=True, slots=True)
class Stage:
    """`url` is the server's; `folder` is gone after the run."""

    url: str
    folder: Path

    async def database(self, name: str) -> str:
        """The URL of a new, migrated database."""
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        head, _, rest = self.url.partition("?")
        url = f"{head.rpartition('/')[0]}/{name}?{rest}"
        await migrate.upgrade(url)
        return url


async def settle(url: str) -> None:
    """What autovacuum does within a minute: statements planned on empty tables are planned anew."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


@asynccontextmanager
async def stage() -> AsyncGenerator[Stage]:
    with TemporaryDirectory(prefix="todo-bench-") as name:
        folder = Path(name)
        used = await embedded.start(folder / "postgres", idle_seconds=5)
        try:
            yield Stage(used.url, folder)
        finally:
            await used.release()
            await embedded.stop(folder / "postgres")
