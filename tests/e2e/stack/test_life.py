"""How a stack comes and goes: beside another, told to end, its parent killed, on parts that are there already."""

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tools.stack import Plan, Stack, programs, stack

from tests import sowing
from tests.e2e.stack.listening import beyond, listening
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.store.database import Database

START_SECONDS = 120
# Apps, sidecars and brokers are told one after the other.
END_SECONDS = 45
STACK = [sys.executable, "-m", "tools.stack"]
# A parent that waits, as make does.
BENEATH = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *STACK]


@asynccontextmanager
async def beside(
    folder: Path, command: list[str]
) -> AsyncGenerator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """A stack of its own, as `make stack` starts it; what it says of itself once it is ready."""
    place = folder / "stack.json"
    environment = {**os.environ, "STACK_FILE": str(place)}  # noqa: TID251 (handed on)
    with (folder / "said.log").open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=said, stderr=said, start_new_session=True
        )

    async def ready() -> bool:
        assert process.returncode is None, (folder / "said.log").read_text()[-2000:]
        return place.exists()

    try:
        await eventually(ready, START_SECONDS)
        yield process, json.loads(place.read_text())
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def pids(told: dict[str, Any]) -> set[int]:
    return {one["pid"] for one in told["processes"].values()}


def left(of: set[int], folder: str) -> list[str]:
    """What still runs of a stack: by number, or by what it was started with."""
    found: list[str] = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state = (place / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue  # it ended meanwhile
        if state != "Z" and (int(place.name) in of or folder in line):
            found.append(line)
    return found


async def gone(told: dict[str, Any]) -> bool:
    return not left(pids(told), told["folder"])


async def tells(log: Path, of: set[int]) -> bool:
    """It has printed these ports and that it is ready, and follows the logs: a sidecar's lines are in it."""
    said = log.read_text(errors="replace")  # noqa: ASYNC240 (a few pages)
    numbers = set(said.replace("\n", " ").split())
    ready = "ready; Ctrl-C ends it" in said
    return ready and {str(port) for port in of} <= numbers and "\nserver-dapr    time=" in said


def is_there(folder: str) -> bool:
    return Path(folder).exists()


async def added(url: str, title: str) -> str:
    async with connect(url, "modern") as client:
        return await Agent(client).add(title)


@pytest.mark.full
async def test_a_second_stack_works_beside_the_first_and_ctrl_c_leaves_nothing_of_it(
    up: Stack, stored: Database, tmp_path: Path
) -> None:
    async with beside(tmp_path, STACK) as (process, told):
        ours = {port for one in up.processes.values() for port in one.ports.values()}
        theirs = {port for one in told["processes"].values() for port in one["ports"].values()}
        assert not ours & theirs
        await eventually(partial(tells, tmp_path / "said.log", theirs), 10)
        await added(told["mcp"], "Theirs")
        await added(told["invoke"]["chatbot"], "Theirs")
        await added(up.mcp_url, "Ours")
        assert await sowing.rows(stored, "SELECT FROM tasks WHERE title = 'Theirs'") == []
        assert left(pids(told), told["folder"])
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), END_SECONDS)
        assert process.returncode == 0
        await eventually(partial(gone, told), 10)
        assert not is_there(told["folder"])
    await added(up.mcp_url, "Ours")


async def test_nobody_beyond_this_machine_reaches_anything_of_a_stack(up: Stack) -> None:
    # Red with the scheduler as it comes, which tells its health on all addresses.
    told = {name: set(one.ports.values()) for name, one in up.processes.items()}
    heard = listening(up)
    assert all(told[name] <= {port for _, port in heard[name]} for name in told), heard
    assert beyond(up) == []


@pytest.mark.full
async def test_a_stack_whose_parent_is_killed_leaves_nothing(tmp_path: Path) -> None:
    # Red without die_with in tools/stack/__main__.py.
    async with beside(tmp_path, BENEATH) as (process, told):
        process.kill()
        await process.wait()
        await eventually(partial(gone, told), END_SECONDS)


@pytest.mark.full
async def test_a_stack_that_is_killed_itself_leaves_nothing(tmp_path: Path) -> None:
    # Red without die_with in tools/stack/process.py. PostgreSQL's keeper needs a moment to notice.
    async with beside(tmp_path, STACK) as (process, told):
        process.kill()
        await process.wait()
        await eventually(partial(gone, told), END_SECONDS)
        shutil.rmtree(told["folder"])  # files it cannot take along


async def test_what_is_there_already_is_used(up: Stack, stored: Database, tmp_path: Path) -> None:
    given = {name: tmp_path / name for name in ("daprd", "scheduler")}
    for name, place in given.items():
        place.symlink_to(up[{"daprd": "server-dapr"}.get(name, name)].command[0])
    environment = {
        **os.environ,  # noqa: TID251 (handed on)
        "DAPRD": str(given["daprd"]),
        "DAPR_SCHEDULER": str(given["scheduler"]),
        "KAFKA_BROKERS": up.environment["KAFKA_BROKERS"],
        "DATABASE_URL": up.database.url,
    }
    async with stack(tmp_path / "s", Plan(workers=0, callers=()), environment) as other:
        assert sorted(other.processes) == ["scheduler", "server", "server-dapr"]
        assert other["server-dapr"].command[0] == str(given["daprd"])
        assert other["scheduler"].command[0] == str(given["scheduler"])
        await added(other.mcp_url, "From elsewhere")
    found = await sowing.rows(stored, "SELECT FROM tasks WHERE title = 'From elsewhere'")
    assert len(found) == 1
    assert up["kafka"].alive
    await added(up.mcp_url, "Still here")


def test_where_dapr_is_given_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Red with a sentry that is built although no certificates are wanted.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("daprd", "scheduler"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o700)
    given = {"DAPRD": str(tmp_path / "daprd"), "DAPR_SCHEDULER": str(tmp_path / "scheduler")}
    found = programs.gather(given, kafka=False, mtls=False)
    assert (found.daprd, found.scheduler) == (given["DAPRD"], given["DAPR_SCHEDULER"])
    with pytest.raises(programs.MissingError, match=r"DAPRD: .*none is no program"):
        programs.gather(given | {"DAPRD": str(tmp_path / "none")}, kafka=False, mtls=False)
    with pytest.raises(programs.MissingError, match=r"Not installed: java, mvn\. Install .*jre"):
        programs.gather(given, kafka=True, mtls=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="a package manager serves root")
def test_what_is_missing_is_installed_by_its_packages_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = tmp_path / "asked"
    go = f'#!/bin/sh\\necho \'{{"Dir": "{tmp_path}"}}\''
    (tmp_path / "apt-get").write_text(
        f'#!/bin/sh\necho "$*" >>{asked}\n[ "$1" = update ] && exit\n'
        f"printf '%b\\n' {shlex.quote(go)} >{tmp_path}/go\n/bin/chmod +x {tmp_path}/go\n"
    )
    (tmp_path / "apt-get").chmod(0o700)
    assert programs.schemas() == tmp_path / "charts" / "dapr" / "crds"
    assert asked.read_text() == "update -qq\ninstall -y -qq golang-go\n"


async def test_topics_are_made_once_and_what_differs_is_told_and_left(up: Stack) -> None:
    # Red without telling, and without the topic of dead letters. With one partition, or with the brokers'
    # retention, no stack comes up: the command says so.
    code, told = await up.command("topics", "ensure")
    assert (code, told.count(": as wanted")) == (0, 3), told
    code, told = await up.command("topics", "ensure", "--partitions", "24", "--retention-days", "3")
    assert code == 1
    assert "todo.events: partitions is 12, not 24; retention.ms is 604800000, not 259200000" in told
    assert "todo.events.dead: partitions is 12, not 24" in told
    assert "Left as they are: todo.events, todo.events.dead." in told
    code, told = await up.command("topics", "ensure")
    assert (code, told.count(": as wanted")) == (0, 3), told
