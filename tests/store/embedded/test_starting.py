"""How a server is started and joined."""

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] (it has none)
from sqlalchemy.engine import make_url

from tests.store.embedded import actors
from todo_mcp.store import embedded
from todo_mcp.store.embedded import places
from todo_mcp.store.keeper.work import read, written


async def test_an_empty_folder_becomes_a_server_with_the_database_todo(empty: Path) -> None:
    used = await embedded.start(empty)
    connection = await actors.connect(used.url)

    assert await connection.fetchval("select current_database()") == "todo"
    provider, locale, encoding = await connection.fetchrow(
        "select datlocprovider::text, datlocale, pg_encoding_to_char(encoding)"
        " from pg_database where datname = 'todo'"
    )
    assert (provider, locale, encoding) == ("b", "C.UTF-8", "UTF8")
    settings = await connection.fetch(
        "select name, setting from pg_settings where name in"
        " ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses')"
    )
    assert dict(map(tuple, settings)) == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
    }
    await connection.close()
    await used.release()


async def test_four_processes_at_once_on_an_empty_folder_share_one_server(empty: Path) -> None:
    async with asyncio.TaskGroup() as group:
        starting = [group.create_task(actors.client(empty)) for _ in range(4)]
    clients = [task.result() for task in starting]

    assert {(client.word, client.rest) for client in clients} == {("ready", clients[0].rest)}
    assert len(actors.keepers(empty)) == len(actors.postmasters(empty)) == 1
    for client in clients:
        await client.leave()


async def test_many_starts_of_one_process_join_the_server_that_runs(folder: Path) -> None:
    first = await embedded.start(folder)
    server = actors.postmasters(folder)
    async with asyncio.TaskGroup() as group:
        more = [group.create_task(embedded.start(folder)) for _ in range(20)]

    assert actors.postmasters(folder) == server
    assert {task.result().url for task in more} == {first.url}
    for used in [first, *(task.result() for task in more)]:
        await used.release()


async def test_what_was_written_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    used = await embedded.start(folder)
    connection = await actors.connect(used.url)
    await connection.execute("create table kept as select 'milk' as word")
    await connection.close()
    await used.release()
    await embedded.stop(folder)
    assert actors.nothing_runs(folder)

    used = await embedded.start(folder)
    connection = await actors.connect(used.url)
    assert await connection.fetchval("select word from kept") == "milk"
    await connection.close()
    await used.release()


async def test_a_path_may_have_spaces_quotes_commas_and_letters_of_any_language(
    empty: Path,
) -> None:
    folder = empty / "Über 'mein' \"Zeug\", 買い物 %20&x=1"
    used = await embedded.start(folder)
    connection = await actors.connect(used.url)
    assert await connection.fetchval("show data_directory") == str(folder / "postgres")
    await connection.close()
    await used.release()
    await embedded.stop(folder)


async def test_a_path_longer_than_a_socket_path_gets_a_short_private_folder(empty: Path) -> None:
    folder = empty / ("long" * 40) / ("ö" * 20)
    used = await embedded.start(folder)
    sockets = places.of(folder, 1).sockets
    connection = await actors.connect(used.url)
    assert await connection.fetchval("show unix_socket_directories") == f'"{sockets}"'
    await connection.close()
    assert len(os.fsencode(sockets)) < 60
    assert actors.mode(sockets) == 0o700
    await used.release()

    await embedded.stop(folder)
    await actors.until(lambda: not sockets.exists())


async def test_only_their_owner_can_enter_the_folders_of_data_and_socket(folder: Path) -> None:
    actors.open_to_others(folder)  # the user's own choice, left alone
    used = await embedded.start(folder)
    modes = {name: actors.mode(folder / name) for name in ("keeper", "postgres", "postgres.log")}
    assert modes == {"keeper": 0o700, "postgres": 0o700, "postgres.log": 0o600}
    assert actors.mode(folder) == 0o755
    await used.release()


async def test_the_url_means_the_same_to_sqlalchemy(folder: Path) -> None:
    used = await embedded.start(folder)
    url = make_url(used.url)
    assert (url.username, url.database, url.host) == ("todo", "todo", None)
    assert url.query == {"host": str(folder / "keeper")}
    await used.release()


async def test_what_users_write_does_not_reach_the_log(folder: Path) -> None:
    used = await embedded.start(folder)
    connection = await actors.connect(used.url)
    await connection.execute("create table unique_words (word text unique)")
    for statement in (
        "insert into unique_words values ('canary'), ('canary')",
        "select 'canary'::int",
        "do $$ begin raise warning 'canary'; end $$",
    ):
        with suppress(asyncpg.PostgresError):
            await connection.execute(statement)
    await connection.close()
    await used.release()
    await embedded.stop(folder)
    log = (folder / "postgres.log").read_text()
    assert "shut down" in log
    assert "canary" not in log


def test_orders_of_the_keeper_survive_the_command_line(tmp_path: Path) -> None:
    work = places.of(tmp_path / 'ö "x"', 1.5)
    assert read(written(work)) == work
    assert json.loads(written(work))["idle_seconds"] == 1.5
