"""`todo-mcp export`, `import` and `feed`, run as processes."""

import os
from pathlib import Path

import httpx2

from tests.cli.commands import running, todo_mcp
from tests.service.calendar.desk import calendar, todos_in, vtodo
from todo_mcp.clock import utc_now
from todo_mcp.service import tasks
from todo_mcp.service.home import open_home
from todo_mcp.service.work import Work


def written(folder: Path, *todos: str) -> str:
    path = folder / "tasks.ics"
    path.write_text(calendar(*todos), encoding="utf-8", newline="")
    return str(path)


async def test_what_was_imported_is_exported(emptied: str, tmp_path: Path) -> None:
    path = written(tmp_path, vtodo("DUE:20261127T170000"), vtodo(uid="u2", summary="Bread"))
    dry = await todo_mcp("import", path, "--dry-run", DATABASE_URL=emptied)
    assert "would be added 2" in dry.out
    first = await todo_mcp("import", path, "--list", "Shop", DATABASE_URL=emptied)
    assert (first.code, first.out.splitlines()[:2]) == (
        0, ["added 2, updated 0, unchanged 0, refused 0", "lists made: Shop"],
    )  # fmt: skip
    again = await todo_mcp("import", path, "--list", "Shop", DATABASE_URL=emptied)
    assert again.out == "added 0, updated 0, unchanged 2, refused 0\n"
    exported = await todo_mcp("export", "--list", "shop", "--status", "open", DATABASE_URL=emptied)
    todos = todos_in(exported.out)
    assert {str(todo["UID"]) for todo in todos} == {"u1", "u2"}
    lines = await todo_mcp("export", "--format", "json", DATABASE_URL=emptied)
    assert lines.out.count("\n") == 2


async def test_a_file_that_is_none_is_refused_in_one_line(emptied: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk")
    for path in (tmp_path / "notes.txt", tmp_path / "missing.ics", tmp_path):
        said = await todo_mcp("import", str(path), DATABASE_URL=emptied)
        assert said.code == 1
        assert said.err.startswith("todo-mcp: file: ")


async def test_a_file_of_fifty_megabytes_is_refused_unread(emptied: str, tmp_path: Path) -> None:
    path = tmp_path / "huge.ics"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 50 * 1024 * 1024)
    said = await todo_mcp("import", str(path), DATABASE_URL=emptied)
    assert said.err == "todo-mcp: file: larger than 32 MiB. Split it and import the parts.\n"


async def test_an_export_says_of_how_many_occurrences_the_file_does_not_tell_the_series(
    emptied: str,
) -> None:
    # Red with an export that keeps it to itself.
    home = await open_home(emptied, user="local", zone="UTC", space=None)
    work = Work(home.database, home.person, utc_now(), "test")
    made = await tasks.add(work, {"title": "Water", "recurrence": "every friday"}, [])
    await tasks.complete(work, [made["tasks"][0]["id"]], "complete", None, with_subtasks=False)
    await home.database.close()
    said = await todo_mcp("export", DATABASE_URL=emptied)
    assert len(todos_in(said.out)) == 1
    assert said.err.startswith("todo-mcp: 1 closed occurrences are to-dos of their own in the file")


async def test_a_feed_is_served_until_it_is_revoked_and_its_token_is_in_no_log(
    emptied: str, tmp_path: Path, unused_tcp_port: int
) -> None:
    await todo_mcp("import", written(tmp_path, vtodo()), DATABASE_URL=emptied)
    port = ("--port", str(unused_tcp_port))
    told = await todo_mcp("feed", "on", *port, DATABASE_URL=emptied)
    address = told.out.split()[2]
    token = address.rpartition("/")[2].removesuffix(".ics")
    async with running(
        "serve", *port, "--log-level", "debug", until="home.opened", DATABASE_URL=emptied
    ) as process:
        async with httpx2.AsyncClient() as http:
            assert "SUMMARY:Milk" in (await http.get(address)).text
            listed = await todo_mcp("feed", "list", DATABASE_URL=emptied)
            assert "all open tasks" in listed.out
            assert token not in listed.out
            assert (await todo_mcp("feed", "off", DATABASE_URL=emptied)).code == 0
            assert (await http.get(address)).status_code == 404
        process.terminate()
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert token not in said
    assert "Milk" not in said
