"""What is exported and imported into an empty space is the same again."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, given, settings, strategies as st
from icalendar import Calendar

from tests import postgres
from tests.conftest import ZONE
from tests.service.calendar.desk import Desk, todos_in
from todo_mcp.domain.calendar import Draft
from todo_mcp.domain.dates import timed
from todo_mcp.domain.recurrence import Recurrence, occurrences
from todo_mcp.domain.rule import parse_rule
from todo_mcp.domain.rule_dates import first
from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.task import LIVE, Priority, Status
from todo_mcp.domain.when import When, day_in, moment_in
from todo_mcp.service.calendar.importing import Report, import_drafts
from todo_mcp.store.database import Database

ZONES = (ZONE, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
# No control characters, no invisible ones: what text of RFC 5545 and titles have in common.
LETTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co"), exclude_characters="\u2028\u2029"
)
LINES = st.text(LETTERS, min_size=1, max_size=40).filter(str.strip)
NOTES = st.text(st.one_of(LETTERS, st.sampled_from('\n\t,;:\\"')), min_size=1, max_size=300)
TAGS = st.lists(st.text("abcäß漢9-_/", min_size=1, max_size=9), max_size=4).map(
    lambda tags: tuple(dict.fromkeys(f"x{tag.casefold()}" for tag in tags))
)
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
CLOCKS = st.times(time(4), time(23, 59)).map(lambda at: at.replace(microsecond=0))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1)).map(  # noqa: DTZ001 (made aware)
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
RULES = st.sampled_from(
    (
        "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=7", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU",
        "FREQ=WEEKLY;COUNT=4", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=-1FR,2MO",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=2", "FREQ=DAILY;UNTIL=20301231", "FREQ=MONTHLY;UNTIL=20291231T120000",
    )
)  # fmt: skip


@st.composite
def whens(draw: st.DrawFn, zone: str) -> When:
    on = draw(DAYS)
    if draw(st.booleans()):
        return day_in(zone, on)
    if draw(st.integers(0, 9)) == 0:  # the second pass of an hour that comes twice
        return moment_in(zone, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    return timed(on, draw(CLOCKS), zone)


@st.composite
def recurrences(draw: st.DrawFn, zone: str) -> Recurrence:
    clock = draw(st.none() | CLOCKS)
    day = draw(DAYS)
    begins: Local = day if clock is None else datetime.combine(day, clock)
    rule = parse_rule(draw(RULES))
    start = first(rule, begins)
    assert start is not None
    bare = Recurrence(rule=str(rule), zone=zone if clock else None, start=start)
    if rule.plain and draw(st.booleans()):
        return bare.model_copy(update={"anchor": "completion"})
    coming = [local for local, _ in zip_few(bare)]
    left_out = (
        draw(st.sets(st.sampled_from(coming[1:]), max_size=2)) if coming[1:] else set[Local]()
    )
    extra = {local + timedelta(days=draw(st.integers(1, 3))) for local in coming[:2]} - {*coming}
    chosen = draw(st.sets(st.sampled_from(sorted(extra)))) if extra else set[Local]()
    return Recurrence.model_validate(
        bare.model_dump() | {"exceptions": tuple(left_out), "extra": tuple(sorted(chosen))}
    )


def zip_few(recurrence: Recurrence) -> list[tuple[Local, int]]:
    dates = occurrences(recurrence, None, 0)
    return [found for found, _ in zip(dates, range(5), strict=False)]


@st.composite
def drafts(draw: st.DrawFn, number: int) -> Draft:
    zone = draw(st.sampled_from(ZONES))
    given_: dict[str, Any] = {
        "notes": draw(st.none() | NOTES),
        "tags": draw(TAGS),
        "priority": draw(st.sampled_from(Priority)),
        "status": draw(st.sampled_from(Status)),
        "due": draw(st.none() | whens(zone)),
        "start": draw(st.none() | whens(zone)),
        "zone": draw(st.none() | st.just(zone)),
        "deadline": draw(st.none() | DAYS),
        "estimate": draw(st.none() | st.integers(1, 3_600_000)),
        "list": draw(st.none() | st.sampled_from(("Errands", "Work, home; \\ rest"))),
        "created_at": draw(INSTANTS),
    }
    if given_["status"] not in LIVE:
        given_["completed_at"] = draw(INSTANTS)
    elif draw(st.booleans()):
        given_ |= draw(rhythms(zone))
    if number and draw(st.booleans()):
        given_["parent"] = f"u{draw(st.integers(0, number - 1))}"
    if number and draw(st.booleans()):
        given_["blockers"] = (f"u{draw(st.integers(0, number - 1))}",)
    specs = ["2026-12-01T08:00@Europe/Vienna", "2026-12-01@Asia/Tokyo", "2027-01-05T01:30:00Z"]
    if given_["due"] is not None:
        specs += ["0m", "-30m", "-1d", "-1d2h", "-1d 09:00", "0d 21:15", "-1w"]
    given_["alarms"] = tuple(draw(st.lists(st.sampled_from(specs), max_size=4, unique=True)))
    return Draft(uid=f"u{number}", title=f"{number} {draw(LINES)}", **given_)


@st.composite
def rhythms(draw: st.DrawFn, zone: str) -> dict[str, Any]:
    """A recurrence at one of its first dates, which is due then or was moved."""
    recurrence = draw(recurrences(zone))
    occurs, passed = draw(st.sampled_from(zip_few(recurrence)))
    due = draw(whens(zone))
    if draw(st.booleans()) or recurrence.anchor == "completion":
        on_rule = isinstance(occurs, datetime)
        due = timed(occurs.date(), occurs.time(), zone) if on_rule else day_in(zone, occurs)
    return {"recurrence": recurrence, "occurs": occurs, "passed": passed, "due": due}


@st.composite
def batches(draw: st.DrawFn) -> list[Draft]:
    return [draw(drafts(number)) for number in range(draw(st.integers(1, 5)))]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(batch=batches())
async def test_every_task_comes_back_as_it_was(migrated: Database, batch: list[Draft]) -> None:
    await postgres.empty(migrated)
    ada, bob = await Desk.of(migrated, "ada"), await Desk.of(migrated, "bob")
    report = await import_drafts(ada.work, {draft.uid: draft for draft in batch}, Report())
    assert report.refused == 0, report.notes
    written = await ada.exports()
    taken = await bob.imports(written)
    assert taken.refused == 0
    assert taken.notes == []
    assert await bob.tasks() == await ada.tasks()
    assert (await bob.imports(written)).operations == []
    assert (await ada.imports(written)).operations == []
    check_independently(written, batch)


async def test_each_zone_is_described_once_and_before_its_first_use(database: Database) -> None:
    # Red with an export without VTIMEZONE, which other programs then read in their own zone.
    ada = await Desk.of(database, "ada")
    zones = (ZONE, "America/New_York")
    dues = {zone: timed(date(2027, 7, 1), time(9), zone) for zone in zones}
    batch = {zone: Draft(uid=zone, title=zone, due=due) for zone, due in dues.items()}
    await import_drafts(ada.work, batch, Report())
    text = (await ada.exports()).decode()
    for zone, due in dues.items():
        assert text.count(f"TZID:{zone}") == 1
        assert text.index(f"TZID:{zone}") < text.index(f"TZID={zone}")
        # The offset in July by the rules in the file alone.
        parsed: Any = Calendar.from_ical(text)
        [described] = [found for found in parsed.walk("VTIMEZONE") if found["TZID"] == zone]
        at = datetime(2027, 7, 1, 9, tzinfo=described.to_tz(lookup_tzid=False))
        assert at.astimezone(UTC) == due.at


def check_independently(written: bytes, batch: list[Draft]) -> None:
    """Another parser sees the same titles, notes and dates of the rule."""
    masters = [todo for todo in todos_in(written) if "RECURRENCE-ID" not in todo]
    told = sorted((str(todo["SUMMARY"]), str(todo.get("DESCRIPTION", ""))) for todo in masters)
    assert told == sorted((draft.title, draft.notes or "") for draft in batch)
    for todo in masters:
        if "RRULE" in todo:
            text = todo["RRULE"].to_ical().decode()
            start = todo["DTSTART"].dt
            begins = start if isinstance(start, datetime) else datetime.combine(start, time())
            assert rrulestr(text, dtstart=begins)[0] == begins
