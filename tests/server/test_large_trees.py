"""How many tasks fit below one, counted where they are not read.

Red with what was not brought left out of the count, with tasks that stay in their tree counted as
coming, without those that come along, and with the tree counted from the parent instead of the topmost.
"""

from typing import Any

import pytest

from tests import sowing
from tests.hands import Hands
from tests.server.agent import agent
from todo_mcp.ids import parse
from todo_mcp.service.home import Home
from todo_mcp.service.tasks import BELOW, TIES
from todo_mcp.store.database import Database
from todo_mcp.store.load import Wanted, load

FULL = "parent: at most 5,000 tasks below one."
_LEAVES = """
INSERT INTO tasks (space_id, id, version, title, list_id, parent_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT p.space_id, nextval('task_ids'), 1, 'Leaf ' || i, p.list_id, p.id, 'open', 0, '{}', '{}',
  now(), now() FROM tasks p, generate_series(1, $2::int) i WHERE p.id = $1
"""


async def _grow(home: Home, parent: str, count: int) -> None:
    await home.database.worker(_LEAVES, parse(parent, "task", "parent"), count)


async def test_a_tree_takes_5_000_and_no_more(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        top = await ada.add("House")
        room = await ada.add("Kitchen", parent=top)
        await _grow(home, room, 4_997)
        added = await ada.call(
            "add_tasks", tasks=[{"title": "Sink", "parent": room}, {"title": "Roof", "parent": top}]
        )
        sink, roof = (row["id"] for row in added["tasks"])
        assert FULL in await ada.refused("add_task", title="Table", parent=room)
        assert FULL in await ada.refused("add_task", title="Garden", parent=top)
        moved = await ada.one("update_tasks", ids=[roof], parent=sink)
        assert moved["id"] == roof  # within the tree nothing comes to it
        await ada.call("update_tasks", ids=[roof], clear=["parent"])
        assert FULL in await ada.refused(
            "add_tasks", tasks=[{"title": "Tap", "parent": sink}, {"title": "Lamp", "parent": top}]
        )
        await ada.add("Table", parent=room)
        assert FULL in await ada.refused("update_tasks", ids=[roof], parent=top)


async def test_what_lies_below_a_task_comes_along_and_counts(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        top = await ada.add("House")
        shed = await ada.add("Shed", subtasks=["Door", "Window"])
        await _grow(home, top, 4_998)
        assert FULL in await ada.refused("update_tasks", ids=[shed], parent=top)
        door = (await ada.call("search_tasks", query="door"))["tasks"][0]["id"]
        await ada.call("update_tasks", ids=[door], clear=["parent"])
        await ada.call("update_tasks", ids=[shed], parent=top)
        assert FULL in await ada.refused("update_tasks", ids=[door], parent=shed)


async def test_a_move_out_of_a_tree_is_undone_as_long_as_it_has_room(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as ada:
        top = await ada.add("House")
        roof = await ada.add("Roof", parent=top)
        await _grow(home, top, 4_999)
        out = (await ada.call("update_tasks", ids=[roof], clear=["parent"]))["op"]
        door = (await ada.call("add_task", title="Door", parent=top))["op"]
        assert FULL in await ada.refused("undo", op=out)
        await ada.call("undo", op=door)
        await ada.call("delete_tasks", purge=True, confirm=True)
        await ada.call("undo", op=out)
        [back] = (await ada.call("get_tasks", ids=[roof]))["tasks"]
    assert back["parent"] == top


@pytest.mark.parametrize("deep", [False, True])
async def test_a_tree_is_counted_and_not_read(
    home: Home,
    hands: Hands,
    deep: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    async with agent(home, hands) as ada:
        top = await ada.add("House")
        parent = await ada.add("Kitchen", parent=top) if deep else top
        await _grow(home, top, 20)
        await _grow(home, parent, 20)
    number = parse(parent, "task", "parent")
    wanted = Wanted(under=(number,), around=TIES)
    state = await load(home.database, home.person.space, home.person.user, wanted, hands.now)
    assert len(state.tasks) == 1 + deep
    assert state.count_below(parse(top, "task", "parent")) == 40 + deep


class _Explained(Database):
    """Tells how PostgreSQL runs what is read, and how often each line of it."""

    plan: list[str]

    async def app(self, space: int, sql: str, *args: Any, once: bool = False) -> list[Any]:
        rows = await super().app(space, f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", *args, once=once)
        self.plan = [row[0] for row in rows]
        return await super().app(space, sql, *args, once=once)


@pytest.mark.parametrize("around", ["under", "below"])
async def test_a_walk_down_looks_up_a_level_at_once(home: Home, hands: Hands, around: str) -> None:
    async with agent(home, hands) as ada:
        top = await ada.add("House")
        await _grow(home, top, 2_000)
    await sowing.as_admin(home.database, "ANALYZE tasks")  # one parent: as good as all subtasks
    number = parse(top, "task", "parent")
    wanted = Wanted(under=(number,)) if around == "under" else Wanted((number,), around=BELOW)
    explained = _Explained(home.database.url)
    await load(explained, home.person.space, home.person.user, wanted, hands.now)
    await explained.close()
    walked = [n for n, line in enumerate(explained.plan) if "ix_tasks_parent" in line]
    assert len(walked) == 1
    assert "parent_id = ANY" in explained.plan[walked[0] + 1]
    assert "loops=2)" in explained.plan[walked[0]]
    assert not [line for line in explained.plan if "Rows Removed by Join Filter" in line]
