"""A process that uses an embedded server until its stdin ends: data folder, idle seconds."""

import asyncio
import sys
from pathlib import Path

from todo_mcp.errors import UnavailableError
from todo_mcp.store import embedded


async def main() -> None:
    try:
        used = await embedded.start(Path(sys.argv[1]), float(sys.argv[2]))
    except UnavailableError as error:
        print(f"refused {error}", flush=True)  # noqa: T201 (what the test reads)
        return
    print(f"ready {used.url}", flush=True)  # noqa: T201 (what the test reads)
    await asyncio.to_thread(sys.stdin.read)
    await used.release()


asyncio.run(main())
