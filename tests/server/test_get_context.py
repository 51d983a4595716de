"""get_context, through a real client on a real PostgreSQL.

Red with counts of a part told as those of all, be it of open tasks or of what is unread, and with the open
tasks gone through once for each list.
"""

from datetime import timedelta
from time import perf_counter

import pytest

from tests.conftest import NOW
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service import preferences
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work

CHANNELS = """
INSERT INTO channels (user_id, kind, name, settings, confirmed_at)
VALUES ($1, 'webhook', 'phone', '{}', now()), ($1, 'webhook', 'mail', '{}', now()),
  ($1, 'webhook', 'fax', '{}', NULL)
"""


async def test_a_task_is_overdue_once_its_time_or_its_day_has_passed(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        await ada.add("Call", due="today 11:00")
        await ada.add("Write", due="today")
        counts: list[tuple[int, int]] = []
        for hours in (0, 1, 1, 24):
            hands.forward(hours=hours)
            told = await ada.call("get_context")
            counts.append((told["overdue"], told["today"]))
    # 10:00, 11:00, 12:00, and noon of the next day
    assert counts == [(0, 2), (0, 2), (1, 2), (2, 0)]


async def test_settings_tell_the_quiet_hours_and_which_confirmed_channels_are_told(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        plain = (await ada.call("get_context"))["settings"]
        assert not {"quiet_hours", "channels", "channels_off"} & plain.keys()
        await home.database.worker(CHANNELS, home.person.user)
        both = (await ada.call("get_context", include=["settings"]))["settings"]
        await preferences.change(
            Work(home.database, home.person, NOW, "user"),
            ["quiet_hours=22:00-07:00", "channels=mail"],
        )
        chosen = (await ada.call("get_context", include=["settings"]))["settings"]
    assert both["channels"] == ["mail", "phone"]
    assert "channels_off" not in both
    assert chosen["quiet_hours"] == "22:00-07:00"
    assert (chosen["channels"], chosen["channels_off"]) == (["mail"], ["phone"])


OPEN = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by, due_on,
  created_at, updated_at)
SELECT l.space_id, nextval('task_ids'), 1, 'Leaf ' || i, l.id, 'open', 0, '{}', '{}', $1, now(), now()
FROM lists l, generate_series(1, $2::int) i WHERE l.inbox
"""
UNREAD = """
WITH r AS (
  INSERT INTO reminders (space_id, id, version, task_id, user_id, spec, fire_at, state)
  SELECT space_id, id, 1, id, (SELECT min(id) FROM users), '0m', now(), 'fired' FROM tasks RETURNING *)
INSERT INTO notifications (space_id, id, version, user_id, task_id, reminder_id, fire_at, created_at)
SELECT space_id, id, 1, user_id, task_id, id, fire_at, now() FROM r
"""


async def test_counts_of_very_many_say_that_there_may_be_more(
    home: Home, hands: Hands, era: Era
) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    async with agent(home, hands, era) as ada:
        await home.database.worker(OPEN, yesterday, 10_000)
        told = await ada.call("get_context")
        assert (told["overdue"], told.get("at_least")) == (10_000, None)
        assert told["lists"][0]["open"] == 10_000
        await home.database.worker(OPEN, NOW.date(), 500)
        told = await ada.call("get_context")
        assert told["at_least"] is True
        assert told["overdue"] + told["today"] == 10_001
        assert ", of the first 10,000 open tasks" in await ada.text("get_context")


LISTS = """
INSERT INTO lists (space_id, id, version, name, created_at, updated_at)
SELECT space_id, 1000 + i, 1, 'List ' || i, now(), now() FROM lists l, generate_series(1, 3000) i WHERE l.inbox
"""


@pytest.mark.milliseconds
async def test_thousands_of_lists_and_of_open_tasks_are_counted_at_once(
    home: Home, hands: Hands
) -> None:
    await home.database.worker(LISTS)
    await home.database.worker(OPEN, NOW.date(), 10_000)
    async with agent(home, hands) as ada:
        started = perf_counter()
        told = await ada.call("get_context", include=["lists"])
    assert perf_counter() - started < 0.5
    assert [row["open"] for row in told["lists"]] == [10_000] + 3_000 * [0]


async def test_the_inbox_says_how_much_more_there_is(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        await home.database.worker(OPEN, NOW.date(), 150)
        await home.database.worker(UNREAD)
        told = await ada.call("get_context")
        assert (len(told["notifications"]), told["more"]["notifications"]) == (20, 130)
        told = await ada.call("get_context", include=["notifications"])
        assert len(told["notifications"]) + told["more"]["notifications"] == 150
