"""What a person has to do up to a day."""

from datetime import date
from typing import Final

from todo_mcp import ids
from todo_mcp.domain.agenda import Days, Entry, planned
from todo_mcp.domain.zone import wall
from todo_mcp.service.finding import find
from todo_mcp.service.work import Work
from todo_mcp.store.load import Wanted, load

PAGE: Final = 100
MOST: Final = 1_000


async def agenda(work: Work, last: date) -> tuple[list[Entry], int]:
    """Open tasks due by then, and how many of them were left out, the latest first."""
    numbers: list[int] = []
    cursor: str | None = None
    total = 0
    while len(numbers) < MOST:
        page = await find(work, f"due:<={last}", sort="due", limit=PAGE, cursor=cursor)
        numbers += [ids.parse(task["id"], "task", "id") for task in page["tasks"]]
        total, cursor = page["total"], page.get("next_cursor")
        if cursor is None:
            break
    person = work.person
    state = await load(
        work.database, person.space, person.user, Wanted(tasks=tuple(numbers)), work.now
    )
    tasks = [state.tasks[number] for number in numbers if number in state.tasks]
    days = Days(person.zone, wall(work.now, person.zone).date(), last)
    return planned(tasks, state.series, days), max(0, total - len(tasks))
