"""What `uvx todo-mcp` installs: the wheel alone, with its migrations inside."""

import asyncio
import os
import shutil
from pathlib import Path

from mcp import StdioServerParameters

from tests.server.agent import Agent
from tests.server.eras import connect
from todo_mcp.store import embedded

CHECKOUT = Path(__file__).parents[2]


async def test_a_wheel_installed_elsewhere_serves_over_stdio(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(CHECKOUT / ".uv/bin/uv")
    build = await asyncio.create_subprocess_exec(
        uv, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), cwd=CHECKOUT
    )
    assert await build.wait() == 0
    wheel = next(tmp_path.glob("*.whl"))  # noqa: ASYNC240 (nothing else runs)
    data = tmp_path / "data"
    installed = StdioServerParameters(
        command=uv,
        args=["tool", "run", "--from", str(wheel), "todo-mcp", "--data-dir", str(data)],
        cwd=tmp_path,
        env=dict(os.environ),  # noqa: TID251 (how this machine reaches its package index)
    )
    try:
        async with connect(installed, "modern") as client:
            task = await Agent(client).one("add_task", title="Buy milk", due="tomorrow")
        assert task["id"] == "t1"
    finally:
        await embedded.stop(data)
