"""Months as a calendar on the wall has them, drawn for the terminal."""

from calendar import Calendar
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from todo_mcp.domain.span import MONTHS, WEEKDAYS

MARK: Final = "bold white on dark_green"
AGAIN: Final = "dark_green"
TODAY: Final = "underline"


def month_of(
    year: int,
    month: int,
    *,
    marked: Collection[date],
    again: Collection[date] = (),
    today: date | None = None,
    week_start: int = 0,
) -> Table:
    """Marked days are told by a sign too, for where there are no colours: `*24`, `+24`."""
    table = Table(
        title=f"{MONTHS[month - 1]} {year}", box=None, padding=(0, 1, 0, 0), title_style="bold"
    )
    calendar = Calendar(week_start)
    for day in calendar.iterweekdays():
        table.add_column(WEEKDAYS[day][:2], justify="right", header_style="dim")
    for week in calendar.monthdatescalendar(year, month):
        table.add_row(
            *(_day(day, marked, again, today) if day.month == month else "" for day in week)
        )
    return table


def _day(day: date, marked: Collection[date], again: Collection[date], today: date | None) -> Text:
    sign, style = "", ""
    if day in marked:
        sign, style = "*", MARK
    elif day in again:
        sign, style = "+", AGAIN
    text = Text(f"{sign}{day.day}", style)
    if day == today:
        text.stylize(TODAY)
    return text


def months_from(first: date, count: int) -> Iterator[tuple[int, int]]:
    for month in range(first.month - 1, first.month - 1 + count):
        yield first.year + month // 12, month % 12 + 1


def beside(tables: list[Table]) -> Columns:
    return Columns(tables, padding=(0, 3))


def console() -> Console:
    """Plain text where the output is no terminal."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
