"""Files as the products write them that people come from."""

from datetime import UTC, date, datetime

import pytest

from tests.service.calendar.desk import Desk, calendar, vtodo
from todo_mcp.store.database import Database

VIENNA = (
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Vienna",
    "BEGIN:STANDARD",
    "DTSTART:19701025T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
)
# Reminders: DTSTART with every DUE, a placeholder alarm of 1976, colours and order of its own.
APPLE = calendar(
    "\r\n".join(VIENNA),
    vtodo(
        "CREATED:20261101T080000Z",
        "DTSTAMP:20261120T080000Z",
        "LAST-MODIFIED:20261120T080000Z",
        "DTSTART;TZID=Europe/Vienna:20261127T090000",
        "DUE;TZID=Europe/Vienna:20261127T090000",
        "PRIORITY:5",
        "STATUS:NEEDS-ACTION",
        "SEQUENCE:0",
        "RRULE:FREQ=WEEKLY;INTERVAL=1",
        "X-APPLE-SORT-ORDER:686132880",
        "BEGIN:VALARM",
        "ACTION:NONE",
        "TRIGGER;VALUE=DATE-TIME:19760401T005545Z",
        "END:VALARM",
        "BEGIN:VALARM",
        "X-WR-ALARMUID:AAAA",
        "ACTION:DISPLAY",
        "DESCRIPTION:Reminder",
        "TRIGGER;VALUE=DATE-TIME:20261127T080000Z",
        "END:VALARM",
        uid="2F2F3B1C-AAAA-4B59-8888-1D0C5E0D1A11",
        summary="Water the plants",
    ),
    vtodo(
        "COMPLETED:20261110T101112Z",
        "STATUS:COMPLETED",
        "PERCENT-COMPLETE:100",
        uid="2F2F3B1C-BBBB-4B59-8888-1D0C5E0D1A11",
        summary="Buy soil",
    ),
    head=("CALSCALE:GREGORIAN", "X-WR-CALNAME:Garden"),
)
# Nextcloud Tasks: subtasks by RELATED-TO, floating and all-day dates, progress.
NEXTCLOUD = calendar(
    vtodo(
        "DTSTART;VALUE=DATE:20261125",
        "DUE;VALUE=DATE:20261130",
        "RRULE:FREQ=MONTHLY",
        "PERCENT-COMPLETE:40",
        "STATUS:IN-PROCESS",
        "X-OC-HIDESUBTASKS:0",
        uid="nc-1",
        summary="Pay the rent",
    ),
    vtodo("DUE:20261128T120000", "RELATED-TO:nc-1", uid="nc-2", summary="Ask the bank"),
    vtodo("RELATED-TO;RELTYPE=PARENT:nc-2", uid="nc-3", summary="Find the number"),
)
# Thunderbird: completed dates of a series as overrides of the same UID, snoozed alarms.
THUNDERBIRD = calendar(
    vtodo(
        "DTSTART;TZID=Europe/Vienna:20261123T180000",
        "DUE;TZID=Europe/Vienna:20261123T180000",
        "RRULE:FREQ=DAILY;UNTIL=20261127T170000Z",
        "X-MOZ-GENERATION:3",
        "X-MOZ-LASTACK:20261123T170000Z",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER;VALUE=DURATION:-PT15M",
        "END:VALARM",
        uid="tb-1",
        summary="Stretch",
    ),
    vtodo(
        "RECURRENCE-ID;TZID=Europe/Vienna:20261123T180000",
        "DTSTART;TZID=Europe/Vienna:20261123T180000",
        "DUE;TZID=Europe/Vienna:20261123T180000",
        "STATUS:COMPLETED",
        "COMPLETED:20261123T080000Z",
        uid="tb-1",
        summary="Stretch",
    ),
    vtodo(
        "RECURRENCE-ID;TZID=Europe/Vienna:20261124T180000",
        "DUE;TZID=Europe/Vienna:20261124T200000",
        uid="tb-1",
        summary="Stretch longer",
    ),
)
# Exports of to-do services as calendars: dates as events beside to-dos, bare LF, tags with spaces.
SERVICE = calendar(
    "BEGIN:VEVENT\nUID:e1\nDTSTART:20261127T080000Z\nEND:VEVENT",
    vtodo(
        "DUE:20261127T080000Z",
        "CATEGORIES:@home,next action",
        "URL:https://example.com/task/1",
        "DESCRIPTION:one\\nfolded\r\n  line; and \\\\ more",
        uid="svc-1",
        summary="Fix the door",
    ),
).replace("\r\n", "\n")


async def test_apple_reminders(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(APPLE)
    assert (report.added, report.notes, report.lists) == (2, [], ["Garden"])
    soil, plants = await desk.tasks()
    assert (soil["status"], soil["completed_at"]) == (
        "done", datetime(2026, 11, 10, 10, 11, 12, tzinfo=UTC),
    )  # fmt: skip
    assert plants["list"] == "Garden"
    assert plants["reminders"] == ["2026-11-27T08:00Z"]
    assert plants["coming"][:2] == [datetime(2026, 12, 4, 9), datetime(2026, 12, 11, 9)]  # noqa: DTZ001 (on the wall)
    assert plants["priority"] == 2
    assert "start_on" not in plants


async def test_nextcloud_tasks(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(NEXTCLOUD)
    assert report.notes == ["line 4: PERCENT-COMPLETE is not kept."]
    ask, find, rent = await desk.tasks()
    assert (ask["parent"], find["parent"]) == ("Pay the rent", "Ask the bank")
    assert (rent["start_on"], rent["due_on"]) == (date(2026, 11, 25), date(2026, 11, 30))
    assert rent["coming"][:2] == [date(2026, 12, 30), date(2027, 1, 30)]
    assert ask["due_at"] == datetime(2026, 11, 28, 11, tzinfo=UTC)


async def test_thunderbird(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(THUNDERBIRD)
    assert (report.added, report.notes) == (2, [])
    done, longer = await desk.tasks()
    assert (done["title"], done["status"]) == ("Stretch", "done")
    assert longer["due_at"] == datetime(2026, 11, 24, 19, tzinfo=UTC)
    assert [day.day for day in longer["coming"]] == [25, 26, 27]
    assert (await desk.imports(THUNDERBIRD)).same == 2


async def test_a_service_that_exports_events_beside_its_todos(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(SERVICE)
    assert report.notes == [
        "line 8: CATEGORIES have characters that tags have not; written with '-'.",
        "line 8: URL is not taken over.",
        "1 VEVENT left out: not to-dos.",
    ]
    [door] = await desk.tasks()
    assert door["tags"] == ("home", "next-action")
    assert door["notes"] == "one\nfolded line; and \\ more"
    assert door["due_at"] == datetime(2026, 11, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("DUE;TZID=Nowhere/Land:20261127T090000",), "TZID: 'Nowhere/Land' is not a time zone"),
        (("DUE:20260230T090000",), "DUE: '20260230T090000' is no date"),
        (("DUE:20261127", "RRULE:FREQ=HOURLY"), "recurrence is not taken over: RRULE: FREQ=HOURLY"),
        (("DUE:20261127", "RRULE:FREQ=YEARLY;BYWEEKNO=3"), "BYWEEKNO is not supported"),
        (("DUE:20261127", "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"), "RRULE: never happens"),
        (("RRULE:FREQ=DAILY",), "neither DTSTART nor DUE"),
        (("DUE:20261127", "RDATE;VALUE=PERIOD:20261127T090000Z/PT1H"), "RDATE without RRULE"),
        (("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"), "an alarm is not taken over"),
        (("STATUS:FINAL",), "STATUS is none of a to-do"),
        (("PRIORITY:urgent",), "PRIORITY is no number"),
        (("RELATED-TO:nobody",), "its parent is not in the file"),
        (("no property at all",), "1 lines of it cannot be read"),
        (("ATTACH:https://example.com",), "ATTACH is not taken over"),
    ],
)
async def test_what_cannot_be_taken_over_is_told(
    database: Database, lines: tuple[str, ...], told: str
) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(calendar(vtodo(*lines)))
    assert told in " ".join(report.notes)
    assert report.added + report.refused == 1


async def test_zones_of_outlook_and_libical_are_known(database: Database) -> None:
    desk = await Desk.of(database)
    names = ("W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Vienna")
    todos = [vtodo(f"DUE;TZID={name}:20261127T090000", uid=name) for name in names]
    assert (await desk.imports(calendar(*todos))).notes == []
    assert {task["due_at"] for task in await desk.tasks()} == {
        datetime(2026, 11, 27, 8, tzinfo=UTC)
    }


async def test_parents_in_a_circle_are_broken_up_and_told(database: Database) -> None:
    desk = await Desk.of(database)
    circle = [vtodo(f"RELATED-TO:c{(n + 1) % 3}", uid=f"c{n}") for n in range(3)]
    report = await desk.imports(calendar(*circle))
    assert (report.added, report.refused) == (3, 0)
    assert "parent" in report.notes[0]
