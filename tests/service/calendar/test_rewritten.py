"""What was imported is exported under its own name and with its own dates, as other programs read it.

Red with UIDs of our own instead of those that were read, of tasks and of series, and with EXDATE or
RDATE left out of the file.
"""

from datetime import datetime, time
from typing import Any, cast

from dateutil.rrule import rrule, rruleset, rrulestr

from tests.hands import Hands
from tests.service.calendar.desk import Desk, calendar, todos_in, vtodo
from tests.service.calendar.test_occurrences import closed
from todo_mcp.store.database import Database

WEEKLY = ("DTSTART;VALUE=DATE:20261123", "DUE;VALUE=DATE:20261123", "RRULE:FREQ=WEEKLY;COUNT=6")
TIMED = (
    "DTSTART;TZID=Europe/Vienna:20261123T090000",
    "DUE;TZID=Europe/Vienna:20261123T090000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8",
)


async def test_a_todo_is_exported_under_the_uid_it_came_with(
    database: Database, hands: Hands
) -> None:
    desk = await Desk.of(database)
    once, weekly = "once@elsewhere", "weekly@elsewhere"
    await desk.imports(calendar(vtodo(*WEEKLY, uid=weekly), vtodo("STATUS:COMPLETED", uid=once)))
    assert {str(todo["UID"]) for todo in todos_in(await desk.exports())} == {once, weekly}

    await closed(desk, hands)
    told = {str(todo["UID"]): todo for todo in todos_in(await desk.exports())}
    assert len(told) == 3
    assert {once, weekly} < told.keys()
    assert (
        "RRULE" in told[weekly]
    )  # the series goes on under its name, and what is closed has another


async def test_exceptions_and_extra_dates_of_a_file_are_in_the_file_that_comes_of_it(
    database: Database,
) -> None:
    desk = await Desk.of(database)
    zoned = ";TZID=Europe/Vienna:"
    await desk.imports(
        calendar(
            vtodo(
                *WEEKLY, "EXDATE;VALUE=DATE:20261130,20261214", "RDATE;VALUE=DATE:20261202",
                uid="days", summary="Days",
            ),
            vtodo(
                *TIMED, f"EXDATE{zoned}20261126T090000", f"RDATE{zoned}20261128T090000",
                uid="times", summary="Times",
            ),
        )
    )  # fmt: skip
    here = {task["title"]: task["coming"] for task in await desk.tasks()}
    for todo in todos_in(await desk.exports()):
        dates = expanded(todo)
        coming = [_naive(day) for day in here[str(todo["SUMMARY"])]]
        assert dates == [_naive(todo["DUE"].dt), *coming]
        assert len(dates) == {"Days": 5, "Times": 8}[str(todo["SUMMARY"])]


def expanded(todo: Any) -> list[datetime]:
    """The dates that `python-dateutil` makes of a to-do."""
    dates, begins = rruleset(), _naive(todo["DTSTART"].dt)
    dates.rrule(cast("rrule", rrulestr(todo["RRULE"].to_ical().decode(), dtstart=begins)))
    for name, take in (("EXDATE", dates.exdate), ("RDATE", dates.rdate)):
        for each in todo[name].dts if name in todo else ():
            take(_naive(each.dt))
    return list(dates)


def _naive(day: Any) -> datetime:
    if isinstance(day, datetime):
        return day.replace(tzinfo=None)
    return datetime.combine(day, time())
