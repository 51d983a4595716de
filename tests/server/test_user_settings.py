"""What a user's settings do to tasks: default reminders, and the zone of who travels."""

from typing import Any

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import open_tasks, reminders
from todo_mcp.service import preferences
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work


async def choose(home: Home, hands: Hands, *changes: str) -> None:
    await preferences.change(Work(home.database, home.person, hands(), "user"), changes)


async def test_a_task_with_a_due_gets_the_default_reminders_unless_it_has_its_own(
    home: Home, hands: Hands, era: Era
) -> None:
    # Red with default reminders that are not applied, or applied beside those that were given.
    await choose(home, hands, "default_reminders=-30m,-1d 09:00")
    async with agent(home, hands, era) as ada:
        usual = await ada.add(
            "Dentist", due="friday 17:00", subtasks=[{"title": "Card", "due": "friday"}]
        )
        own = await ada.add("Flight", due="friday 17:00", reminders=["-2h"])
        silent = await ada.add("Nap", due="friday 17:00", reminders=[])
        undated = await ada.add("Someday")
        many = await ada.call("add_tasks", tasks=[{"title": "Call", "due": "friday 12:00"}])
        [card] = (await ada.whole(usual, "subtasks"))["subtasks"]
    both = {"-30m", "-1d 09:00"}
    for task in (usual, many["tasks"][0]["id"], card["id"]):
        assert {spec for spec, *_ in await reminders(home, task)} == both
    assert await reminders(home, usual) == [
        ("-30m", "pending", "11-27 15:30"),
        ("-1d 09:00", "pending", "11-26 08:00"),
    ]
    assert [spec for spec, *_ in await reminders(home, own)] == ["-2h"]
    assert await reminders(home, silent) == []
    assert await reminders(home, undated) == []


async def test_default_reminders_come_again_with_the_next_occurrence_as_they_were_then(
    home: Home, hands: Hands
) -> None:
    # Red with only those carried on that are no default ones.
    await choose(home, hands, "default_reminders=-30m")
    async with agent(home, hands) as ada:
        task = await ada.add("Bins", recurrence="every friday at 9:00")
        await choose(home, hands, "default_reminders=none")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
    [following] = await open_tasks(home)
    assert await reminders(home, following) == [("-30m", "pending", "12-04 07:30")]


def shown(task: dict[str, Any]) -> dict[str, Any]:
    """A task without the two times that are those of the reader's clock."""
    return {name: value for name, value in task.items() if name not in {"created", "updated"}}


async def test_who_travels_sees_the_same_tasks_by_another_clock(home: Home, hands: Hands) -> None:
    # Red with the zone of tasks moved along, with series that recur in the zone of who closes them, with
    # whole days that become times, and with a server that keeps the zone it has started in.
    async with agent(home, hands) as ada:
        timed = await ada.add("Call", recurrence="every friday at 9:00", reminders=["-30m"])
        whole = await ada.add("Pay", due="friday", reminders=["-1d 09:00"])
        before = [await ada.whole(task) for task in (timed, whole)]
        await choose(home, hands, "zone=asia/tokyo")
        hands.forward(seconds=5)
        for read in ("get_context", "search_tasks"):
            told = await ada.call(read)
            assert (told["zone"], told["now"]) == ("Asia/Tokyo", "2026-11-23T18:00:05+09:00")
        after = [await ada.whole(task) for task in (timed, whole)]
        assert [shown(task) for task in after] == [
            shown(before[0]) | {"zone": "Europe/Vienna"},
            shown(before[1]),
        ]
        assert after[0]["created"] == "2026-11-23T18:00+09:00"
        await ada.call("complete_tasks", ids=[timed])
        await follow(home, hands)
        following = (await open_tasks(home))[-1]
        assert (await ada.whole(following))["due"] == "2026-12-04T09:00+01:00"
        new = await ada.whole(await ada.add("Here", due="friday 9:00"))
        assert (new["due"], new.get("zone")) == ("2026-11-27T09:00+09:00", None)
    assert await reminders(home, timed) == [("-30m", "cancelled", "11-27 07:30")]
    assert await reminders(home, whole) == [("-1d 09:00", "pending", "11-26 08:00")]
    assert await reminders(home, following) == [("-30m", "pending", "12-04 07:30")]
