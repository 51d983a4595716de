"""`todo-mcp sinks`: a reader of the log that is gone for good is dropped, and none that is in use.

Red with a drop of whatever is named, with one that looks for its reader under another lock, and with a
doctor that looks at the bus in use alone.
"""

from collections.abc import AsyncGenerator, Sequence
from functools import partial

import pytest

from tests import aging, sowing
from tests.cli.commands import Said, todo_mcp
from tests.cli.test_retain import retain
from tests.signals import Record, running
from todo_mcp import relay
from todo_mcp.messaging.bus import Refused
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.service.home import Home

SINKS = "SELECT sink FROM cursors ORDER BY sink"


async def sinks(home: Home, *arguments: str, **given: str) -> Said:
    return await todo_mcp("sinks", *arguments, DATABASE_URL=home.database.url, **given)


async def names(home: Home) -> list[str]:
    return [name for (name,) in await sowing.rows(home.database, SINKS)]


@pytest.fixture
async def lived(home: Home) -> Home:
    """A log of weeks ago that `local` has read, and `former` only the first part of."""
    for version in (1, 2, 3, 4):
        await sowing.event(home.database, version=version)
    await home.database.worker("UPDATE events SET created_at = now() - interval '40 days'")
    await aging.read_by(home.database)
    await aging.read_by(home.database, "former", 0.5)
    return home


@pytest.fixture
async def read(home: Home) -> AsyncGenerator[Record[CloudEvent]]:
    """Somebody reads for `former`."""
    published = Record[CloudEvent]()

    async def publish(batch: Sequence[CloudEvent]) -> list[Refused]:
        published.add(*batch)
        return []

    async with running(partial(relay.run, home.database, publish, "former")):
        yield published


async def test_one_that_is_gone_for_good_is_told_of_and_dropped_and_holds_back_nothing_more(
    lived: Home,
) -> None:
    listed = await sinks(lived, "list")
    former, local = listed.out.splitlines()
    assert former.startswith("former  nobody reads it  ")
    assert "  2 wait, the oldest for 3456" in former
    assert local.startswith("local  nobody reads it  none waits  moved 20")
    examined = await todo_mcp("doctor", DATABASE_URL=lived.database.url)
    assert examined.code == 1
    assert "NOT WELL  events for former: " in examined.out
    held = await retain(lived)
    for told in (examined.out, held.err):
        assert "`todo-mcp sinks drop former`" in told

    said = await sinks(lived, "drop", "former")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        "former: dropped; should it read again, it begins where the log does"
    )
    assert await names(lived) == ["local"]
    assert (await retain(lived)).code == 0
    assert "for former" not in (await todo_mcp("doctor", DATABASE_URL=lived.database.url)).out


async def test_one_that_somebody_reads_for_is_not_dropped(
    lived: Home, read: Record[CloudEvent]
) -> None:
    await read.until(1)
    assert (await sinks(lived, "list")).out.startswith("former  is read  ")
    said = await sinks(lived, "drop", "former")
    assert said.code == 1
    assert said.err.startswith("todo-mcp: names: 'former' is in use.")
    assert await names(lived) == ["former", "local"]


@pytest.mark.parametrize(("bus", "used"), [("local", "local"), ("dapr", "statistics")])
async def test_that_of_the_bus_in_use_is_not_dropped_though_it_rests(
    lived: Home, bus: str, used: str
) -> None:
    await aging.read_by(lived.database, used)
    said = await sinks(lived, "drop", "former", used, TODO_MCP_BUS=bus)
    assert said.code == 1
    assert said.err.startswith(f"todo-mcp: names: '{used}' is in use.")
    assert {"former", used} <= set(await names(lived))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("drop",), "names: name the sinks to drop as"),
        (("drop", "former", "never"), "names: there is no sink 'never'."),
    ],
)
async def test_what_is_to_be_dropped_is_named_rightly(
    lived: Home, arguments: tuple[str, ...], reason: str
) -> None:
    said = await sinks(lived, *arguments)
    assert said.code == 1
    assert said.err.startswith(f"todo-mcp: {reason}")
    assert await names(lived) == ["former", "local"]
