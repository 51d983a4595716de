"""complete_tasks on occurrences of a series: what follows them, and what takes them back."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import open_tasks, reminders, rows, version
from todo_mcp.service.home import Home


async def _series(home: Home) -> tuple[int, int, bool]:
    """Number of the last occurrence, the rule's dates that have passed, whether it ended."""
    [row] = await rows(home, "SELECT n, passed, ended_at FROM series WHERE space_id = $1")
    return row["n"], row["passed"], row["ended_at"] is not None


async def test_an_occurrence_is_followed_by_the_next_as_announced(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Water",
            notes="all of them",
            due="today 18:00",
            start="today 8am",
            recurrence="every day",
            reminders=["-1h", "today 17:30"],
            priority="high",
            tags=["home"],
            deadline="2026-11-25",
            subtasks=[{"title": "Fern", "due": "today 17:00", "reminders": ["-10m"]}, "Ivy"],
        )
        [fern] = [t for t in await open_tasks(home) if t != task][:1]
        await ada.call("complete_tasks", ids=[fern])
        told = await ada.one("complete_tasks", ids=[task])
        assert told["next_occurrence"] == "2026-11-24T18:00+01:00"
        await follow(home, hands)
        await follow(home, hands)
        _, following, child, _ = await open_tasks(home)
        full = await ada.whole(following)
    assert full["due"] == "2026-11-24T18:00+01:00"
    assert full["start"] == "2026-11-24T08:00+01:00"
    assert (full["notes"], full["priority"], full["tags"]) == ("all of them", "high", ["home"])
    assert "deadline" not in full
    assert await reminders(home, following) == [("-1h", "pending", "11-24 16:00")]
    assert await reminders(home, child) == [("-10m", "pending", "11-24 15:50")]
    assert await version(home, following) == 1


async def test_a_skipped_occurrence_is_followed_too(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today", recurrence="every day")
        told = await ada.one("complete_tasks", ids=[task], action="skip")
        assert told["next_occurrence"] == "2026-11-24"
        await follow(home, hands)
        [following] = await open_tasks(home)
        assert (await ada.whole(following))["due"] == "2026-11-24"
        plain = await ada.add("Once")
        error = await ada.refused("complete_tasks", ids=[plain], action="skip")
        assert error.startswith(f"ids: {plain} does not repeat")


async def test_missed_occurrences_are_not_piled_up(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        day = await ada.add("Water", due="today", recurrence="every day")
        timed = await ada.add("Pills", due="today 18:00", recurrence="every day")
        hands.forward(days=5, hours=2)
        answer = await ada.call("complete_tasks", ids=[day, timed])
    assert [task["next_occurrence"] for task in answer["tasks"]] == [
        "2026-11-28",
        "2026-11-28T18:00+01:00",
    ]


async def test_moving_one_occurrence_does_not_move_the_next(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Report", due="fri 5pm", recurrence="every friday at 17:00")
        await ada.call("update_tasks", ids=[task], due="2026-11-29T20:00")
        told = await ada.one("complete_tasks", ids=[task])
    assert told["next_occurrence"] == "2026-12-04T17:00+01:00"


async def test_counting_from_completion_follows_the_day_it_was_done(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Filter", due="today 18:00", recurrence="every! 2 weeks", anchor="completion"
        )
        hands.forward(days=3)
        told = await ada.one("complete_tasks", ids=[task], at="yesterday")
    assert told["next_occurrence"] == "2026-12-09T18:00+01:00"


async def test_cancelling_what_repeats_is_refused_and_ending_it_closes_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today", recurrence="every day")
        error = await ada.refused("complete_tasks", ids=[task], action="cancel")
        assert "skip" in error
        assert "end_series" in error
        told = await ada.one("complete_tasks", ids=[task], action="end_series")
        assert "next_occurrence" not in told
        await follow(home, hands)
    assert await open_tasks(home) == []
    assert (await _series(home))[2]


async def test_ending_a_series_by_a_closed_occurrence_names_the_open_one(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today", recurrence="every day")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        [following] = await open_tasks(home)
        answer = await ada.call("complete_tasks", ids=[task], action="end_series")
        assert answer["warnings"] == [
            f"{following}: this is the open occurrence of the series; it stays."
        ]


async def test_the_last_of_a_counted_series_says_so_and_ends_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Pills", due="today 18:00", recurrence="every day for 2 times")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        [last] = await open_tasks(home)
        answer = await ada.call("complete_tasks", ids=[last])
        assert answer["warnings"] == [f"{last}: this was the last occurrence of its series."]
        await follow(home, hands)
    assert await open_tasks(home) == []
    assert await _series(home) == (2, 2, True)


async def test_reopening_takes_an_untouched_next_occurrence_back(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day", subtasks=["Fern"])
        for _ in range(3):
            await ada.call("complete_tasks", ids=[task])
            await follow(home, hands)
            assert (await _series(home))[:2] == (2, 2)
            assert len(await open_tasks(home)) == 3
            hands.forward(minutes=1)
            await ada.call("complete_tasks", ids=[task], action="reopen")
            assert (await _series(home))[:2] == (1, 1)
            assert len(await open_tasks(home)) == 2
            hands.forward(minutes=1)


async def test_reopening_is_refused_where_the_next_occurrence_was_worked_on(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day", subtasks=["Fern"])
        await ada.call("complete_tasks", ids=[task], with_subtasks=True)
        await follow(home, hands)
        hands.forward(minutes=1)
        following, child = await open_tasks(home)
        await ada.call("update_tasks", ids=[child], notes="with care")
        error = await ada.refused("complete_tasks", ids=[task], action="reopen")
        assert error.startswith(f"ids: the series has gone on: {following} is its next occurrence")
        assert await open_tasks(home) == [following, child]


async def test_what_changed_before_completing_again_carries_on_to_the_revived_occurrence(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Water",
            due="today 18:00",
            recurrence="every day",
            reminders=["-1h", "-2h"],
            subtasks=["Fern", "Ivy"],
        )
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        made = (await open_tasks(home))[2]
        hands.forward(minutes=1)
        await ada.call("complete_tasks", ids=[task], action="reopen")
        await ada.call("update_tasks", ids=[task], title="Water all", reminders=["-2h", "-3h"])
        await ada.add("Moss", parent=task)
        hands.forward(minutes=1)
        await ada.call("complete_tasks", ids=[task], with_subtasks=True)
        await follow(home, hands)
        following, *children = await open_tasks(home)
        assert following == made
        assert (await ada.whole(following))["title"] == "Water all"
        titles = [(await ada.whole(child))["title"] for child in children]
        assert titles == ["Fern", "Ivy", "Moss"]
        waiting = [r for r in await reminders(home, following) if r[1] != "removed"]
        assert waiting == [("-2h", "pending", "11-24 15:00"), ("-3h", "pending", "11-24 14:00")]


async def test_an_occurrence_restored_by_hand_goes_on(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="today 18:00", recurrence="every day")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        [second] = await open_tasks(home)
        hands.forward(minutes=1)
        await ada.call("complete_tasks", ids=[task], action="reopen")
        error = await ada.refused("complete_tasks", ids=[second], action="restore")
        assert error == f"ids: its series has the open occurrence {task}; work on that one."
        await ada.call("delete_tasks", ids=[task])
        await ada.call("complete_tasks", ids=[second], action="restore")
        assert (await _series(home))[:2] == (2, 2)
        told = await ada.one("complete_tasks", ids=[second])
        assert told["next_occurrence"] == "2026-11-25T18:00+01:00"
        await follow(home, hands)
    assert len(await open_tasks(home)) == 1


async def test_an_occurrence_below_what_went_to_the_trash_is_made_there(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        house = await ada.add("House")
        task = await ada.add(
            "Water", parent=house, due="today 18:00", recurrence="every day", reminders=["-1h"]
        )
        await ada.call("complete_tasks", ids=[task])
        await ada.call("delete_tasks", ids=[house])
        await follow(home, hands)
        assert await open_tasks(home) == []
        await ada.call("complete_tasks", ids=[house], action="restore")
        [_, following] = await open_tasks(home)
        assert await reminders(home, following) == [("-1h", "pending", "11-24 16:00")]


async def test_a_new_occurrence_raises_the_version_of_the_task_above(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        house = await ada.add("House")
        task = await ada.add("Water", parent=house, due="today", recurrence="every day")
        before = await version(home, house)
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
    assert await version(home, house) == before + 1


async def test_a_subtask_that_repeats_by_itself_is_copied_once(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        house = await ada.add("House", due="today", recurrence="every week")
        task = await ada.add("Water", parent=house, due="today", recurrence="every day")
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        await ada.call("complete_tasks", ids=[house], with_subtasks=True)
        await follow(home, hands)
        titles = sorted([(await ada.whole(t))["title"] for t in await open_tasks(home)])
    # one below the new house, and the third of the series, whose second closed with the old house
    assert titles == ["House", "Water", "Water"]
