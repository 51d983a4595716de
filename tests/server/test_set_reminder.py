"""set_reminder, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.server.meanwhile import fire
from tests.server.stored import reminder_ids, reminders, version
from todo_mcp.service.home import Home


async def test_a_reminder_is_added_and_raises_the_version_of_its_task(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm")
        told = await ada.one("set_reminder", ids=[task], reminders=["-30m", "fri 9am"])
    assert [text.split()[1] for text in told["reminders"]] == [
        "2026-11-27T09:00+01:00",
        "2026-11-27T16:30+01:00",
    ]
    assert told["version"] == 2
    assert await version(home, task) == 2


async def test_a_reminder_that_is_there_is_not_set_twice(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm", reminders=["-30m"])
        answer = await ada.call("set_reminder", ids=[task], reminders=["30 minutes before"])
    assert "op" not in answer
    assert await version(home, task) == 1


async def test_replace_sets_exactly_these_and_keeps_the_ids_of_those_that_stay(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm", reminders=["-30m", "-1d"])
        await ada.call("set_reminder", ids=[task], action="replace", reminders=["-1d", "0m"])
    assert [(spec, state) for spec, state, _ in await reminders(home, task)] == [
        ("-30m", "removed"),
        ("-1d", "pending"),
        ("0m", "pending"),
    ]


async def test_one_reminder_is_replaced_by_its_id(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm", reminders=["-30m", "-1d"])
        [half, _] = await reminder_ids(home, task)
        await ada.call("set_reminder", ids=[half], action="replace", reminders=["-2h"])
    assert [(spec, state) for spec, state, _ in await reminders(home, task)] == [
        ("-30m", "removed"),
        ("-1d", "pending"),
        ("-2h", "pending"),
    ]


async def test_remove_takes_all_those_described_or_those_named(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm", reminders=["-30m", "-1d", "-2h", "0m"])
        numbers = await reminder_ids(home, task)
        await ada.call("set_reminder", ids=[task], action="remove", reminders=["-1d"])
        await ada.call(
            "set_reminder", ids=[task], action="remove", reminders=["2026-11-27T16:30+01:00"]
        )
        told = await ada.one("set_reminder", ids=[numbers[2]], action="remove")
        assert [text.split()[0] for text in told["reminders"]] == [numbers[3]]
        error = await ada.refused("set_reminder", ids=[task], action="remove", reminders=["-1d"])
        assert error.startswith("reminders: ")
        told = await ada.one("set_reminder", ids=[task], action="remove")
    assert told["reminders"] == []
    assert {state for _, state, _ in await reminders(home, task)} == {"removed"}


async def test_snooze_of_a_task_lets_its_latest_that_fired_wait_again(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="today 11:00", reminders=["-30m", "-15m"])
        error = await ada.refused("set_reminder", ids=[task], action="snooze", until="20m")
        assert error == (
            f"ids: no reminder of {task} has fired. To be reminded at a time, use action add."
        )
        hands.forward(minutes=46)
        await fire(home, hands)
        assert len((await ada.call("get_context"))["notifications"]) == 2
        told = await ada.one("set_reminder", ids=[task], action="snooze", until="20m")
        assert [text.split()[1] for text in told["reminders"]] == ["2026-11-23T11:06+01:00"]
        assert len((await ada.call("get_context"))["notifications"]) == 1
    # Whoever closes the task at this moment must see that a reminder waits again.
    assert await version(home, task) == 2
    assert await reminders(home, task) == [
        ("-30m", "fired", "11-23 09:30"),
        ("-15m", "pending", "11-23 10:06"),
    ]


async def test_what_was_snoozed_fires_again_at_the_new_time(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        [first] = await fire(home, hands)
        await ada.call("set_reminder", ids=[first], action="snooze", until="tomorrow 9am")
        assert await fire(home, hands) == []
        hands.forward(days=1)
        [second] = await fire(home, hands)
        unread = (await ada.call("get_context"))["notifications"]
    assert second != first
    assert [note["id"] for note in unread] == [second]
    assert [state for _, state, _ in await reminders(home, task)] == ["fired"]


async def test_a_day_to_snooze_until_means_when_the_day_starts(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", reminders=["in 5 minutes"])
        hands.forward(minutes=5)
        await fire(home, hands)
        [number] = await reminder_ids(home, task)
        told = await ada.one("set_reminder", ids=[number], action="snooze", until="tomorrow")
        assert [text.split()[1] for text in told["reminders"]] == ["2026-11-24T09:00+01:00"]
        told = await ada.one("set_reminder", ids=[number], action="snooze", until="1d")
        assert [text.split()[1] for text in told["reminders"]] == ["2026-11-24T10:05+01:00"]


async def test_a_time_to_snooze_until_is_read_in_the_zone_of_the_task(
    home: Home, hands: Hands
) -> None:
    # Red with times that are read in the user's zone: what is due at 9:00 in Tokyo is snoozed to 9:30 there.
    async with agent(home, hands) as ada:
        task = await ada.add(
            "Call Tokyo", due="2026-11-25 09:00", zone="Asia/Tokyo", reminders=["in 5 minutes"]
        )
        hands.forward(minutes=5)
        await fire(home, hands)
        told = await ada.one("set_reminder", ids=[task], action="snooze", until="25 nov 9:30")
    assert [text.split()[1] for text in told["reminders"]] == ["2026-11-25T09:30+09:00"]


async def test_dismiss_reads_notifications_and_leaves_the_task_as_it_is(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", reminders=["in 5 minutes", "in 6 minutes", "in 7 minutes"])
        hands.forward(minutes=7)
        notes = await fire(home, hands)
        [_, second, _] = await reminder_ids(home, task)
        assert len(notes) == 3
        await ada.call("set_reminder", ids=[notes[0], second], action="dismiss")
        assert len((await ada.call("get_context"))["notifications"]) == 1
        await ada.call("set_reminder", ids=[task], action="dismiss")
        assert (await ada.call("get_context"))["notifications"] == []
        again = await ada.call("set_reminder", ids=[notes[0]], action="dismiss")
        assert "op" not in again
    assert await version(home, task) == 1


async def test_a_wrong_kind_is_refused_by_kind(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        add = await ada.refused("set_reminder", ids=["r5"], reminders=["-30m"])
        remove = await ada.refused("set_reminder", ids=["n5"], action="remove")
        snooze = await ada.refused("set_reminder", ids=["l7"], action="snooze", until="20m")
        nothing = await ada.refused("set_reminder", ids=["milk"], action="dismiss")
    assert add == "ids: r5 is a reminder; this wants a task (t…)."
    assert remove == "ids: n5 is a notification; this wants a task (t…) or a reminder (r…)."
    wanted = "this wants a task (t…) or a reminder (r…) or a notification (n…)."
    assert snooze == f"ids: l7 is a list; {wanted}"
    assert nothing == f"ids: 'milk' is not an id; {wanted}"


async def test_arguments_that_do_not_go_together_are_refused_by_name(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum")
        for start, arguments in {
            "reminders: missing; add": {},
            "reminders: missing; replace": {"action": "replace"},
            "until: missing; snooze": {"action": "snooze"},
            "until: goes with snooze": {"action": "remove", "until": "20m"},
            "reminders: has no meaning for dismiss": {"action": "dismiss", "reminders": ["-1d"]},
            "reminders: -1d counts back from the due": {"reminders": ["-1d"]},
            "reminders: 'soonish'": {"reminders": ["soonish"]},
        }.items():
            error = await ada.refused("set_reminder", ids=[task], **arguments)
            assert error.startswith(start), error
    assert await reminders(home, task) == []


async def _past(ada: Agent, home: Home, hands: Hands) -> str:
    task = await ada.add("Call mum", reminders=["in 5 minutes"])
    hands.forward(minutes=5)
    await fire(home, hands)
    return task


async def test_a_time_that_has_passed_is_no_time_to_snooze_until(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await _past(ada, home, hands)
        for until in ("0m", "2026-11-23T09:00", "2026-11-20"):
            error = await ada.refused("set_reminder", ids=[task], action="snooze", until=until)
            assert error.startswith(f"until: '{until}' has passed.")
    assert [state for _, state, _ in await reminders(home, task)] == ["fired"]


async def test_a_closed_task_and_one_in_the_trash_are_not_snoozed(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await _past(ada, home, hands)
        [number] = await reminder_ids(home, task)
        await ada.call("set_reminder", ids=[number], action="remove")
        removed = await ada.refused("set_reminder", ids=[number], action="snooze", until="20m")
    assert removed == f"ids: {number} was removed. Set a new one with action add."


async def test_those_that_can_change_and_failures_name_the_rest_by_id(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        one = await ada.add("One", due="fri 5pm")
        two = await ada.add("Two")
        answer = await ada.call(
            "set_reminder", ids=[one, two.upper(), "t999999"], reminders=["-30m"]
        )
    assert [task["id"] for task in answer["tasks"]] == [one]
    assert [failure["id"] for failure in answer["failures"]] == [two, "t999999"]
    assert answer["failures"][0]["error"].startswith("reminders: -30m counts back from the due")
    assert answer["failures"][1]["error"] == (
        "ids: there is no task t999999. Find ids with search_tasks."
    )


async def test_a_reminder_already_past_is_missed_and_said_so(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="today 11:00")
        answer = await ada.call("set_reminder", ids=[task], reminders=["-2h"])
        assert len(answer["warnings"]) == 1
        hands.forward(hours=1)
        assert await fire(home, hands) == []
    assert await reminders(home, task) == [("-2h", "missed", "11-23 08:00")]


async def test_at_most_20_reminders_wait_for_one_task(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm", reminders=[f"-{n}m" for n in range(20)])
        error = await ada.refused("set_reminder", ids=[task], reminders=["-1d"])
    assert error == "reminders: a task has at most 20."


async def test_a_dry_run_of_a_reminder_writes_nothing(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call mum", due="fri 5pm")
        told = await ada.one("set_reminder", ids=[task], reminders=["-30m"], dry_run=True)
    assert told["reminders"] == ["2026-11-27T16:30+01:00"]
    assert await reminders(home, task) == []


async def test_reminders_of_a_whole_day_count_in_the_zone_that_was_given_with_it(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        here = await ada.add("Rent", due="2026-12-12", reminders=["0m", "-1d 18:00"])
        there = await ada.add(
            "Rent", due="2026-12-12", zone="Asia/Tokyo", reminders=["0m", "-1d 18:00"]
        )
        told = await ada.call("get_tasks", ids=[here, there], include=["reminders"])
        seen = await ada.call(
            "preview_schedule", when="2026-12-12", zone="Asia/Tokyo", reminders=["0m"]
        )
    at = [[row["at"] for row in task["reminders"]] for task in told["tasks"]]
    assert at == [
        ["2026-12-12T09:00+01:00", "2026-12-11T18:00+01:00"],
        ["2026-12-12T09:00+09:00", "2026-12-11T18:00+09:00"],
    ]
    assert [row["local"] for row in seen["reminders"]] == ["2026-12-12T09:00+09:00"]
