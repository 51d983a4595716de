"""preview_schedule, through a real client on a real PostgreSQL. It is Monday, 23 November 2026."""

from typing import Any

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service.home import Home


async def test_words_for_a_time_come_with_both_clocks_and_their_weekday(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        timed = await ada.call("preview_schedule", when="fri 5pm", reminders=["-1h"])
        whole = await ada.call("preview_schedule", when="the 12th")
        tokyo = await ada.call("preview_schedule", when="tomorrow 9am", zone="asia/tokyo")
    assert timed["when"] == {
        "local": "2026-11-27T17:00+01:00",
        "utc": "2026-11-27T16:00Z",
        "weekday": "Friday",
    }
    assert [at["local"] for at in timed["reminders"]] == ["2026-11-27T16:00+01:00"]
    assert whole["when"] == {"local": "2026-12-12", "weekday": "Saturday"}
    assert tokyo["when"]["utc"] == "2026-11-24T00:00Z"
    assert tokyo["zone"] == "Asia/Tokyo"


async def test_a_rule_shows_its_sentence_and_as_many_dates_as_asked(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        answer = await ada.call(
            "preview_schedule", recurrence="every other tue at 18:00", count=2, reminders=["-2d"]
        )
        later = await ada.call(
            "preview_schedule",
            recurrence="every other tue at 18:00",
            when="2026-11-24",
            after="2030-01-01",
            count=1,
        )
        done = await ada.call(
            "preview_schedule", recurrence="every week", anchor="completion", after="2026-12-02"
        )
        told = await ada.text("preview_schedule", recurrence="every other tue at 18:00")
    assert (answer["rule"], answer["text"]) == (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
        "every second Tuesday at 18:00",
    )
    assert [item["local"] for item in answer["next"]] == [
        "2026-11-24T18:00+01:00",
        "2026-12-08T18:00+01:00",
    ]
    assert [item["local"] for item in answer["reminders"]] == ["2026-11-22T18:00+01:00"]
    assert answer["warnings"] == [
        "The reminder at 2026-11-22T18:00+01:00 is already past: it would not fire."
    ]
    # 81 fortnights after 24 November 2026.
    assert [item["local"] for item in later["next"]] == ["2030-01-15T18:00+01:00"]
    assert done["next"][0]["local"] == "2026-12-09"
    assert "repeats every second Tuesday at 18:00" in told


async def test_a_preview_is_what_gets_made_and_writes_nothing(
    home: Home, hands: Hands, era: Era
) -> None:
    wish = {"recurrence": "last weekday of the month at 8:00"}
    async with agent(home, hands, era) as ada:
        shown = await ada.call("preview_schedule", **wish)
        assert (await ada.call("search_tasks"))["total"] == 0
        task = await ada.add("Report", **wish)
        made = await ada.call("get_tasks", ids=[task], include=["occurrences"])
    assert [item["local"] for item in shown["next"]] == made["tasks"][0]["occurrences"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "when: missing"),
        ({"when": "fryday"}, "when: 'fryday' is not a date"),
        ({"recurrence": "FREQ=HOURLY"}, "recurrence: "),
        ({"when": "friday", "after": "2027-01-01"}, "after: goes with a recurrence"),
        ({"recurrence": "daily", "after": "fryday"}, "after: 'fryday' is not a date"),
        ({"recurrence": "daily", "count": 51}, "count: "),
        ({"when": "friday", "zone": "Mars/Base"}, "zone: 'Mars/Base'"),
        ({"reminders": ["-1h"]}, "reminders: -1h counts back from the due"),
    ],
)
async def test_what_means_nothing_is_refused_with_its_argument(
    home: Home, hands: Hands, arguments: dict[str, Any], reason: str
) -> None:
    async with agent(home, hands) as ada:
        assert (await ada.refused("preview_schedule", **arguments)).startswith(reason)
