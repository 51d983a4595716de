"""Names in a search: lists, tags, people and parents, and what is said where there is none."""

import pytest

from tests import sowing
from tests.store.any_tasks import put_lists
from tests.store.searching import NOW, Shelf, task
from todo_mcp.domain.task import Status
from todo_mcp.errors import NotFoundError


async def test_lists_are_found_with_those_below_them(shelf: Shelf) -> None:
    await put_lists(shelf)
    await shelf.put(task(1, "a", list_id=1), task(2, "b", list_id=21), task(3, "c", list_id=22))
    assert await shelf.ids("list:work") == [2, 3]
    assert await shelf.ids("list:l22") == [3]
    assert await shelf.ids("list:none") == [1]
    assert await shelf.ids("-list:work status:any") == [1]
    assert await shelf.ids("list:work status:done") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("list:wrok", r"^query, list: there is no list 'wrok'\. There is Work"),
        ("list:l99", r"^query, list: there is no list 'l99'"),
        ("assignee:bob", r"^query, assignee: there is no member 'bob'\. There is me, u1"),
        ("parent:t99", r"^query, parent: there is no task 't99'"),
        ("parent:Nothing", r"^query, parent: there is no task 'Nothing'"),
        ("parent:!", r"^query, parent: there is no task '!'"),
    ],
)
async def test_a_name_of_nothing_is_refused_with_what_there_is(
    shelf: Shelf, query: str, message: str
) -> None:
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', now(), now()), (2, 99, 1, 'Theirs', now(), now())",
    )
    with pytest.raises(NotFoundError, match=message):
        await shelf.ids(query)


async def test_a_tag_that_no_task_has_is_refused_with_the_near_ones(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "a", tags=("home",)),
        task(2, "b", tags=("old",), status=Status.DONE, completed_at=NOW),
    )
    with pytest.raises(
        NotFoundError, match=r"^query, tag: no task has the tag 'hoem'\. There is home"
    ):
        await shelf.ids("a tag:hoem")
    assert await shelf.ids("tag:old") == []
    assert await shelf.ids("tag:hoem OR a") == [1]
    assert await shelf.ids("a -tag:hoem") == [1]


async def test_parents_are_named_by_id_or_title(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "Plan party"),
        task(2, "Invite", parent_id=1),
        task(3, "Find addresses", parent_id=2),
        task(4, "Plan party tomorrow"),
    )
    assert await shelf.ids("parent:t1") == [2, 3]
    assert await shelf.ids('parent:"PLAN PARTY"') == [2, 3]
