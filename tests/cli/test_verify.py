"""`todo-mcp verify` on what a few days of use left, and on what somebody has changed by hand."""

import pytest

from tests import living, sowing
from tests.cli.commands import Said, todo_mcp
from tests.hands import Hands
from todo_mcp.service.home import Home


async def verify(home: Home, *more: str) -> Said:
    return await todo_mcp("verify", *more, DATABASE_URL=home.database.url)


async def test_the_tables_are_what_the_log_leads_to(home: Home, hands: Hands) -> None:
    await living.live(home, hands)
    said = await verify(home)
    assert (said.code, said.err) == (0, "")
    assert "of 1 spaces replayed" in said.out
    assert said.out.endswith(": all equal.\n")


DAMAGE = {
    "UPDATE tasks SET title = 'secret', due_on = NULL WHERE id = $1": "other in the table: title, due_on\n",
    "UPDATE tasks SET search = '' WHERE id = $1": "other in the table: search\n",
    "DELETE FROM events WHERE kind = 'task' AND subject_id = $1 AND version = 2": (
        "the log is torn: version 3 follows version 1\n"
    ),
    "DELETE FROM events WHERE kind = 'task' AND subject_id = $1 AND version = 1": (
        "the log is torn: versions before 2 are missing\n"
    ),
    "DELETE FROM events WHERE kind = 'task' AND subject_id = $1": "not in the log\n",
    """UPDATE events SET before = before || '{"title": "secret"}' WHERE kind = 'task'
       AND subject_id = $1 AND version = 2""": "the log is torn: version 2 rests on another title\n",
    "DELETE FROM words WHERE word = 'graz' AND $1 > 0": "words of it are not in the vocabulary\n",
    "DELETE FROM tasks WHERE id = $1": "the row is missing\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_what_differs_is_named_without_its_text(
    home: Home, hands: Hands, damage: str
) -> None:
    await living.live(home, hands)
    [(task,)] = await sowing.rows(
        home.database, "SELECT id FROM tasks WHERE title = 'Move to Graz'"
    )
    if damage.startswith("DELETE FROM tasks"):
        await home.database.worker("UPDATE tasks SET parent_id = NULL WHERE parent_id = $1", task)
    await home.database.worker(damage, task)
    said = await verify(home, "--space", str(home.person.space))
    assert said.code == 1
    assert f"space {home.person.space}: t{task}: {DAMAGE[damage]}" in said.out
    assert "secret" not in said.out


async def test_a_row_of_a_purged_task_that_is_back_is_told(home: Home, hands: Hands) -> None:
    await living.live(home, hands)
    [(gone,)] = await sowing.rows(
        home.database, "SELECT subject_id FROM events WHERE type = 'todo.task.purged.v1'"
    )
    await home.database.worker(
        "INSERT INTO tasks SELECT (jsonb_populate_record(t, jsonb_build_object('id', $1::bigint))).* "
        "FROM tasks t WHERE series_id IS NULL ORDER BY id LIMIT 1",
        gone,
    )
    said = await verify(home)
    assert f"t{gone}: the row is there, though the log says it is gone\n" in said.out
    assert "1 differences" in said.out


async def test_a_space_that_is_not_there_is_said_to_be_missing(home: Home) -> None:
    said = await verify(home, "--space", "nowhere")
    assert said.code == 1
    assert "space: there is no" in said.err
