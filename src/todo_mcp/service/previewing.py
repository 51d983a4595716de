"""What a schedule would be, for the person who asks."""

from typing import Any

from todo_mcp.domain.previewing import Place, Question, previewed
from todo_mcp.service.work import Work
from todo_mcp.store.load import Wanted, load


async def preview(work: Work, question: Question, zone: str | None) -> dict[str, Any]:
    """Times, rule and next dates in the zone given, else in the person's own."""
    person = work.person
    state = await load(work.database, person.space, person.user, Wanted(), work.now)
    user = state.user
    return previewed(question, Place(work.now, zone or user.zone, user.day_start, user.week_start))
