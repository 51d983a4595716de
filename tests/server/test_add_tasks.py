"""add_tasks, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service.home import Home


async def test_refs_name_parents_and_blockers_of_the_same_call(
    home: Home, hands: Hands, era: Era
) -> None:
    tasks = [
        {"title": "Paint", "parent": "house", "blocked_by": ["sand"]},
        {"title": "House", "ref": "house"},
        {"title": "Sand", "ref": "sand", "parent": "house"},
    ]
    async with agent(home, hands, era) as ada:
        answer = await ada.call("add_tasks", tasks=tasks)
        ids = [row["id"] for row in answer["tasks"]]
        assert [row["title"] for row in answer["tasks"]] == ["Paint", "House", "Sand"]
        paint, house, sand = (await ada.call("get_tasks", ids=ids))["tasks"]
    assert (paint["parent"], sand["parent"]) == (house["id"], house["id"])
    assert paint["blocked_by"] == [sand["id"]]
    assert house["subtasks"] == "0/2"


async def test_one_that_cannot_be_stops_all(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        error = await ada.refused("add_tasks", tasks=[{"title": "A"}, {"title": "B", "due": "x y"}])
        assert error.startswith("tasks[1].due: 'x y' is not a date")
        assert (await ada.call("get_context"))["lists"][0]["open"] == 0


async def test_refs_that_are_ids_or_lead_in_circles_are_refused(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        assert "form of an id" in await ada.refused(
            "add_tasks", tasks=[{"title": "A", "ref": "t12"}]
        )
        assert "circle" in await ada.refused(
            "add_tasks",
            tasks=[
                {"title": "A", "ref": "a", "blocked_by": ["b"]},
                {"title": "B", "ref": "b", "parent": "a"},
            ],
        )
        assert "used twice" in await ada.refused(
            "add_tasks", tasks=[{"title": "A", "ref": "a"}, {"title": "B", "ref": "a"}]
        )


async def test_a_dry_run_of_tasks_that_name_each_other_writes_nothing(
    home: Home, hands: Hands, era: Era
) -> None:
    tasks = [{"title": "A", "ref": "a"}, {"title": "B", "parent": "a", "reminders": ["noon"]}]
    async with agent(home, hands, era) as ada:
        answer = await ada.call("add_tasks", tasks=tasks, dry_run=True)
        assert [row["title"] for row in answer["tasks"]] == ["A", "B"]
        assert not any("id" in row for row in answer["tasks"])
        assert (await ada.call("get_context"))["lists"][0]["open"] == 0
