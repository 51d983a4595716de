"""`agenda` and `preview`, as processes with their output read."""

from datetime import timedelta

from tests.cli.commands import todo_mcp
from todo_mcp.clock import utc_now
from todo_mcp.service import tasks
from todo_mcp.service.home import open_home
from todo_mcp.service.work import Work

DOWN = "postgresql://nobody@127.0.0.1:1/none"


async def test_a_preview_marks_the_dates_of_a_rule_and_needs_no_database() -> None:
    said = await todo_mcp(
        "preview",
        "last day of the month at 18:00",
        "--due=2027-01-31",
        "--months=2",
        DATABASE_URL=DOWN,
        TODO_MCP_TIMEZONE="Europe/Vienna",
    )
    assert said.code == 0, said.err
    assert said.out.startswith("every month on the last day at 18:00  (FREQ=MONTHLY;BYMONTHDAY=-1,")
    assert said.out.count("*") == 2
    assert "January 2027" in said.out
    assert "*31" in said.out
    assert "*28" in said.out
    assert "Sun 2027-01-31 18:00+01:00" in said.out


async def test_a_preview_refuses_what_is_no_rule() -> None:
    said = await todo_mcp("preview", "every blue moon")
    assert said.code == 1
    assert said.err.startswith("todo-mcp: recurrence: 'every blue moon'")
    many = await todo_mcp("preview", "daily", "--months=13")
    assert many.err == "todo-mcp: months: between 1 and 12.\n"


async def test_the_agenda_shows_what_is_due_and_what_comes_again(emptied: str) -> None:
    home = await open_home(emptied, user="local", zone="UTC", space=None)
    now = utc_now()
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    work = Work(home.database, home.person, now, "test")
    late = (now - timedelta(days=3)).date()
    weekly = {"title": "Bins", "due": f"{first:%Y-%m}-05", "recurrence": "every week, 3 times"}
    report = {"title": "Report [red]", "due": f"{first:%Y-%m}-19T17:00"}
    made = [
        await tasks.add(work, fields, [])
        for fields in (weekly, report, {"title": "Rent", "due": f"{late}"})
    ]
    bins, report_id, rent = [each["tasks"][0]["id"] for each in made]
    await home.database.close()
    said = await todo_mcp("agenda", f"--month={first:%Y-%m}", DATABASE_URL=emptied)
    assert said.code == 0, said.err
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert f"* Bins ({bins})" in lines
    assert lines.count(f"+ Bins ({bins})") == 2
    assert f"17:00 * Report [red] ({report_id})" in lines
    assert lines[lines.index("Overdue") + 1] == f"{late} * Rent ({rent})"
    for sign in ("*5", "+12", "+19", "*19"):
        assert (sign in said.out) is (sign != "+19")


async def test_the_agenda_shows_a_moved_date_where_it_is_due_and_a_moved_series_from_there_on(
    emptied: str,
) -> None:
    home = await open_home(emptied, user="local", zone="UTC", space=None)
    now = utc_now()
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    work = Work(home.database, home.person, now, "test")
    weekly = {"due": f"{first:%Y-%m}-05", "recurrence": "every week, 3 times"}
    for title, scope in (("Bins", "this"), ("Post", "this_and_future")):
        made = await tasks.add(work, {"title": title, **weekly}, [])
        await tasks.reschedule(work, [made["tasks"][0]["id"]], f"{first:%Y-%m}-07", None, scope)
    await home.database.close()
    said = await todo_mcp("agenda", f"--month={first:%Y-%m}", DATABASE_URL=emptied)
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    days = {
        title: [
            next(int(above.split()[1]) for above in reversed(lines[:at]) if above[:1].isalpha())
            for at, line in enumerate(lines)
            if f" {title} (" in line
        ]
        for title in ("Bins", "Post")
    }
    assert days == {"Bins": [7, 12, 19], "Post": [7, 14, 21]}


async def test_the_agenda_refuses_what_is_no_month(emptied: str) -> None:
    said = await todo_mcp("agenda", "--month=2027-13", DATABASE_URL=emptied)
    assert said.err == "todo-mcp: month: '2027-13' is no month. Use e.g. 2026-12.\n"
