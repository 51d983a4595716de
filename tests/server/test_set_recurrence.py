"""set_recurrence, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
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
        assert error.startswith("exceptions_add: '2026-12-02' (2026-12-02) is no occurrence")
        moved = await ada.call("set_recurrence", id=task, exceptions_add=["2026-11-24"])
        assert moved["tasks"][0]["due"] == "2026-12-08"
        again = await ada.call("set_recurrence", id=task, exceptions_remove=["2026-12-01"])
    assert again["next"][:2] == ["2026-12-08", "2026-12-15"]


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
