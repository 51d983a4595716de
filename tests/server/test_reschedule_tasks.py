"""reschedule_tasks, through a real client on a real PostgreSQL. It is Monday, 23 November 2026."""

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from tests.server.meanwhile import follow
from tests.server.stored import open_tasks
from todo_mcp.service.home import Home


async def test_a_due_moves_to_a_day_or_by_a_step_with_start_and_reminders(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add(
            "Report", due="2026-11-27T17:00", start="2026-11-26T09:00", reminders=["-1h"]
        )
        moved = await ada.one("reschedule_tasks", ids=[task], to="monday")
        assert moved["due"] == "2026-11-30T17:00+01:00"
        assert moved["changed"]["start"][1] == "2026-11-29T09:00+01:00"
        assert moved["reminders"][0].endswith("2026-11-30T16:00+01:00")
        back = await ada.one("reschedule_tasks", ids=[task], by="-2h")
    assert back["due"] == "2026-11-30T15:00+01:00"


async def test_one_occurrence_on_monday_and_fridays_afterwards(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Report", recurrence="every friday at 17:00")
        moved = await ada.one("reschedule_tasks", ids=[task], to="2026-11-30")
        assert moved["due"] == "2026-11-30T17:00+01:00"
        assert moved["next_occurrence"] == "2026-12-04T17:00+01:00"
        done = await ada.one("complete_tasks", ids=[task])
    assert done["next_occurrence"] == "2026-12-04T17:00+01:00"


async def test_a_series_moves_along_from_one_occurrence_on(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Report", recurrence="every second friday at 17:00, 4 times")
        await ada.call("set_recurrence", id=task, exceptions_add=["2026-12-25"])
        first = await ada.one("complete_tasks", ids=[task])
        assert first["next_occurrence"] == "2026-12-11T17:00+01:00"
        await follow(home, hands)
        [second] = await open_tasks(home)
        moved = await ada.one(
            "reschedule_tasks", ids=[second], to="2026-12-10T18:30", scope="this_and_future"
        )
        full = await ada.call("get_tasks", ids=[second, task], include=["occurrences"])
    assert moved["next_occurrence"] == "2027-01-07T18:30+01:00"
    assert full["tasks"][0]["occurrences"] == [
        "2026-12-10T18:30+01:00",
        "2027-01-07T18:30+01:00",
    ]
    assert full["tasks"][1]["due"] == "2026-11-27T17:00+01:00"


async def test_by_moves_due_and_rule_by_the_same_step(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Bins", recurrence="every friday")
        await ada.one("reschedule_tasks", ids=[task], by="+1d")
        moved = await ada.one("reschedule_tasks", ids=[task], by="+2d", scope="this_and_future")
    assert moved["due"] == "2026-11-30"
    assert moved["next_occurrence"] == "2026-12-06"


@pytest.mark.parametrize("recurrence", ["last day of the month", "first monday of the month"])
async def test_a_rule_that_cannot_be_shifted_is_refused_and_names_the_tool_for_it(
    home: Home, hands: Hands, era: Era, recurrence: str
) -> None:
    async with agent(home, hands, era) as ada:
        task = await ada.add("Pay", recurrence=recurrence)
        error = await ada.refused("reschedule_tasks", ids=[task], by="+1d", scope="this_and_future")
        assert error.startswith("by: FREQ=MONTHLY")
        assert "set_recurrence" in error


async def test_what_cannot_be_moved_is_named_and_the_rest_moves(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        dated = await ada.add("Dated", due="2026-11-27", deadline="2026-11-28")
        loose = await ada.add("Loose")
        closed = await ada.add("Closed", due="2026-11-27")
        await ada.call("complete_tasks", ids=[closed])
        answer = await ada.call("reschedule_tasks", ids=[dated, loose, closed], by="+3d")
        told = await ada.text("reschedule_tasks", ids=[loose], to="friday")
    assert [task["due"] for task in answer["tasks"]] == ["2026-11-30"]
    assert [failure["id"] for failure in answer["failures"]] == [loose, closed]
    assert answer["warnings"] == [
        f"{dated}: its due is after its deadline, 2026-11-28, which stays."
    ]
    assert "2026-11-27" in told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "to: missing; give to or by"),
        ({"to": "friday", "by": "+1d"}, "to: give one of to and by"),
        ({"by": "0m"}, "by: moves nothing"),
        ({"by": "+1 month"}, "by: '+1 month' counts months"),
        ({"by": "-2h"}, "by: -2h counts hours"),
        ({"to": "fryday"}, "to: 'fryday' is not a date"),
    ],
)
async def test_a_step_that_says_nothing_or_too_much_is_refused(
    home: Home, hands: Hands, arguments: dict[str, str], reason: str
) -> None:
    async with agent(home, hands) as ada:
        task = await ada.add("Report", due="2026-11-27")
        assert (await ada.refused("reschedule_tasks", ids=[task], **arguments)).startswith(reason)
