"""`todo-mcp agenda`: a month with its tasks marked, and day by day what they are."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from todo_mcp.cli.home import home
from todo_mcp.cli.month import console, month_of
from todo_mcp.clock import utc_now
from todo_mcp.domain.span import MONTHS, WEEKDAYS
from todo_mcp.domain.zone import wall
from todo_mcp.errors import RuleError, quoted
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from todo_mcp.domain.agenda import Entry

LONGEST: Final = 70


async def run(settings: Settings, chosen: Mapping[str, object]) -> int:
    """Reads only; what is overdue comes first."""
    from todo_mcp.service.agenda import agenda  # noqa: PLC0415 (imports SQL)
    from todo_mcp.service.work import Work  # noqa: PLC0415

    now = utc_now()
    async with home(settings) as found:
        person = found.person
        today = wall(now, person.zone).date()
        first = _month(chosen["month"], today)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        work = Work(found.database, person, now, "agenda")
        entries, left_out = await agenda(work, last)
        _draw(console(), entries, first, today, person.week_start)
    if left_out:
        console().print(f"{left_out} more tasks are due later in these days.")
    return 0


def _month(given: object, today: date) -> date:
    if given is None:
        return today.replace(day=1)
    try:
        return datetime.strptime(str(given), "%Y-%m").date()  # noqa: DTZ007 (a month has no zone)
    except ValueError:
        raise RuleError(f"month: {quoted(str(given))} is no month. Use e.g. 2026-12.") from None


def _draw(
    out: "Console", entries: "Sequence[Entry]", first: date, today: date, week_start: int
) -> None:
    due = {entry.on for entry in entries if not entry.again}
    again = {entry.on for entry in entries if entry.again}
    page = month_of(
        first.year, first.month, marked=due, again=again, today=today, week_start=week_start
    )
    out.print(page)
    out.print("* due   + comes again\n")
    overdue = [entry for entry in entries if not entry.again and entry.on < min(first, today)]
    if overdue:
        out.print("Overdue")
        for entry in overdue:
            out.print(f"  {entry.on}{_line(entry)}")
    ahead = [entry for entry in entries if entry.on >= first]
    for on, of_day in groupby(ahead, key=lambda entry: entry.on):
        out.print(f"{WEEKDAYS[on.weekday()][:3]} {on.day} {MONTHS[on.month - 1][:3]}")
        for entry in of_day:
            out.print(f" {_line(entry)}")
    if not entries:
        out.print("Nothing is due.")


def _line(entry: "Entry") -> str:
    clock = f"{entry.clock:%H:%M}" if entry.clock else "     "
    title = entry.title if len(entry.title) <= LONGEST else f"{entry.title[: LONGEST - 1]}…"
    return f" {clock} {'+' if entry.again else '*'} {title} (t{entry.id})"
