"""A disk that really is full: a small file system of the server's own."""

import asyncio
import random
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.conftest import ZONE
from tests.faults.victim import Victim, settings
from tests.hands import Hands
from tests.invariants import log_tells_all
from tests.server.agent import Agent, agent
from tests.store.embedded.actors import NEW_ROOT, somebody
from todo_mcp.service.home import Home, open_home
from todo_mcp.store import migrate
from todo_mcp.store.embedded import binaries

# The log of writes lies elsewhere: where that finds no room, PostgreSQL stops as if killed.
CRAMPED = """
mount -t tmpfs -o size=100m,mode=0700 tmpfs "$1/small" && cp -a "$1/cluster" "$1/small/" &&
cp -a "$1/cluster/pg_wal" "$1/wal" && rm -r "$1/small/cluster/pg_wal" &&
ln -s "$1/wal" "$1/small/cluster/pg_wal" && cd "$1/small" &&
head -c $(( ($(df -k . | tail -1 | awk '{print $4}') - 4000) * 1024 )) /dev/zero > ballast &&
shift && exec "$@"
"""
_CHANCE = random.Random(1)  # noqa: S311 (repeatable)
NOTES = " ".join(f"{_CHANCE.getrandbits(60):x}" for _ in range(3_000))  # does not shrink


@pytest.fixture
async def cramped(made: Victim) -> AsyncGenerator[Process]:
    """The server on a disk with little room; a file `ballast` takes most of it."""
    await made.start()
    await migrate.upgrade(made.url)
    await made.stop()
    (made.folder / "small").mkdir()
    user = str(somebody())
    process = await asyncio.create_subprocess_exec(
        *(*NEW_ROOT, CRAMPED, "sh", made.folder),
        *("unshare", "--user", f"--map-user={user}", f"--map-group={user}"),
        *(binaries.folder() / "postgres", "-D", made.folder / "small" / "cluster"),
        *("-k", made.folder, *settings()),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    yield process
    process.terminate()
    await process.wait()


@pytest.fixture
async def home(made: Victim, cramped: Process) -> AsyncGenerator[Home]:
    assert cramped.returncode is None
    await made.answers()
    opened = await open_home(made.url, user="ada", zone=ZONE, space=None)
    yield opened
    await opened.database.close()


async def test_a_full_disk_is_told_reading_goes_on_and_room_heals_it(
    made: Victim, cramped: Process, home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        first = await ada.add("First")
        async with asyncio.timeout(30):
            while not await _refuses(ada):
                pass
        assert await ada.refused("add_task", title="Big", notes=NOTES) == (
            "The database has no space or memory left. Nothing was changed; free some on its "
            "machine, then try the same call again."
        )
        [task] = (await ada.call("get_tasks", ids=[first]))["tasks"]
        assert task["title"] == "First"
        _ballast(made.folder, cramped).unlink()
        await ada.add("Room again", notes=NOTES)
    await log_tells_all(home.database)


async def _refuses(ada: Agent) -> bool:
    return (await ada.client.call_tool("add_task", {"title": "Big", "notes": NOTES})).is_error


def _ballast(folder: Path, process: Process) -> Path:
    """As seen from outside of the server's own view of the disks."""
    inside = folder / "small" / "ballast"
    return Path(f"/proc/{process.pid}/root") / inside.relative_to("/")
