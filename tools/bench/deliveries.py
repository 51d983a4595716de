"""A crowd of reminders of many users due at once, until each was posted to a webhook on this machine."""

import asyncio
import resource
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import asyncpg
from aiohttp import web
from tools.bench.figures import Figure
from tools.bench.stage import Stage, settle

from todo_mcp import relay
from todo_mcp.clock import utc_now
from todo_mcp.domain.message import Target
from todo_mcp.service.sealing import Sealer, new_key
from todo_mcp.settings import Settings, load
from todo_mcp.store.database import Database
from todo_mcp.worker import run as worker

CROWD: Final = 100_000
USERS: Final = 1_000
SINGLES: Final = 5_000  # users with one reminder each: as many messages as reminders

_PEOPLE: Final = """
WITH s AS (INSERT INTO spaces (id, name) SELECT i, 's' || i FROM generate_series(1, $1::int) i),
u AS (INSERT INTO users (id, name, zone, space_id)
  SELECT i, 'u' || i, 'UTC', i FROM generate_series(1, $1::int) i),
c AS (INSERT INTO channels (user_id, kind, name, settings, sealed, confirmed_at)
  SELECT i, 'webhook', 'hook', '{}', $2, now() FROM generate_series(1, $1::int) i)
INSERT INTO lists (space_id, id, version, name, inbox, created_at, updated_at)
SELECT i, i, 1, 'Inbox', true, now(), now() FROM generate_series(1, $1::int) i
"""
_TASKS: Final = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT 1 + i % $1::int, i, 1, 'Task ' || i, 1 + i % $1::int, 'open', 0, '{}', '{}', now(), now()
FROM generate_series(1, $2::int) i
"""
_REMINDERS: Final = """
INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
SELECT 1 + i % $1::int, i, 1, i, 1 + i % $1::int, '0m', now() - interval '1 second', 'pending'
FROM generate_series(1, $2::int) i
"""
# Asked again and again: what ends is in the database, which sends no signal of it.
_FIRED: Final = (
    "SELECT NOT EXISTS (SELECT FROM reminders WHERE state = 'pending') FROM pg_sleep(0.02)"
)
_SENT: Final = """
SELECT count(*) = $1 FROM deliveries, pg_sleep(0.1) WHERE state = 'sent'
"""


@dataclass(slots=True)
class Hook:
    """Counts what is posted to it."""

    posts: int = 0
    told: int = 0
    first: float = 0.0
    last: float = 0.0
    ids: set[str] = field(default_factory=set[str])

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts += 1
        self.told += body.count(b'"task"')
        self.first = self.first or perf_counter()
        self.last = perf_counter()
        self.ids.add(request.headers["webhook-id"])
        return web.Response()


@dataclass(frozen=True, slots=True)
class Run:
    fired: float
    hook: Hook
    grown: float  # MiB

    @property
    def seconds(self) -> float:
        return self.hook.last - self.hook.first


async def measure(stage: Stage) -> list[Figure]:
    singles = await _run(stage, "told_singly", SINGLES, SINGLES)
    crowd = await _run(stage, "told_together", USERS, CROWD)
    once = singles.hook.told == SINGLES and crowd.hook.told == CROWD
    return [
        Figure.at_most(
            f"{CROWD:,} reminders of {USERS:,} users due at once: all fired", 4, crowd.fired, "s"
        ),
        Figure.at_least("… told in digests, reminders", 500, CROWD / crowd.seconds, "/s"),
        Figure.told("… posts", crowd.hook.posts, ""),
        Figure.told("… memory grown, with the receiver's", crowd.grown, "MiB"),
        Figure.at_least(
            f"{SINGLES:,} reminders, each a webhook of its own",
            500,
            SINGLES / singles.seconds,
            "/s",
        ),
        Figure("… each told", "exactly once" if once else "NOT once", "exactly once", once),
    ]


async def _run(stage: Stage, name: str, users: int, reminders: int) -> Run:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    key = new_key()
    sealed = Sealer((key,)).seal(
        Target(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", ("whsec_c2VjcmV0",))
    )
    url = await stage.database(name)
    await _fill(url, sealed, users, reminders)
    settings = load(
        {"channel_keys": key, "channel_schemes": "http", "channel_networks": "127.0.0.0/8"}
    )
    before = _mib()
    fired = await _work(url, settings, reminders)
    grown = _mib() - before
    await runner.cleanup()
    return Run(fired, hook, grown)


async def _fill(url: str, sealed: str, users: int, reminders: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_PEOPLE, users, sealed)
    await connection.execute(_TASKS, users, reminders)
    await connection.execute(_REMINDERS, users, reminders)
    await connection.execute("CHECKPOINT")
    await connection.close()
    await settle(url)


async def _work(url: str, settings: Settings, count: int) -> float:
    """The worker with all it has until everything was told; seconds until all had fired."""
    database, stop = Database(url), asyncio.Event()
    connection = await asyncpg.connect(url)
    crowd, started = worker.Crowd(), perf_counter()
    working = asyncio.create_task(worker.run(database, stop, settings, utc_now, crowd))
    bus = worker.local_bus(database, crowd)
    relaying = asyncio.create_task(relay.run(database, bus.publish, "local", stop))
    while not await connection.fetchval(_FIRED):
        pass
    fired = perf_counter() - started
    while not await connection.fetchval(_SENT, count):
        pass
    stop.set()
    await asyncio.wait([working, relaying])
    await connection.close()
    await database.close()
    return fired


def _mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
