"""What `make run` shows: the first thing that a stranger sees."""

import asyncio
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


async def test_the_afternoon_of_make_run_ends_with_every_answer_the_right_one() -> None:
    shown = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CHECKOUT / "tools" / "afternoon.py"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):  # 30 s are promised where nothing else runs
        told, _ = await shown.communicate()
    assert told.decode().endswith(" calls, every answer the right one\n"), told.decode()[-3_000:]
    assert shown.returncode == 0
