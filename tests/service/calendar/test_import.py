"""Importing calendar files: what is taken over, repeated, changed and told."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime

from tests.service.calendar.desk import Desk, calendar, vtodo
from todo_mcp.service import deleting, tasks as use
from todo_mcp.service.calendar.importing import import_file
from todo_mcp.service.undoing import undo
from todo_mcp.store.database import Database

FULL = calendar(
    vtodo(
        "DESCRIPTION:two litres\\, whole\\nfrom the farm",
        "CATEGORIES:food,Week end",
        "PRIORITY:1",
        "STATUS:IN-PROCESS",
        "DTSTART;TZID=Europe/Vienna:20261127T080000",
        "DUE;TZID=Europe/Vienna:20261127T170000",
        "CREATED:20261101T100000Z",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER;RELATED=END:-PT30M",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER;VALUE=DATE-TIME:20261126T080000Z",
        "END:VALARM",
    ),
    vtodo("RELATED-TO:u1", uid="u2", summary="Bottle"),
)


async def test_a_todo_is_taken_over_with_all_that_tasks_have(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(FULL)
    assert (report.added, report.updated, report.refused) == (2, 0, 0)
    bottle, milk = await desk.tasks()
    assert bottle["parent"] == "Milk"
    assert milk["notes"] == "two litres, whole\nfrom the farm"
    assert milk["tags"] == ("food", "Week-end")
    assert (milk["priority"], milk["status"]) == (3, "started")
    assert milk["due_at"] == datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert milk["start_at"] == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert milk["created_at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert milk["reminders"] == ["-30m", "2026-11-26T08:00Z"]
    assert report.notes == [
        "line 4: CATEGORIES have characters that tags have not; written with '-'."
    ]


async def test_an_unchanged_repeat_writes_nothing(database: Database) -> None:
    desk = await Desk.of(database)
    await desk.imports(FULL)
    counts = [await desk.count(table) for table in ("operations", "events", "external_ids")]
    report = await desk.imports(FULL)
    assert (report.added, report.updated, report.same) == (0, 0, 2)
    assert not report.operations
    assert counts == [await desk.count(table) for table in ("operations", "events", "external_ids")]


async def test_a_changed_repeat_changes_the_task_it_made(database: Database) -> None:
    desk = await Desk.of(database)
    await desk.imports(FULL)
    changed = FULL.replace("SUMMARY:Milk", "SUMMARY:Oat milk").replace("T170000", "T180000")
    report = await desk.imports(changed)
    assert (report.added, report.updated, report.same) == (0, 1, 1)
    bottle, milk = await desk.tasks()
    assert (milk["title"], bottle["parent"]) == ("Oat milk", "Oat milk")
    assert milk["due_at"] == datetime(2026, 11, 27, 17, tzinfo=UTC)
    back = await desk.imports(FULL)
    assert back.updated == 1
    assert [task["title"] for task in await desk.tasks()] == ["Bottle", "Milk"]


async def test_what_was_edited_here_stays_while_the_file_says_the_same(database: Database) -> None:
    desk = await Desk.of(database)
    await desk.imports(calendar(vtodo()))
    await use.update(desk.work, await desk.ids(), use.Edit({"title": "Mine"}), None)
    report = await desk.imports(calendar(vtodo()))
    assert report.same == 1
    assert [task["title"] for task in await desk.tasks()] == ["Mine"]


async def test_an_import_is_undone_as_any_change_and_can_be_repeated(database: Database) -> None:
    desk = await Desk.of(database)
    report = await desk.imports(FULL)
    [op] = report.operations
    await undo(desk.work, op, None, force=False)
    assert await desk.tasks() == []
    again = await desk.imports(FULL)
    assert again.refused == 0
    assert [task["title"] for task in await desk.tasks()] == ["Bottle", "Milk"]
    assert await desk.count("tasks") == 2


async def test_a_dry_run_says_the_same_and_writes_nothing(database: Database) -> None:
    desk = await Desk.of(database)
    dry = Desk(replace(desk.work, dry_run=True))
    report = await dry.imports(FULL)
    assert (report.added, report.operations) == (2, [])
    assert await desk.count("tasks") == 0


async def test_who_waits_is_told_how_far_it_is(database: Database) -> None:
    desk = await Desk.of(database)
    text = calendar(*(vtodo(uid=f"u{n}", summary=f"{n}") for n in range(101)))
    told: list[tuple[int, int]] = []
    dry = replace(desk.work, dry_run=True)
    await import_file(
        dry, io.BytesIO(text.encode()), None, lambda seen, of: told.append((seen, of))
    )
    assert told == [(100, 101), (101, 101)]


async def test_a_recurrence_goes_on_from_its_date(database: Database) -> None:
    desk = await Desk.of(database)
    text = calendar(
        vtodo(
            "DTSTART;TZID=Europe/Vienna:20261123T090000",
            "DUE;TZID=Europe/Vienna:20261123T090000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5",
            "EXDATE;TZID=Europe/Vienna:20261126T090000",
            "RDATE;TZID=Europe/Vienna:20261128T090000",
        )
    )
    report = await desk.imports(text)
    assert report.notes == []
    [task] = await desk.tasks()
    assert [day.strftime("%m-%d %H") for day in task["coming"]] == [
        "11-28 09", "11-30 09", "12-03 09", "12-07 09",
    ]  # fmt: skip
    assert (await desk.imports(text)).same == 1


async def test_two_imports_of_one_file_at_once_make_each_task_once(database: Database) -> None:
    desk = await Desk.of(database)
    text = calendar(*(vtodo(uid=f"u{n}", summary=f"{n}") for n in range(60)))
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(desk.imports(text)) for _ in range(4)]
    assert sum(each.result().added for each in running) == 60
    assert sum(each.result().same for each in running) == 180
    assert await desk.count("tasks") == 60


async def test_a_purged_task_leaves_no_name_behind(database: Database) -> None:
    desk = await Desk.of(database)
    await desk.imports(calendar(vtodo()))
    await deleting.delete(desk.work, await desk.ids())
    await deleting.purge(desk.work, None)
    assert await desk.count("external_ids") == 0
    assert (await desk.imports(calendar(vtodo()))).added == 1
