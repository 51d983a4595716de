"""Folders of embedded servers, and the promise that nothing is left of them."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.store.embedded import actors
from todo_mcp.store import embedded


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncGenerator[Path]:
    """A data folder that does not exist yet; afterwards no process may be left."""
    folder = tmp_path / "data"
    yield folder
    await _left(folder)
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="session")
async def _made(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Path]:
    folder = tmp_path_factory.mktemp("made") / "data"
    used = await embedded.start(folder)
    await used.release()
    await embedded.stop(folder)
    yield folder
    shutil.rmtree(folder.parent)


@pytest.fixture
async def folder(_made: Path) -> AsyncGenerator[Path]:
    """The data folder of a stopped server that tests share, as making one takes half a second."""
    yield _made
    await _left(_made)
    (_made / "postgres.log").unlink()


@pytest.fixture
def copy(_made: Path, empty: Path) -> Path:
    """The data folder of a stopped server, for tests that damage it."""
    return shutil.copytree(_made, empty)


async def _left(folder: Path) -> None:
    await embedded.stop(folder)
    try:
        await actors.until(lambda: actors.nothing_runs(folder))
    finally:
        actors.kill(*actors.keepers(folder), *actors.postmasters(folder))
