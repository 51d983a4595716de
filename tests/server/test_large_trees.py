"""How many tasks fit below one, counted where they are not read.

Red with what was not brought left out of the count, with tasks that stay in their tree counted as
coming, without those that come along, with the tree counted from the parent instead of the topmost,
with what lies below read up to 5,101 and no more said, or counted once a level, with a walk down that
reads the space, and with twins joined to all tasks.
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
FEWER = "More than 5,000 tasks lie below these; do it in several calls."
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
        back = await ada.whole(roof)
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


async def test_a_task_added_is_not_compared_with_all_there_are(home: Home, hands: Hands) -> None:
    """Twins are looked for among the newest; before statistics, too, as in a new space."""
    async with agent(home, hands) as ada:
        await _grow(home, await ada.add("House"), 150)
    explained = _Explained(home.database.url)
    wanted = Wanted(around=frozenset({"twins"}), title="Leaf 7")
    state = await load(explained, home.person.space, home.person.user, wanted, hands.now)
    await explained.close()
    assert [twin.title for twin in state.twins] == ["Leaf 7"]
    assert not [line for line in explained.plan if "Rows Removed by Join Filter" in line]


_TORN = """
SELECT count(*) FROM tasks WHERE deleted_at IS NULL AND parent_id = ANY (
  ARRAY(SELECT id FROM tasks WHERE parent_id IS NULL AND deleted_at IS NOT NULL))
"""


async def test_of_trees_too_large_together_none_is_left_in_part(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        tops = [await ada.add("House"), await ada.add("Barn")]
        for top in tops:
            await _grow(home, top, 2_600)
        result = await ada.client.call_tool("delete_tasks", {"ids": tops, "confirm": True})
        assert await sowing.rows(home.database, _TORN) == [(0,)]
        assert FEWER in str(result.content)
        assert FEWER in await ada.refused("get_tasks", ids=tops, include=["subtasks"])
        assert FEWER in await ada.refused("update_tasks", ids=tops, list="inbox")
        await ada.call("delete_tasks", ids=tops[:1], confirm=True)
        assert await sowing.rows(home.database, _TORN) == [(0,)]


async def test_a_deep_tree_is_taken_back_whole(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as ada:
        way = [await ada.add("House")]
        for name in ("Kitchen", "Sink", "Tap", "Seal"):
            way.append(await ada.add(name, parent=way[-1]))
        await _grow(home, way[-1], 1_500)
        gone = (await ada.call("delete_tasks", ids=way[:1], confirm=True))["op"]
        await ada.call("undo", op=gone)
        left = await sowing.rows(
            home.database, "SELECT count(*) FROM tasks WHERE deleted_at IS NULL"
        )
    assert left == [(1_505,)]
