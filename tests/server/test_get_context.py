"""get_context, through a real client on a real PostgreSQL."""

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
