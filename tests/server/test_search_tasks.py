"""search_tasks, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.guests import guest
from todo_mcp.service.home import Home


async def ids(ada: Agent, query: str, **more: object) -> list[str]:
    answer = await ada.call("search_tasks", query=query, **more)
    return [task["id"] for task in answer["tasks"]]


async def test_what_is_added_is_found_by_words_parts_and_typos(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        muffins = await ada.add("Bake blueberry muffins", tags=["küche"], notes="for Zoë")
        await ada.add("Something else")
        for query in ("muffins", "berry", "bake blue", "ZOE", "kuche", "tag:Küche", '"for zoe"'):
            assert await ids(ada, query) == [muffins], query
        answer = await ada.call("search_tasks", query="blueberyr")
        assert [task["id"] for task in answer["tasks"]] == [muffins]
        assert answer["did_you_mean"] == "blueberry"


async def test_a_change_is_searched_as_it_is_now(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk", priority="low", due="today")
        await ada.call("update_tasks", ids=[task], title="Buy bread", priority="high")
        assert await ids(ada, "milk") == []
        assert await ids(ada, "bread priority:high due:today") == [task]
        await ada.call("complete_tasks", ids=[task])
        assert await ids(ada, "bread") == []
        assert await ids(ada, "bread status:done") == [task]
        await ada.call("complete_tasks", ids=[task], action="reopen")
        await ada.call("delete_tasks", ids=[task])
        assert await ids(ada, "bread status:any") == []
        assert await ids(ada, "bread status:trash") == [task]


async def test_rows_say_what_a_person_wants_to_see(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        parent = await ada.add(
            "Pack", due="fri 5pm", reminders=["-30m"], subtasks=["socks"], notes="x" * 500
        )
        answer = await ada.call("search_tasks", query="has:subtasks has:reminders has:notes")
    [row] = answer["tasks"]
    assert row == {
        "id": parent,
        "title": "Pack",
        "version": row["version"],
        "list": "Inbox",
        "due": "2026-11-27T17:00+01:00",
        "subtasks": "0/1",
        "reminders": 1,
        "has": ["notes"],
    }
    assert (answer["total"], answer["zone"]) == (1, "Europe/Vienna")


async def test_pages_follow_each_other_and_counts_come_whole(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        made = [await ada.add(f"Task {number}", tags=["a"]) for number in range(5)]
        found: list[str] = []
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            page = await ada.call("search_tasks", query="tag:a", sort="created", limit=2, **more)
            found += [task["id"] for task in page["tasks"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        assert found == made
        counted = await ada.call("search_tasks", query="", count_by="tag")
        assert (counted["counts"], counted["total"]) == ({"a": 5}, 5)
        told = await ada.refused("search_tasks", query="tag:b OR x", cursor="nonsense")
        assert told.startswith("cursor: is not one of this search.")


async def test_who_is_called_none_is_counted_apart_from_what_nobody_has(
    home: Home, hands: Hands, era: Era
) -> None:
    await guest(home, "none")
    async with agent(home, hands, era) as ada:
        await ada.add("Cook", assignee="none", tags=["None"])
        await ada.add("Wash")
        await ada.add("Dry")
        people = await ada.call("search_tasks", count_by="assignee")
        assert people["counts"] == {"none": 2, '"none"': 1}
        for query in ('assignee:"none"', 'tag:"None"'):
            [task] = (await ada.call("search_tasks", query=query))["tasks"]
            assert task["title"] == "Cook"
        assert (await ada.call("search_tasks", count_by="tag"))["counts"] == {'"None"': 1}
        levels = await ada.call("search_tasks", count_by="priority")
        assert levels["counts"] == {"none": 3}


async def test_counts_of_very_many_say_that_the_smallest_are_left_out(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        tags = [f"a{number:03}" for number in range(200)]
        for first in range(0, 200, 20):
            await ada.add("Pack", tags=tags[first : first + 20])
        assert "warnings" not in await ada.call("search_tasks", count_by="tag")
        await ada.add("Pack", tags=["b"])
        counted = await ada.call("search_tasks", count_by="tag")
        assert list(counted["counts"]) == tags
        assert counted["warnings"] == ["Only the 200 largest counts are shown. Narrow the query."]


async def test_nothing_found_shows_what_is_near(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call the plumber")
        await ada.call("complete_tasks", ids=[task])
        answer = await ada.call("search_tasks", query="plumber")
    assert (answer["tasks"], answer["total"]) == ([], 0)
    assert [near["id"] for near in answer["near"]] == [task]


async def test_a_query_that_cannot_be_read_is_refused_by_its_argument(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        await ada.add("Buy milk", tags=["home"])
        for query, told in (
            ("foo:bar", "query: 'foo:' is not a filter; there are list:, tag:,"),
            ("due:2026-02-30", "query, due: '2026-02-30'"),
            ("list:Wrok", "query, list: there is no list 'Wrok'. There is Inbox."),
            ("tag:hoem", "query, tag: no task has the tag 'hoem'. There is home."),
            ("milk " * 33, "query: 33 terms; at most 32."),
        ):
            assert (await ada.refused("search_tasks", query=query)).startswith(told)


async def test_what_does_not_repeat_any_more_is_not_recurring(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        goes_on = await ada.add("Water", recurrence="daily")
        over = await ada.add("Prune", recurrence="daily")
        await ada.call("complete_tasks", ids=[over], action="end_series")
        for query in ("is:recurring status:any", "has:recurrence status:any"):
            found = await ada.call("search_tasks", query=query)
            assert [task["id"] for task in found["tasks"]] == [goes_on]
        rest = await ada.call("search_tasks", query="-is:recurring status:any")
    assert [task["id"] for task in rest["tasks"]] == [over]
