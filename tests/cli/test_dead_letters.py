"""`todo-mcp dead-letters` on what handlers of the in-process bus gave up."""

from uuid import UUID

import pytest

from tests import sowing
from tests.cli.commands import Said, todo_mcp
from tests.hands import Hands
from tests.server.agent import agent
from todo_mcp.service.home import Home
from todo_mcp.store.dead_letters import bury

CLOSED = "SELECT id FROM events WHERE type = 'todo.task.completed.v1' ORDER BY seq"
OCCURRENCES = "SELECT title, n FROM tasks WHERE series_id IS NOT NULL ORDER BY id"


async def letters(home: Home, *arguments: str) -> Said:
    return await todo_mcp("dead-letters", *arguments, DATABASE_URL=home.database.url)


@pytest.fixture
async def closed(home: Home, hands: Hands) -> list[UUID]:
    """Two completed occurrences whose events the handler of recurrences gave up."""
    async with agent(home, hands) as ada:
        for title in ("Water", "Dust"):
            task = await ada.add(title, recurrence="every friday at 9:00")
            await ada.call("complete_tasks", ids=[task])
    found = [event for (event,) in await sowing.rows(home.database, CLOSED)]
    for event in found:
        await _bury(home, event, "recurrence")
    return found


async def _bury(home: Home, event: UUID, consumer: str) -> None:
    await bury(home.database, home.person.space, event, consumer=consumer, reason="TimeoutError")


async def test_a_letter_is_listed_shown_and_replayed_once_for_all(
    home: Home, closed: list[UUID]
) -> None:
    name = f"recurrence:{closed[0]}"
    listed = await letters(home, "list")
    shown = await letters(home, "show", name)
    assert f"{name}  " in listed.out
    assert "todo.task.completed.v1 t" in listed.out
    assert listed.out.endswith("  TimeoutError\n2 dead letters\n")
    assert '"title": "Water"' in shown.out
    said = await letters(home, "replay", name)
    assert (said.code, said.out) == (0, f"{name}: replayed\n")
    assert await sowing.rows(home.database, OCCURRENCES) == [
        ("Water", 1),
        ("Dust", 1),
        ("Water", 2),
    ]
    again = await letters(home, "replay", name)
    assert again.code == 1
    assert again.err.startswith(f"todo-mcp: ids: there is no dead letter '{name}'")


async def test_what_had_its_effect_already_has_no_second_one(
    home: Home, closed: list[UUID]
) -> None:
    assert (await letters(home, "replay", "--all")).code == 0
    for event in closed:
        await _bury(home, event, "recurrence")
    said = await letters(home, "replay", "--all")
    assert said.out == "".join(f"recurrence:{event}: replayed\n" for event in closed)
    assert len(await sowing.rows(home.database, OCCURRENCES)) == 4
    assert (await letters(home, "list")).out == "0 dead letters\n"


async def test_what_fails_again_stays_and_is_told(home: Home, closed: list[UUID]) -> None:
    await _bury(home, closed[0], "nobody")
    said = await letters(home, "replay", f"nobody:{closed[0]}")
    assert said.code == 1
    assert said.out == f"nobody:{closed[0]}: stays, nothing here handles events for it\n"
    assert (await letters(home, "list")).out.endswith("3 dead letters\n")


async def test_what_is_dropped_is_gone_without_an_effect(home: Home, closed: list[UUID]) -> None:
    said = await letters(home, "drop", "--all")
    assert said.out == "".join(f"recurrence:{event}: dropped\n" for event in closed)
    assert (await letters(home, "list")).out == "0 dead letters\n"
    assert len(await sowing.rows(home.database, OCCURRENCES)) == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("replay",), "ids: name the letters to replay as `list` shows them, or --all."),
        (("drop", "x", "--all"), "ids: name the letters to drop"),
        (("list", "--all"), "--all: goes with replay and drop, not with list."),
        (("show", "3-17"), "ids: there is no dead letter '3-17'"),
    ],
)
async def test_letters_have_to_be_named(
    home: Home, arguments: tuple[str, ...], reason: str
) -> None:
    said = await letters(home, *arguments)
    assert said.code == 1
    assert said.err.startswith(f"todo-mcp: {reason}")
