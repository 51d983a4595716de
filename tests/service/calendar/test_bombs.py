"""What hostile files cost: measured in a process that reads nothing else.

Red with categories split by a pattern that tries a last backslash from each character, with parameters
of any length, with unknown zones looked for among near ones, with a calendar's name read once more for
each to-do, with alarms and relations told of one by one, and with properties kept that nobody reads.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from tests.service.calendar.bombs import BOMBS

pytestmark = pytest.mark.many

SECONDS = 10.0  # each takes a tenth of one on a machine that is at leisure
MIB = 40.0
FIFTY_MIB = 120.0


async def measured(*words: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.service.calendar.bombs", *words, stdout=PIPE
    )
    try:
        async with asyncio.timeout(120):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return json.loads(said)


async def test_a_bomb_takes_little_time_and_memory_and_is_told_in_few_words() -> None:
    found = await measured()
    assert [one["name"] for one in found] == list(BOMBS)
    assert [one for one in found if one["seconds"] > SECONDS or one["mib"] > MIB] == []
    assert [one for one in found if one["notes"] > 3_000] == []
    told = {one["name"]: (one["drafts"], one["notes"]) for one in found}
    assert told["alarms"] == (1, 1)
    assert told["relations"] == (20, 20)
    assert told["zones"] == told["zones of ours"] == (0, 2_000)


@pytest.mark.full
async def test_fifty_megabytes_of_good_todos_are_given_up_in_bounded_memory() -> None:
    [one] = await measured("fifty")
    assert one["said"] == "file: larger than 32 MiB. Split it and import the parts."
    assert one["mib"] < FIFTY_MIB
