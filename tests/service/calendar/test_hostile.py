"""Files that are broken, huge or hostile: told or refused, in bounded time, with nothing written."""

import io
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.conftest import ZONE
from tests.service.calendar.desk import Desk, calendar, vtodo
from todo_mcp.errors import LimitError, RuleError, TodoError
from todo_mcp.service.calendar.reading import read
from todo_mcp.service.calendar.splitting import MAX_BYTES, MAX_COMPONENTS
from todo_mcp.store.database import Database

HEAD = "BEGIN:VCALENDAR\r\n"
TODO = vtodo() + "\r\n"


class Endless(io.RawIOBase):
    """A stream that never ends and holds nothing."""

    def __init__(self, head: str, again: str) -> None:
        self._parts = self._said(head.encode(), again.encode() * (65536 // len(again) + 1))
        self._left = b""
        self.read_bytes = 0

    @staticmethod
    def _said(head: bytes, again: bytes) -> Iterator[bytes]:
        yield head
        while True:
            yield again

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._left = self._left or next(self._parts)
        given, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(given)] = given
        self.read_bytes += len(given)
        return len(given)


BROKEN = {
    "empty": (b"", "is empty"),
    "no calendar": (b"title,due\nMilk,friday\n", "line 1 is not of an iCalendar file"),
    "binary": (bytes(range(128, 256)) * 10, "line 1 is not UTF-8"),
    "latin-1": ((HEAD + vtodo(summary="Käse")).encode("latin-1"), "line 4 is not UTF-8"),
    "cut off": ((HEAD + TODO[:-12]).encode(), "ends in the middle of the VTODO"),
    "crossed": ((HEAD + "BEGIN:VTODO\r\nEND:VCALENDAR\r\n").encode(), "line 3 ends a component"),
    "bare todo": (TODO.encode(), "line 1 is not of an iCalendar file"),
    "second half": ((calendar(vtodo()) + "garbage\r\n").encode(), "is not of an iCalendar file"),
    "deep": ((HEAD + "BEGIN:VTODO\r\n" * 100_000).encode(), "nests deeper than 6"),
    "fold bomb": ((HEAD + "BEGIN:VTODO\r\nSUMMARY:a" + "\r\n aaaa" * 500_000).encode(), "longer than"),
    "long line": ((HEAD + "X-A:" + "a" * 2_000_000).encode(), "longer than"),
    "many lines": (
        (HEAD + "BEGIN:VTODO\r\n" + "X-A:b\r\n" * 500_000).encode(), "more than 2,000 properties",
    ),
    "many components": (
        (HEAD + "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * (MAX_COMPONENTS + 1)).encode(),
        "more than 100,000 components",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_is_refused_and_nothing_is_written(
    database: Database, name: str
) -> None:
    data, told = BROKEN[name]
    desk = await Desk.of(database)
    begun = time.perf_counter()
    with pytest.raises(TodoError) as refused:
        await desk.imports(data)
    assert time.perf_counter() - begun < 10
    assert told in str(refused.value)
    assert str(refused.value).startswith("file: ")
    assert await desk.count("tasks") == await desk.count("operations") == 0


async def test_good_todos_before_a_broken_end_are_not_written(database: Database) -> None:
    desk = await Desk.of(database)
    with pytest.raises(RuleError):
        await desk.imports(calendar(vtodo()) + HEAD + TODO[:-9])
    assert await desk.count("tasks") == 0


@pytest.mark.many
@pytest.mark.parametrize(
    "again",
    [TODO, "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "BEGIN:VTODO\r\n", "X-A:b\r\n", " a\r\n", "\r\n", "x"],
)
def test_an_endless_stream_is_given_up_in_bounded_time_and_memory(again: str) -> None:
    stream = Endless(HEAD, again)
    tracemalloc.start()
    begun = time.perf_counter()
    try:
        with pytest.raises(LimitError):
            read(io.BufferedReader(stream), ZONE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stream.read_bytes < MAX_BYTES + 4_000_000
    assert time.perf_counter() - begun < 120
    assert peak < 100_000_000


RULES = (
    "FREQ=SECONDLY", "FREQ=DAILY;COUNT=999999", "FREQ=DAILY;COUNT=" + "9" * 5_000, "FREQ=DAILY;INTERVAL=0",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "FREQ=MONTHLY;BYDAY=" + ",".join(["MO"] * 100_000),
    "FREQ=DAILY;BYSETPOS=366", "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=4000", "FREQ=WEEKLY;UNTIL=99991231T235959Z",
    "FREQ=DAILY;UNTIL=00010101", "FREQ", ";;;;", "FREQ=DAILY;FREQ=DAILY", "",
)  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[:30])
def test_a_rule_bomb_costs_milliseconds(rule: str) -> None:
    lines = ["DTSTART:20261127T090000Z", f"RRULE:{rule}"]
    begun = time.perf_counter()
    found = read(io.BytesIO(calendar(vtodo(*lines)).encode()), ZONE)
    assert time.perf_counter() - begun < 1
    [draft] = found.drafts.values()
    assert (draft.recurrence is None) is any("recurrence is not taken" in n for n in found.notes)


def test_a_million_exceptions_are_not_taken() -> None:
    dates = ",".join(["20261127"] * 100_000)
    lines = ["DUE:20261127", "RRULE:FREQ=DAILY", f"EXDATE:{dates}"]
    begun = time.perf_counter()
    found = read(io.BytesIO(calendar(vtodo(*lines)).encode()), ZONE)
    assert time.perf_counter() - begun < 1
    assert "EXDATE: has more than" in found.notes[0]


async def test_todos_that_all_wait_for_each_other_are_taken_in_bounded_time(
    database: Database,
) -> None:
    # Red with a search for circles that begins anew for each blocker of a new task.
    desk = await Desk.of(database)
    waits = [
        [f"RELATED-TO;RELTYPE=DEPENDS-ON:u{n}" for n in range(max(0, i - 100), i)]
        for i in range(220)
    ]
    begun = time.perf_counter()
    report = await desk.imports(
        calendar(*(vtodo(*some, uid=f"u{n}") for n, some in enumerate(waits)))
    )
    assert time.perf_counter() - begun < 15
    assert (report.added, report.refused, report.notes) == (220, 0, [])
    circle = [vtodo(f"RELATED-TO;RELTYPE=DEPENDS-ON:c{(n + 1) % 3}", uid=f"c{n}") for n in range(3)]
    report = await desk.imports(calendar(*circle))
    assert (report.added, len(report.notes)) == (3, 1)


async def test_text_that_would_forge_lines_of_a_file_stays_text(database: Database) -> None:
    ada, bob = await Desk.of(database, "ada"), await Desk.of(database, "bob")
    forged = "a\\nEND:VTODO\\nBEGIN:VTODO\\nUID:x"
    await ada.imports(calendar(vtodo(f"X-TODO-MCP-LIST:{forged}", summary=forged), head=()))
    await bob.imports(await ada.exports())
    [task] = await bob.tasks()
    assert task["title"] == forged.replace("\\n", "\n")
