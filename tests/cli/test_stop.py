"""`todo-mcp stop`: nothing of the embedded PostgreSQL is left running."""

from pathlib import Path

from tests.cli.commands import todo_mcp


async def test_stop_ends_the_embedded_server_and_says_so_again_when_nothing_runs(
    tmp_path: Path,
) -> None:
    place = ("--data-dir", str(tmp_path / "data"))
    made = await todo_mcp("migrate", *place)
    stopped = await todo_mcp("stop", *place)
    again = await todo_mcp("stop", *place)
    assert (made.code, stopped.code, again.code) == (0, 0, 0), made.err + stopped.err
    assert stopped.out == again.out == f"nothing runs on {tmp_path / 'data'}; copy it as it is\n"
    assert not list((tmp_path / "data").rglob("postmaster.pid"))


async def test_stop_leaves_the_server_of_database_url_alone(url: str) -> None:
    said = await todo_mcp("stop", DATABASE_URL=url)
    assert said.code == 1
    assert said.err.startswith("todo-mcp: DATABASE_URL: this stops the embedded PostgreSQL only")
