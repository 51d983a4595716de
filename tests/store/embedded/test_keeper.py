"""The keeper's own frugality."""

import json
import subprocess
import sys
from pathlib import Path

import todo_mcp
from tests.store.embedded import actors
from todo_mcp.store import embedded

_LOADED = """
import sys; sys.path.append(sys.argv[1])
import todo_mcp.store.keeper.process, json
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_it_loads_nothing_but_the_standard_library_and_not_even_asyncio() -> None:
    root = Path(todo_mcp.__file__).parents[1]
    ran = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-I", "-S", "-c", _LOADED, str(root)], capture_output=True, check=True
    )
    loaded = set(json.loads(ran.stdout))
    assert loaded - sys.stdlib_module_names - {"__main__"} == {"todo_mcp"}
    assert "asyncio" not in loaded


async def test_a_log_that_somebody_deletes_does_no_harm(folder: Path) -> None:
    used = await embedded.start(folder)
    running = actors.keepers(folder)
    actors.forget(folder / "postgres.log")
    await (await embedded.start(folder)).release()
    actors.forget(folder / "postgres.log")
    killed = set(actors.postmasters(folder))
    actors.kill(*killed)
    # The keeper may have started another before anybody looks.
    await actors.until(lambda: not killed & set(actors.postmasters(folder)))
    await (await embedded.start(folder)).release()
    assert actors.keepers(folder) == running
    await used.release()


async def test_it_keeps_the_log_within_a_limit(folder: Path) -> None:
    log, before = folder / "postgres.log", folder / "postgres.log.1"
    used = await embedded.start(folder)
    grown = b"x" * 4_000_000
    with log.open("ab") as file:
        file.write(grown)
    another = await embedded.start(folder)  # wakes the keeper
    await actors.until(lambda: before.exists() and log.stat().st_size < 100_000)
    assert grown in before.read_bytes()
    await another.release()
    await used.release()
    before.unlink()
