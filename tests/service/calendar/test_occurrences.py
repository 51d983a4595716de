"""Closed occurrences and the open next one: what a file has of them, and what it says it has not.

Red with closed occurrences under the UID of their series, with a series that is found by its first
occurrence instead of its latest, and with an export that does not count what it cannot say.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.conftest import NOW
from tests.hands import Hands
from tests.server.meanwhile import follow
from tests.service.calendar.desk import Desk, todos_in
from todo_mcp.service import tasks
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store.database import Database

WEEKLY = {"title": "Water", "recurrence": "every friday at 9:00, 5 times", "reminders": ["-1h"]}


async def closed(desk: Desk, hands: Hands) -> None:
    """The open occurrence is done, and followed by the next."""
    sql = "SELECT id FROM tasks WHERE space_id = $1 AND status = 'open'"
    space = desk.work.person.space
    [row] = await desk.work.database.app(space, sql, space)
    work = Work(desk.work.database, desk.work.person, hands(), "test")
    await tasks.complete(work, [f"t{row['id']}"], "complete", None, with_subtasks=False)
    await follow(Home(desk.work.database, desk.work.person), hands)


def said(written: bytes) -> list[tuple[str, bool, bool]]:
    """Of each to-do its status, whether it repeats, and whether it says when it was done."""
    return sorted((str(t["STATUS"]), "RRULE" in t, "COMPLETED" in t) for t in todos_in(written))


async def test_a_done_occurrence_and_its_next_come_back_once_however_often_they_are_imported(
    database: Database, hands: Hands
) -> None:
    ada, bob = await Desk.of(database, "ada"), await Desk.of(database, "bob")
    await tasks.add(ada.work, WEEKLY, [])
    await closed(ada, hands)
    first, left_out = await ada.told()
    assert (said(first), left_out) == (
        [("COMPLETED", False, True), ("NEEDS-ACTION", True, False)],
        1,
    )
    assert (await bob.imports(first)).added == 2
    assert await bob.tasks() == await ada.tasks()
    again = await bob.imports(first)
    assert (again.added, again.same, again.operations) == (0, 2, [])

    hands.forward(days=7)
    await closed(ada, hands)
    second, left_out = await ada.told()
    assert left_out == 2
    bob = Desk(replace(bob.work, now=hands()))
    later = await bob.imports(second)
    assert (later.added, later.updated, later.same) == (1, 1, 1)
    assert await shown(bob) == await shown(ada)
    assert (await bob.imports(second)).operations == []
    here = await ada.imports(second)
    assert (here.same, here.refused, here.operations) == (3, 0, [])


async def shown(desk: Desk) -> list[dict[str, Any]]:
    """Without when it was made: the next occurrence is a task of its own there, and the same one here."""
    found = sorted(await desk.tasks(), key=lambda task: task["due_on"])
    return [task | {"created_at": None} for task in found]


async def test_when_an_occurrence_was_done_and_due_is_kept(
    database: Database, hands: Hands
) -> None:
    ada, bob = await Desk.of(database, "ada"), await Desk.of(database, "bob")
    await tasks.add(ada.work, WEEKLY, [])
    hands.forward(hours=1)
    await closed(ada, hands)
    bob = Desk(replace(bob.work, now=hands()))
    await bob.imports(await ada.exports(status="done"))
    [done] = await bob.tasks()
    assert done["completed_at"] == NOW + timedelta(hours=1)
    assert f"{done['due_at']:%m-%d %H}" == "11-27 08"
