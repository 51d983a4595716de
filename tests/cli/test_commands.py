"""The commands, run as processes."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from mcp import StdioServerParameters

from tests.cli.commands import ended, environment, running, todo_mcp
from tests.server.agent import Agent
from tests.server.eras import Era, connect
from todo_mcp.cli import COMMANDS, MODULES
from todo_mcp.server.tools import TOOLS

DOWN = "postgresql://nobody@127.0.0.1:1/none"


async def test_help_tells_a_stranger_what_there_is() -> None:
    said = await todo_mcp("--help")
    assert said.code == 0
    for word in (
        "A todo list for AI agents",
        "serve",
        "worker",
        "doctor",
        "migrate",
        "DATABASE_URL",
    ):
        assert word in said.out


async def test_what_serves_no_client_does_not_wait_for_the_sdk() -> None:
    """It takes longer to load than all else that a command needs."""
    modules = [f"todo_mcp.cli.{MODULES.get(name, name)}" for name in COMMANDS if name != "serve"]
    program = (
        f"import sys, {', '.join(modules)}\nprint({{'mcp', 'sqlalchemy'}} & sys.modules.keys())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out.decode().strip() == "set()"


async def test_a_command_is_told_by_its_own_options_the_settings_by_where_they_are_listed() -> None:
    said = await todo_mcp("serve", "--help")
    assert said.out.startswith("usage: todo-mcp serve [-h] [--with-worker] [--no-relay]\n")
    assert "--data-dir" not in said.out
    assert "Each setting of `todo-mcp --help` is an option here too." in said.out
    every = " ".join((await todo_mcp("--help")).out.split())
    assert every.startswith("usage: todo-mcp [OPTIONS] [COMMAND ...] A todo list")
    assert "how events travel: local, dapr (TODO_MCP_BUS)" in every


async def test_settings_are_listed_and_secrets_only_said_to_be_set() -> None:
    said = await todo_mcp("settings", DATABASE_URL="postgresql://u:hidden@db/x")
    assert said.code == 0
    assert "(set)" in said.out
    assert "hidden" not in said.out


async def test_migrating_twice_is_harmless(emptied: str) -> None:
    said = await todo_mcp("migrate", DATABASE_URL=emptied)
    assert said.code == 0
    assert said.out.endswith(": nothing to do\n")


async def test_an_unknown_setting_is_refused_with_the_near_one() -> None:
    said = await todo_mcp("settings", TODO_MCP_PROT="1")
    assert said.code == 1
    assert "TODO_MCP_PORT" in said.err


async def test_the_relay_alone_says_that_the_worker_relays() -> None:
    said = await todo_mcp("relay", DATABASE_URL=DOWN)
    assert said.code == 1
    assert "todo-mcp worker" in said.err


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_ends_within_three_seconds(emptied: str, sent: signal.Signals) -> None:
    async with running("worker", until="home.opened", DATABASE_URL=emptied) as process:
        code, seconds = await ended(process, sent)
    assert code == 0
    assert seconds < 3


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_with_its_worker_ends_within_three_seconds(
    emptied: str, sent: signal.Signals
) -> None:
    command = ("serve", "--with-worker", "--port", "0")
    async with running(*command, until="home.opened", DATABASE_URL=emptied) as process:
        code, seconds = await ended(process, sent)
    assert code == 0
    assert seconds < 3


async def test_a_worker_that_starts_before_its_database_waits_for_it() -> None:
    async with running("worker", until="home.unavailable", DATABASE_URL=DOWN) as process:
        code, seconds = await ended(process, signal.SIGTERM)
    assert code == 0
    assert seconds < 3


async def test_what_keeps_the_database_away_is_logged_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = "Set TODO_MCP_DATA_DIR to a folder that you may write."
    command = ("worker", "--data-dir", str(tmp_path / "file"))
    async with running(*command, until=said) as process:
        code, seconds = await ended(process, signal.SIGTERM)
    assert code == 0
    assert seconds < 3


async def test_stdio_lists_its_tools_before_the_database_is_there(era: Era) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "todo_mcp"], env=environment(DATABASE_URL=DOWN)
    )
    async with connect(server, era) as client:
        tools = await client.list_tools()
        assert len(tools.tools) == len(TOOLS)
        error = await Agent(client).refused("get_context")
    assert error.startswith("The database does not answer.")


async def test_stdio_has_its_worker_at_work_though_the_client_asks_nothing(url: str) -> None:
    async with running(until="home.opened", DATABASE_URL=url) as process:
        code, seconds = await ended(process, signal.SIGTERM)
    assert code == 0
    assert seconds < 3


async def test_stdio_ends_though_its_database_was_never_wanted(url: str) -> None:
    said = await todo_mcp(DATABASE_URL=url)  # with no client: stdin is at its end
    assert said.code == 0


async def test_a_port_that_is_taken_is_told_before_anything_starts(
    emptied: str, unused_tcp_port: int
) -> None:
    command = ("serve", "--port", str(unused_tcp_port))
    async with running(*command, until="server.listening", DATABASE_URL=emptied):
        said = await todo_mcp(*command, DATABASE_URL=emptied)
    assert said.code == 1
    assert said.err.startswith("todo-mcp: port: cannot listen on 127.0.0.1:")


async def test_only_reading_tools_are_offered_where_that_is_asked_for() -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "todo_mcp", "--read-only", "true"],
        env=environment(DATABASE_URL=DOWN),
    )
    async with connect(server, "modern") as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        told = json.dumps(client.instructions)
    assert names == ["get_context", "search_tasks", "get_tasks", "preview_schedule"]
    assert "add_task" not in told


async def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = await todo_mcp("doctor", "--data-dir", str(tmp_path / "file" / "data"))
    assert said.code == 1
    assert "TODO_MCP_DATA_DIR" in said.err or "--data-dir" in said.err
