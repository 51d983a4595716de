"""get_context, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service.home import Home


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
