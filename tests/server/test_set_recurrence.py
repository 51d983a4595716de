"""set_recurrence, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import open_tasks, rows
from todo_mcp.service.home import Home


async def test_a_task_repeats_and_the_answer_tells_rule_sentence_and_dates(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins")
        answer = await ada.call("set_recurrence", id=task, recurrence="every other tue at 18:00")
    assert answer["rule"] == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
    assert answer["text"] == "every second Tuesday at 18:00"
    assert answer["next"] == [
        "2026-11-24T18:00+01:00",
        "2026-12-08T18:00+01:00",
        "2026-12-22T18:00+01:00",
        "2027-01-05T18:00+01:00",
        "2027-01-19T18:00+01:00",
    ]
    assert answer["tasks"][0]["due"] == "2026-11-24T18:00+01:00"


async def test_another_rhythm_moves_the_open_occurrence_and_keeps_its_time(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="every tuesday at 18:00", reminders=["-1h"])
        answer = await ada.call("set_recurrence", id=task, recurrence="every thursday")
        assert answer["tasks"][0]["due"] == "2026-11-26T18:00+01:00"
        assert answer["tasks"][0]["reminders"][0].endswith("2026-11-26T17:00+01:00")
        assert answer["text"] == "every Thursday at 18:00"


async def test_a_series_can_stop_and_the_task_stays(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="daily")
        answer = await ada.call("set_recurrence", id=task, stop=True)
        assert "rule" not in answer
        done = await ada.one("complete_tasks", ids=[task])
    assert "next_occurrence" not in done


async def test_dates_are_left_out_and_taken_in_again(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="every tuesday")
        answer = await ada.call("set_recurrence", id=task, exceptions_add=["2026-12-01"])
        assert answer["next"][:2] == ["2026-11-24", "2026-12-08"]
        error = await ada.refused("set_recurrence", id=task, exceptions_add=["2026-12-02"])
        assert error.startswith("exceptions_add: '2026-12-02' is no occurrence")
        moved = await ada.call("set_recurrence", id=task, exceptions_add=["2026-11-24"])
        assert moved["tasks"][0]["due"] == "2026-12-08"
        again = await ada.call("set_recurrence", id=task, exceptions_remove=["2026-12-01"])
    assert again["next"][:2] == ["2026-12-08", "2026-12-15"]


async def test_what_is_named_near_a_day_that_is_no_occurrence_is_one(
    home: Home, hands: Hands, era: Era
) -> None:
    # Red with dates that COUNT does not reach any more, among them the very day that was refused.
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="every tuesday, 3 times")
        told = [
            await ada.refused("set_recurrence", id=task, exceptions_add=[day])
            for day in ("2027-11-23", "2020-01-07", "2026-12-02")
        ]
    near = "is no occurrence from now on. Near ones: 2026-11-24,"
    assert told == [
        f"exceptions_add: '2027-11-23' {near} 2026-12-01, 2026-12-08.",
        f"exceptions_add: '2020-01-07' {near} 2026-12-01, 2026-12-08.",
        f"exceptions_add: '2026-12-02' {near} 2026-12-08.",
    ]


async def test_a_due_off_the_rule_moves_to_its_first_date_with_a_warning(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        answer = await ada.call(
            "add_task", title="Pay", due="2026-11-25", recurrence="the 1st of every month"
        )
    assert answer["tasks"][0]["due"] == "2026-12-01"
    assert any("2026-11-25" in warning for warning in answer["warnings"])


async def test_a_rule_that_never_comes_is_refused(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        for rule in ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY", "every blue moon"):
            error = await ada.refused("add_task", title="x", recurrence=rule)
            assert error.startswith("recurrence: ")


async def test_another_zone_keeps_wall_time_dates_count_and_exceptions(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Call", recurrence="every second friday at 9:00, 4 times")
        await ada.call("set_recurrence", id=task, exceptions_add=["2026-12-11"])
        await ada.call("complete_tasks", ids=[task])
        await follow(home, hands)
        [second] = await open_tasks(home)
        answer = await ada.call("set_recurrence", id=second, zone="Asia/Tokyo")
    assert answer["tasks"][0]["due"] == "2026-12-25T09:00+09:00"
    assert answer["next"] == ["2026-12-25T09:00+09:00", "2027-01-08T09:00+09:00"]


async def test_an_anchor_alone_changes_no_date_of_the_open_occurrence(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Water", due="friday", recurrence="every week")
        answer = await ada.call("set_recurrence", id=task, anchor="completion")
        assert answer["next"][0] == "2026-11-27"
        assert answer["text"] == "every week after completion"
        done = await ada.one("complete_tasks", ids=[task])
        assert done["next_occurrence"] == "2026-11-30"
        tuesdays = await ada.add("Bins", recurrence="every tuesday")
        error = await ada.refused("set_recurrence", id=tuesdays, anchor="completion")
    assert error.startswith("anchor: FREQ=WEEKLY;BYDAY=TU has days of its own")


async def test_what_was_left_out_stays_out_of_another_rhythm_and_what_is_counted_goes_on(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="every tuesday, 3 times")
        await ada.call("complete_tasks", ids=[task], action="skip")
        await follow(home, hands)
        [second] = await open_tasks(home)
        moved = await ada.call("set_recurrence", id=second, due="2026-12-08")
        assert moved["next"] == ["2026-12-08", "2026-12-15"]
        await ada.call("set_recurrence", id=second, exceptions_add=["2026-12-15"])
        timed = await ada.call("set_recurrence", id=second, recurrence="tuesdays at 18:00")
    assert timed["next"][:3] == [
        "2026-11-24T18:00+01:00",
        "2026-12-01T18:00+01:00",
        "2026-12-08T18:00+01:00",
    ]
    assert timed["next"][3] == "2026-12-22T18:00+01:00"


async def test_an_occurrence_keeps_the_date_it_stands_for_however_its_due_is_moved(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Report", recurrence="every friday at 17:00")
        await ada.call("reschedule_tasks", ids=[task], by="+6d")
        await ada.call("update_tasks", ids=[task], due="2026-12-15T10:00")
        await ada.call("update_tasks", ids=[task], zone="Asia/Tokyo")
        [row] = await rows(home, "SELECT occurs_on, occurs_at FROM tasks WHERE space_id = $1")
        done = await ada.one("complete_tasks", ids=[task])
    assert row["occurs_on"].isoformat() == "2026-11-27"
    assert row["occurs_at"].isoformat() == "2026-11-27T16:00:00+00:00"
    assert done["next_occurrence"] == "2026-12-04T17:00+01:00"


async def test_a_rule_brings_its_extra_dates_and_exceptions_along(
    home: Home, hands: Hands, era: Era
) -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=4\nRDATE:20261130,20261224\nEXDATE;VALUE=DATE:20261204"
    async with agent(home, hands, era) as ada:
        task = await ada.add("Sweep", due="2026-11-27T09:00", recurrence=rule)
        full = await ada.call("get_tasks", ids=[task], include=["occurrences"])
        assert full["tasks"][0]["occurrences"] == [
            "2026-11-27T09:00+01:00",
            "2026-11-30T09:00+01:00",
            "2026-12-11T09:00+01:00",
            "2026-12-18T09:00+01:00",
            "2026-12-24T09:00+01:00",
        ]
        done = await ada.one("complete_tasks", ids=[task])
        assert done["next_occurrence"] == "2026-11-30T09:00+01:00"
        await follow(home, hands)
        [extra] = await open_tasks(home)
        moved = await ada.one("reschedule_tasks", ids=[extra], by="+1d", scope="this_and_future")
        assert (moved["due"], moved["next_occurrence"]) == (
            "2026-12-01T09:00+01:00",
            "2026-12-12T09:00+01:00",
        )
        first_out = await ada.call(
            "preview_schedule", recurrence="FREQ=DAILY;COUNT=3 EXDATE:20261123,20261124"
        )
        for text, reason in (
            ("FREQ=DAILY RDATE:2026", "recurrence: RDATE: '2026' is no date."),
            ("FREQ=DAILY RDATE;TZID=Europe/Rome:20261201T090000", "recurrence: 'RDATE;TZID="),
            ("FREQ=DAILY RDATE:20261201T090000", "recurrence: RDATE has a time"),
            ("FREQ=DAILY;COUNT=1 EXDATE:20261123", "recurrence: every date of"),
        ):
            error = await ada.refused("add_task", title="x", recurrence=text)
            assert error.startswith(reason), error
    assert [item["local"] for item in first_out["next"]] == ["2026-11-25"]
