"""Identifiers: short typed ones for what people name, UUIDv7 for events."""

import os
import re
import time
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from todo_mcp.errors import RuleError, quoted

KINDS: Final = {
    "t": "task",
    "l": "list",
    "r": "reminder",
    "n": "notification",
    "s": "series",
    "c": "comment",
    "op": "operation",
}
PREFIXES: Final = {kind: prefix for prefix, kind in KINDS.items()}
SHOWN: Final = 20  # of what is no id, in failures
Named = tuple[str, int] | RuleError
_SHORT: Final = re.compile(r"(op|[tlrnsc])([1-9][0-9]{0,17})")


def short(kind: str, number: int) -> str:
    """The form people and models see: `t1042`."""
    return f"{PREFIXES[kind]}{number}"


def match(text: str) -> tuple[str, int] | None:
    """Kind and number of a short id, or None where the text has not the form of one."""
    found = _SHORT.fullmatch(text.strip().lower())
    return (KINDS[found[1]], int(found[2])) if found else None


def parse(text: str, kind: str, argument: str) -> int:
    """The number of a short id of `kind`.

    Raises:
        RuleError: not an id, or one of another kind.
    """
    return parse_any(text, (kind,), argument)[1]


def parse_any(text: str, kinds: tuple[str, ...], argument: str) -> tuple[str, int]:
    """Kind and number of a short id of one of these kinds.

    Raises:
        RuleError: not an id, or one of another kind.
    """
    found = match(text)
    if found is not None and found[0] in kinds:
        return found
    wanted = " or ".join(f"{_article(kind)} ({PREFIXES[kind]}…)" for kind in kinds)
    if found is None:
        raise RuleError(f"{argument}: {quoted(text)} is not an id; this wants {wanted}.")
    raise RuleError(f"{argument}: {text.strip()} is {_article(found[0])}; this wants {wanted}.")


def parse_each(texts: Iterable[str], kinds: tuple[str, ...]) -> dict[str, Named]:
    """What each of the ids of a call names, or what is wrong with it; each thing once.

    Raises:
        RuleError: none of them names anything.
    """
    named: dict[str, Named] = {}
    for text in texts:
        try:
            kind, number = parse_any(text, kinds, "ids")
        except RuleError as error:
            named[text[:SHOWN]] = error
        else:
            named[short(kind, number)] = kind, number
    if not numbers_of(named):
        for error in named.values():
            if isinstance(error, RuleError):
                raise error
    return named


def numbers_of(named: Mapping[str, Named], kind: str | None = None) -> list[int]:
    """The numbers of those that name something (of this kind)."""
    found = [each for each in named.values() if isinstance(each, tuple)]
    return [number for its, number in found if kind in (None, its)]


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def event_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562 section 5.7); `uuid.uuid7` needs Python 3.14."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
