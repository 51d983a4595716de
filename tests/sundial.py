"""The database's clock, in the hands of a test: whoever connects from now on is told its time."""

from datetime import datetime
from urllib.parse import urlsplit

import asyncpg

# Before pg_catalog in the search path, the two functions stand in for those of PostgreSQL.
_MAKE = """
DROP SCHEMA IF EXISTS sundial CASCADE;
CREATE SCHEMA sundial;
CREATE TABLE sundial.hand (at timestamptz NOT NULL);
INSERT INTO sundial.hand VALUES (pg_catalog.now());
CREATE FUNCTION sundial.now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
  AS 'SELECT at FROM sundial.hand';
CREATE FUNCTION sundial.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
  AS 'SELECT at FROM sundial.hand';
GRANT USAGE ON SCHEMA sundial TO PUBLIC;
ALTER DATABASE {name} SET search_path = sundial, pg_catalog, public;
"""


class Sundial:
    def __init__(self, url: str) -> None:
        self.url = url

    async def make(self) -> None:
        """On a migrated database."""
        await self._run(_MAKE.format(name=urlsplit(self.url).path.removeprefix("/")))

    async def turn(self, at: datetime) -> None:
        """Forward or back."""
        await self._run(f"UPDATE sundial.hand SET at = '{at.isoformat()}'")  # noqa: S608 (ours)

    async def _run(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
