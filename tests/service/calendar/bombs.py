"""Files of a few megabytes that once took minutes or hundreds of megabytes, read in a process of its own.

`python -m tests.service.calendar.bombs` answers for each how long it took, and how far memory grew.
"""

import io
import json
import resource
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Final

from tests.service.calendar.desk import calendar, vtodo
from todo_mcp.errors import LimitError
from todo_mcp.service.calendar.reading import read

MIB: Final = 2**20
_OVERRIDE: Final = "BEGIN:VTODO\r\nUID:u1\r\nRECURRENCE-ID:20261127T090000Z\r\n{}END:VTODO"
_RULE: Final = "BEGIN:STANDARD\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"
_ALARM: Final = "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM"


def many(count: int, *lines: str, head: tuple[str, ...] = ()) -> str:
    todos = (vtodo(*(line.format(n=n) for line in lines), uid=f"u{n}") for n in range(count))
    return calendar(*todos, head=head)


BOMBS: Final[dict[str, Callable[[], str]]] = {
    "a last backslash": lambda: many(1, "CATEGORIES:" + "a" * 60_000 + "\\"),
    "categories": lambda: many(10, "CATEGORIES:" + "a b," * 100_000),
    "parameters": lambda: many(1, "SUMMARY" + ";B=c" * 200_000 + ":v"),
    "values of a parameter": lambda: many(1, "SUMMARY;B=" + "a," * 400_000 + ":v"),
    "a zone": lambda: many(1, "DUE;TZID=" + "a/" * 400_000 + ":20261127T090000"),
    "zones": lambda: many(2_000, "DUE;TZID=Foo/Bar{n}:20261127T090000"),
    "zones of ours": lambda: many(2_000, "X-TODO-MCP-ZONE:Foo/Bar{n}"),
    "a calendar's name": lambda: many(3_000, head=("X-WR-CALNAME:" + "a" * 1_000_000,)),
    "alarms": lambda: many(1, "DUE:20261127T090000Z", *[_ALARM] * 20_000),
    "relations": lambda: many(20, *["RELATED-TO;RELTYPE=SIBLING:x"] * 1_900),
    "properties nobody reads": lambda: calendar(*[_OVERRIDE.format("X-A:b\r\n" * 100)] * 1_000),
    "rules of a zone": lambda: calendar(f"BEGIN:VTIMEZONE\r\n{_RULE * 20_000}END:VTIMEZONE", vtodo()),
    "rules": lambda: many(500, "DUE:20261127", "RRULE:FREQ=YEARLY;INTERVAL=97;BYMONTH=2;BYMONTHDAY=30"),
    "trigger": lambda: many(1, "DUE:20261127T090000Z", "BEGIN:VALARM\r\nTRIGGER:-P" + "9" * 900_000 + "D\r\nEND:VALARM"),
}  # fmt: skip


def fifty_megabytes() -> Iterator[bytes]:
    """To-dos of which each is a good one."""
    yield b"BEGIN:VCALENDAR\r\n"
    for number in range(20_000):
        yield f"{vtodo('DESCRIPTION:' + 'x' * 2_600, uid=f'u{number}')}\r\n".encode()
    yield b"END:VCALENDAR\r\n"


class Stream(io.RawIOBase):
    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._left = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._left = self._left or next(self._parts, b"")
        given, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def grown(before: int) -> float:
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / MIB


def measure() -> Iterator[dict[str, object]]:
    """For each bomb: seconds, MiB that the process has grown so far, drafts, and how many notes."""
    for name, make in BOMBS.items():
        data = make().encode()
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, perf_counter()
        found = read(io.BytesIO(data), "Europe/Vienna")
        seconds = perf_counter() - begun
        yield {
            "name": name,
            "seconds": seconds,
            "mib": grown(before),
            "drafts": len(found.drafts),
            "notes": len(found.notes),
        }


def measure_fifty() -> Iterator[dict[str, object]]:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, perf_counter()
    try:
        read(io.BufferedReader(Stream(fifty_megabytes())), "Europe/Vienna")
    except LimitError as error:
        yield {"said": str(error), "seconds": perf_counter() - begun, "mib": grown(before)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(measure_fifty() if "fifty" in sys.argv else measure())))
