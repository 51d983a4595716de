"""Takes an iCalendar stream apart, line by line, within bounds whatever it says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any, Final

from icalendar.parser import Contentline

from todo_mcp.errors import LimitError, RuleError

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_LINE: Final = 1024 * 1024
MAX_DEPTH: Final = 6
MAX_COMPONENTS: Final = 100_000
MAX_LINES: Final = 2_000  # of one component
MAX_FOLDS: Final = 1_000_000  # lines as they stand in the file
MAX_PARAMETERS: Final = 4_096  # characters of one property's
MAX_NAME: Final = 1_000  # of a calendar
# A name, parameters whose quoted values may hold colons, and the value.
_NAME: Final = re.compile("[A-Za-z0-9-]{1,100}(?=[;:])")
_LINE: Final = re.compile(r'([A-Za-z0-9-]+)((?:;(?:"[^"]*"|[^":])*+)?):(.*)', re.DOTALL)
# What is read of a component; of other properties nothing is kept, whatever they are called.
_READ: Final = {
    "VCALENDAR": frozenset({"NAME", "X-WR-CALNAME"}),
    "VALARM": frozenset({"ACTION", "TRIGGER", "REPEAT", "X-TODO-MCP-REMINDER"}),
    "VTODO": frozenset(
        [
            "UID",
            "SUMMARY",
            "DESCRIPTION",
            "CATEGORIES",
            "PRIORITY",
            "STATUS",
            "PERCENT-COMPLETE",
            "COMPLETED",
            "CREATED",
            "DUE",
            "DTSTART",
            "DURATION",
            "RRULE",
            "RDATE",
            "EXDATE",
            "EXRULE",
            "RECURRENCE-ID",
            "RELATED-TO",
            "ATTACH",
            "ATTENDEE",
            "GEO",
            "LOCATION",
            "URL",
            "COMMENT",
            "CONTACT",
            "RESOURCES",
            "X-TODO-MCP-ANCHOR",
            "X-TODO-MCP-DEADLINE",
            "X-TODO-MCP-ESTIMATE",
            "X-TODO-MCP-LIST",
            "X-TODO-MCP-START",
            "X-TODO-MCP-STATUS",
            "X-TODO-MCP-ZONE",
        ]
    ),
}


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    params: Mapping[str, str]
    raw: str
    line: int


@dataclass(slots=True)
class Block:
    """A component with its properties; what cannot be read of it is counted."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict[str, list[Property]])
    blocks: list["Block"] = field(default_factory=list["Block"])
    lines: int = 0
    unread: int = 0

    def first(self, name: str) -> Property | None:
        found = self.properties.get(name)
        return found[0] if found else None


@dataclass(slots=True)
class Split:
    """The to-dos of a stream, as they come; the rest is told afterwards."""

    names: list[str] = field(default_factory=list[str])  # of the calendars
    others: dict[str, int] = field(default_factory=dict[str, int])  # components that are no to-dos
    components: int = 0

    def todos(self, stream: IO[bytes]) -> Iterator[tuple[Block, str | None]]:
        """Each VTODO, and the name of the calendar it is in.

        Raises:
            RuleError: not an iCalendar file, or broken; says in which line.
            LimitError: larger, longer or deeper than any real one.
        """
        stack: list[Block] = []
        number = 0
        for number, line in _unfolded(stream):
            word, _, rest = line.partition(":")
            match word.upper():
                case "BEGIN":
                    self._begin(stack, rest.strip().upper(), number)
                case "END":
                    ended = _end(stack, rest.strip().upper(), number)
                    if ended.name == "VCALENDAR":
                        self.names.clear()
                    if ended.name == "VTODO" and len(stack) == 1:
                        yield ended, self._calendar(stack[0])
                case _:
                    _put(stack, line, number)
        if stack:
            raise RuleError(
                f"file: it ends in the middle of the {stack[-1].name} that begins in line "
                f"{stack[-1].line}. It was cut off; export it again."
            )
        if not self.components:
            raise RuleError("file: is empty. Give an iCalendar file (.ics).")

    def _begin(self, stack: list[Block], name: str, number: int) -> None:
        if not stack and name != "VCALENDAR":
            raise _no_calendar(number)
        self.components += 1
        if self.components > MAX_COMPONENTS:
            raise LimitError(
                f"file: more than {MAX_COMPONENTS:,} components. Split it and import the parts."
            )
        if len(stack) >= MAX_DEPTH:
            raise LimitError(
                f"file: nests deeper than {MAX_DEPTH} in line {number}; no export does."
            )
        block = Block(name, number)
        if stack and stack[-1].name == "VTODO":
            stack[-1].blocks.append(block)
        if len(stack) == 1 and name not in {"VTODO", "VTIMEZONE"}:
            self.others[name[:20]] = self.others.get(name[:20], 0) + 1
        stack.append(block)

    @staticmethod
    def _calendar(calendar: Block) -> str | None:
        found = calendar.first("NAME") or calendar.first("X-WR-CALNAME")
        return found.raw[:MAX_NAME] if found else None


def _end(stack: list[Block], name: str, number: int) -> Block:
    if not stack or stack[-1].name != name:
        inside = f"; {stack[-1].name} of line {stack[-1].line} is open" if stack else ""
        raise RuleError(f"file: line {number} ends a component that is not open{inside}.")
    return stack.pop()


def _put(stack: list[Block], line: str, number: int) -> None:
    if not stack:
        if line.strip():
            raise _no_calendar(number)
        return
    block = stack[-1]
    if block.name not in _READ or not line.strip():
        return
    block.lines += 1
    if block.lines > MAX_LINES:
        raise LimitError(
            f"file: the {block.name} of line {block.line} has more than {MAX_LINES:,} properties."
        )
    name = _NAME.match(line)
    if name is not None and name[0].upper() not in _READ[block.name]:
        return
    found = _parsed(line, number) if name is not None else None
    if found is None:
        block.unread += 1
    else:
        block.properties.setdefault(found.name, []).append(found)


def _parsed(line: str, number: int) -> Property | None:
    match = _LINE.fullmatch(line)
    if match is None or len(match[2]) > MAX_PARAMETERS:
        return None
    try:
        return Property(match[1].upper(), _parameters(match[2]), match[3], number)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _parameters(text: str) -> Mapping[str, str]:
    """Most lines of a file have the same few."""
    params = dict[Any, Any](Contentline(f"X{text}:").parts()[1]) if text else {}
    return {str(key).upper(): str(value) for key, value in params.items()}


def _no_calendar(number: int) -> RuleError:
    return RuleError(
        f"file: line {number} is not of an iCalendar file, which begins with BEGIN:VCALENDAR. "
        "Export the tasks as iCalendar (.ics) and give that file."
    )


def _unfolded(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Whole content lines with the number each begins at."""
    parts, length, begun, number, total = list[bytes](), 0, 1, 0, 0
    while chunk := stream.readline(MAX_LINE + 1):
        number += 1
        total += len(chunk)
        if number > MAX_FOLDS:
            raise LimitError(f"file: more than {MAX_FOLDS:,} lines. Split it and import the parts.")
        if total > MAX_BYTES:
            raise LimitError(
                f"file: larger than {MAX_BYTES // 1024**2} MiB. Split it and import the parts."
            )
        bare = chunk.rstrip(b"\r\n")
        if bare[:1] in {b" ", b"\t"} and parts:
            bare = bare[1:]
        else:
            if parts:
                yield begun, _decoded(parts, begun)
            parts, length, begun = [], 0, number
        length += len(bare)
        if length > MAX_LINE:
            raise LimitError(f"file: line {begun} is longer than {MAX_LINE // 1024**2} MiB.")
        parts.append(bare)
    if parts:
        yield begun, _decoded(parts, begun)


def _decoded(parts: list[bytes], number: int) -> str:
    try:
        return b"".join(parts).decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise RuleError(
            f"file: line {number} is not UTF-8 text. Export it again as UTF-8."
        ) from None
