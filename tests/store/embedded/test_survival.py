"""What is killed, and what lives on."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.embedded import actors
from todo_mcp.errors import UnavailableError
from todo_mcp.store import embedded
from todo_mcp.store.embedded import places
from todo_mcp.store.keeper import locks

SOON = 0.3  # idle seconds in tests that wait for the end


async def test_it_stops_when_nobody_has_used_it_for_a_while(folder: Path) -> None:
    used = await embedded.start(folder, idle_seconds=SOON)
    await used.release()
    await actors.until(lambda: actors.nothing_runs(folder))
    assert "database system is shut down" in (folder / "postgres.log").read_text()
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_it_stays_while_one_of_two_clients_uses_it(folder: Path) -> None:
    first = await embedded.start(folder, idle_seconds=SOON)
    second = await actors.client(folder, SOON)
    await second.kill()
    with pytest.raises(TimeoutError):
        await actors.until(lambda: not actors.postmasters(folder), 3 * SOON)
    await first.release()
    await actors.until(lambda: actors.nothing_runs(folder))


async def test_a_client_killed_before_it_was_answered_does_no_harm(folder: Path) -> None:
    used = await embedded.start(folder)
    keeper = actors.keepers(folder)[0]
    os.kill(keeper, signal.SIGSTOP)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / "keeper" / "keeper"))
        client.send(b"lease \n")
    os.kill(keeper, signal.SIGCONT)
    await (await embedded.start(folder)).release()
    assert actors.keepers(folder) == [keeper]
    await used.release()


async def test_it_stops_also_when_every_client_was_killed(folder: Path) -> None:
    async with asyncio.TaskGroup() as group:
        starting = [group.create_task(actors.client(folder, SOON)) for _ in range(3)]
    for task in starting:
        await task.result().kill()
    await actors.until(lambda: actors.nothing_runs(folder))


async def test_a_client_killed_while_the_server_is_made_leaves_a_whole_one(empty: Path) -> None:
    starting = asyncio.create_task(actors.client(empty, SOON))
    await actors.until((empty / "postgres.new").exists)
    starting.cancel()
    actors.kill(*actors.clients(empty))
    await actors.until((empty / "postgres").exists)
    await actors.until(lambda: actors.nothing_runs(empty))
    used = await embedded.start(empty)
    await used.release()


async def test_whoever_is_connected_without_a_lease_keeps_it_up_too(folder: Path) -> None:
    used = await embedded.start(folder, idle_seconds=SOON)
    guest = await actors.connect(used.url)
    await used.release()
    with pytest.raises(TimeoutError):
        await actors.until(lambda: not actors.postmasters(folder), 4 * SOON)
    assert await guest.fetchval("select 1") == 1
    await guest.close()
    await actors.until(lambda: actors.nothing_runs(folder))


async def test_a_killed_server_comes_back_under_the_same_url(folder: Path) -> None:
    used = await embedded.start(folder)
    connection = await actors.connect(used.url)
    await connection.execute("create table survivor as select 'milk' as word")
    killed = actors.postmasters(folder)
    actors.kill(*killed)
    await actors.until(connection.is_closed)
    await actors.until(lambda: actors.postmasters(folder) not in (killed, []))

    again = await embedded.start(folder)
    assert again.url == used.url
    connection = await actors.connect(used.url)
    assert await connection.fetchval("select word from survivor") == "milk"
    await connection.close()
    await again.release()
    await used.release()


async def test_a_server_killed_when_nobody_uses_it_is_started_by_the_next(folder: Path) -> None:
    await (await embedded.start(folder)).release()
    actors.kill(*actors.postmasters(folder))
    await actors.until(lambda: actors.nothing_runs(folder))
    used = await embedded.start(folder)
    assert len(actors.postmasters(folder)) == 1
    await used.release()


async def test_a_server_that_somebody_stopped_stays_stopped(folder: Path) -> None:
    used = await embedded.start(folder)
    for pid in actors.postmasters(folder):
        os.kill(pid, signal.SIGINT)
    await actors.until(lambda: actors.nothing_runs(folder))
    await used.release()


async def test_a_killed_keeper_is_replaced_by_a_client_and_all_ends_when_unused(
    folder: Path,
) -> None:
    used = await embedded.start(folder, idle_seconds=SOON)
    killed = actors.keepers(folder)
    actors.kill(*killed)
    await actors.until(lambda: actors.keepers(folder) not in (killed, []))

    other = await actors.client(folder)
    assert (other.word, other.rest) == ("ready", used.url)
    assert len(actors.keepers(folder)) == len(actors.postmasters(folder)) == 1
    await other.kill()
    await used.release()
    await actors.until(lambda: actors.nothing_runs(folder))


if sys.platform == "linux":

    async def test_a_server_whose_keeper_was_killed_when_nobody_uses_it_ends_by_itself(
        folder: Path,
    ) -> None:
        await (await embedded.start(folder)).release()
        actors.kill(*actors.keepers(folder))
        await actors.until(lambda: actors.nothing_runs(folder))
        assert "database system is shut down" in (folder / "postgres.log").read_text()


async def test_keeper_server_and_clients_killed_together_are_started_anew(folder: Path) -> None:
    client = await actors.client(folder)
    actors.kill(*actors.keepers(folder), *actors.postmasters(folder), client.process.pid)
    await client.process.wait()
    used = await embedded.start(folder)
    assert len(actors.keepers(folder)) == len(actors.postmasters(folder)) == 1
    await used.release()


async def test_stop_ends_the_server_at_once_and_clients_do_not_start_it_again(
    folder: Path,
) -> None:
    used = await embedded.start(folder)
    client = await actors.client(folder)
    await embedded.stop(folder)
    await actors.until(lambda: actors.nothing_runs(folder))
    await client.leave()
    assert client.process.returncode == 0
    await used.release()
    await embedded.stop(folder)  # nothing to do


async def test_a_start_while_the_former_keeper_still_stops_waits_for_it(folder: Path) -> None:
    for _ in range(5):
        used = await embedded.start(folder)
        stopping = asyncio.create_task(embedded.stop(folder))
        again = await embedded.start(folder)
        await stopping
        await used.release()
        await again.release()


@pytest.mark.parametrize("torn", [b"", b"12", b"what\n"])
async def test_a_torn_pid_file_does_not_stop_the_start(folder: Path, torn: bytes) -> None:
    (folder / "postgres" / "postmaster.pid").write_bytes(torn)
    await (await embedded.start(folder)).release()


async def test_a_stale_pid_file_that_names_another_living_process_does_not_stop_the_start(
    folder: Path,
) -> None:
    client = await actors.client(folder)
    records = [folder / "postgres" / "postmaster.pid", folder / "keeper" / ".s.PGSQL.5432.lock"]
    left = [record.read_text() for record in records]
    actors.kill(*actors.keepers(folder), *actors.postmasters(folder), client.process.pid)
    await client.process.wait()
    await actors.until(lambda: actors.nothing_runs(folder))
    for record, text in zip(records, left, strict=True):
        record.write_text("\n".join([str(os.getpid()), *text.split("\n")[1:]]))

    used = await embedded.start(folder)
    assert len(actors.postmasters(folder)) == 1
    await used.release()


async def test_an_orphan_of_a_killed_keeper_is_stopped_and_replaced(folder: Path) -> None:
    """As where the kernel cannot end the server with its keeper."""
    orphan = _server(folder, lock=True)
    await actors.until((folder / "keeper" / ".s.PGSQL.5432").exists)
    used = await embedded.start(folder)
    assert orphan.wait(10) == 0
    assert len(actors.postmasters(folder)) == 1
    await used.release()


async def test_stop_ends_also_an_orphan_of_a_killed_keeper(folder: Path) -> None:
    orphan = _server(folder, lock=True)
    await actors.until((folder / "keeper" / ".s.PGSQL.5432").exists)
    await embedded.stop(folder)
    assert orphan.wait(10) == 0
    assert actors.nothing_runs(folder)


async def test_a_server_that_somebody_else_runs_on_the_folder_is_left_alone(folder: Path) -> None:
    stranger = _server(folder, lock=False)
    await actors.until((folder / ".s.PGSQL.5432").exists)
    with pytest.raises(UnavailableError, match=rf"process {stranger.pid}\) already runs"):
        await embedded.start(folder)
    assert stranger.poll() is None
    stranger.send_signal(signal.SIGINT)
    assert stranger.wait(10) == 0


def _server(folder: Path, *, lock: bool) -> "subprocess.Popen[bytes]":
    """PostgreSQL without a keeper."""
    work = places.of(folder, 1)
    command = [str(work.programs / "postgres"), "-D", str(work.cluster), "-c"]
    command += ["listen_addresses=", "-k", str(work.sockets) if lock else str(folder)]
    if sys.platform == "linux" and os.geteuid() == 0:
        command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]
    held = locks.take(work.home / "server.lock") if lock else None
    try:
        return subprocess.Popen(  # noqa: S603 (our own program)
            command,
            stderr=subprocess.DEVNULL,
            pass_fds=[] if held is None else [held],
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
    finally:
        if held is not None:
            os.close(held)
