"""dapr/dapr.yaml, run by Dapr's own command line as its first lines say."""

import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from tools.stack import Plan, Process, Stack, stack
from tools.stack.ports import free
from tools.stack.process import answers, listens
from tools.stack.programs import command_line, gather
from tools.stack.sidecar import FILES

from tests import sowing
from tests.e2e.stack import checking
from tests.e2e.stack.test_delivery import FOLLOWED
from tests.server.agent import Agent
from tests.server.eras import connect
from tests.signals import eventually
from todo_mcp.store.database import Database

# The ports of the file are a person's; tests must get along with what else runs.
SERVER, WORKER = "8321", "8322"
BELOW: Final = Plan(servers=0, workers=0, callers=())


@asynccontextmanager
async def running(up: Stack, home: Path) -> AsyncGenerator[Process]:
    """`dapr run -f`, on the stack's Kafka, scheduler and PostgreSQL; all of it there."""
    ports = free("server", "worker")
    shutil.copytree(FILES, home / "dapr")
    (home / ".venv").symlink_to(sys.prefix)
    file = home / "dapr" / "dapr.yaml"
    text = file.read_text().replace(SERVER, str(ports["server"]))
    text = text.replace(WORKER, str(ports["worker"]))
    scheduler = f"common:\n  schedulerHostAddress: 127.0.0.1:{up['scheduler'].ports['scheduler']}\n"
    file.write_text(text.replace("common:\n", scheduler))
    process = Process(
        "dapr",
        [command_line(os.environ), "run", "-f", str(file)],  # noqa: TID251 (handed on)
        home / "said.log",
        {
            **up.environment,
            "APP_API_TOKEN": "a secret",
            "DAPR_RUNTIME_PATH": str(runtime(home)),
            "TODO_MCP_WAKEUPS": "job",
        },
        ports,
        answers(f"http://127.0.0.1:{ports['worker']}/healthz"),
    )
    try:
        await process.start()
        yield process
    finally:
        # What it started outlives it where it is killed; its group does not.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()


def runtime(home: Path) -> Path:
    """As `dapr init --slim` leaves it."""
    daprd = home / ".dapr" / "bin" / "daprd"
    daprd.parent.mkdir(parents=True)
    daprd.symlink_to(gather(os.environ, kafka=False, mtls=False).daprd)  # noqa: TID251 (handed on)
    return home


async def ended(process: Process) -> bool:
    return not process.alive


async def free_again(process: Process) -> bool:
    return not any([await listens(port)() for port in process.ports.values()])


@pytest.mark.full
async def test_dapr_run_starts_all_of_it_and_one_ctrl_c_ends_it(tmp_path: Path) -> None:
    async with stack(tmp_path / "s", BELOW) as up, running(up, tmp_path / "home") as run:
        url = f"http://127.0.0.1:{run.ports['server']}/mcp"
        async with connect(url, "modern") as client:
            agent = Agent(client)
            weekly = await agent.add("Water", recurrence="every friday at 9:00")
            await agent.call("complete_tasks", ids=[weekly])
            task = await agent.add("Stretch", due="in 2 seconds", reminders=["0m"])
            [notification] = await eventually(partial(checking.notified, agent))
            assert notification["task"] == task
        database = Database(up.database.url)
        try:
            await eventually(partial(sowing.rows, database, FOLLOWED, int(weekly[1:])))
        finally:
            await database.close()
        # As a terminal does: all of its group hear it.
        os.killpg(run.pid, signal.SIGINT)
        await eventually(partial(ended, run))
        await eventually(partial(free_again, run))
