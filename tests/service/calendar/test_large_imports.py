"""Imports into large trees: what lies below a task is read whole or the task is left alone.

Red with chunks that are decided on a part of what lies below them, and with what a file has said before
read again.
"""

from typing import Any

import pytest

from tests.service.calendar.desk import Desk, calendar, vtodo
from todo_mcp.ids import short
from todo_mcp.service import deleting
from todo_mcp.store.database import Database

pytestmark = pytest.mark.full

LEAVES = """
INSERT INTO tasks (space_id, id, version, title, list_id, parent_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT p.space_id, nextval('task_ids'), 1, 'Leaf ' || i, p.list_id, p.id, 'open', 0, '{}', '{}',
  now(), now() FROM tasks p, generate_series(1, $2::int) i WHERE p.title = $1
"""


def file(word: str, *names: str) -> str:
    above = {name: ("RELATED-TO:Top",) if name != "Top" else () for name in names}
    return calendar(*(vtodo(*above[n], f"DESCRIPTION:{word}", uid=n, summary=n) for n in names))


async def told(desk: Desk, sql: str, *args: Any) -> list[Any]:
    space = desk.work.person.space
    return [row["told"] for row in await desk.work.database.app(space, sql, space, *args)]


async def test_what_lies_below_many_is_read_for_each_and_too_much_below_one_is_told(
    database: Database,
) -> None:
    desk = await Desk.of(database)
    await desk.imports(file("old", "Top", "Left", "Right"))
    for title in ("Left", "Right"):
        await database.worker(LEAVES, title, 2_600)
    report = await desk.imports(file("new", "Top", "Left", "Right"))
    assert (report.updated, report.refused, len(report.operations)) == (2, 1, 2)
    [note] = report.notes
    assert note.startswith("line 4: not imported: More than 5,000 tasks lie below these")
    notes = "SELECT title || ' ' || notes AS told FROM tasks WHERE space_id = $1 AND notes IS NOT NULL ORDER BY 1"
    assert await told(desk, notes) == ["Left new", "Right new", "Top old"]
    again = await desk.imports(file("old", "Top"))
    assert (again.same, again.refused) == (1, 0)


async def test_a_tree_that_comes_out_of_the_trash_comes_whole_beside_another(
    database: Database,
) -> None:
    desk = await Desk.of(database)
    await desk.imports(calendar(*(vtodo(uid=name, summary=name) for name in ("Left", "Right"))))
    await database.worker(LEAVES, "Left", 4_000)
    await database.worker(LEAVES, "Right", 1_200)
    right = "SELECT id AS told FROM tasks WHERE space_id = $1 AND title = 'Right'"
    await deleting.delete(desk.work, [short("task", n) for n in await told(desk, right)])
    gone = "SELECT count(*) AS told FROM tasks WHERE space_id = $1 AND deleted_at IS NOT NULL"
    assert await told(desk, gone) == [1_201]
    report = await desk.imports(
        calendar(*(vtodo("PRIORITY:1", uid=name, summary=name) for name in ("Left", "Right")))
    )
    assert (report.updated, report.refused) == (2, 0)
    assert await told(desk, gone) == [0]
