"""The lines beside a rule: RDATE and EXDATE of RFC 5545, section 3.8.5."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from todo_mcp.domain.rule_shape import Local
from todo_mcp.domain.zone import wall
from todo_mcp.errors import LimitError, RuleError, quoted

MOST: Final = 1_000
_LINE: Final = re.compile(
    r"(?:^|\s)(RDATE|EXDATE)(;[A-Z0-9=;,/_+-]*)?:([0-9A-Z,/+-]*)(?=\s|$)", re.IGNORECASE
)
_VALUE: Final = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
_KINDS: Final = frozenset({"", ";VALUE=DATE", ";VALUE=DATE-TIME"})

Lines = tuple[str, tuple[Local, ...], tuple[Local, ...]]
"""The text without them, the extra dates, the exceptions."""


def take_lines(text: str, zone: str, argument: str) -> Lines:
    """Read them out of a rule's text; a time in UTC becomes wall time in `zone`.

    Raises:
        RuleError: one is malformed, or has a zone or a kind of its own.
        LimitError: more than a series may have.
    """
    found: dict[str, list[Local]] = {"RDATE": [], "EXDATE": []}
    for name, kind, values in _LINE.findall(text):
        if kind.upper() not in _KINDS:
            raise RuleError(
                f"{argument}: {quoted(name + kind)} is not supported; give plain dates or times: "
                "the zone is an argument of its own."
            )
        found[name.upper()] += _read(values, zone, f"{argument}: {name.upper()}")
    extra, exceptions = found["RDATE"], found["EXDATE"]
    if max(len(extra), len(exceptions)) > MOST:
        raise LimitError(f"{argument}: a series has at most {MOST:,} extra dates and exceptions.")
    return _LINE.sub(" ", text).strip(), _sorted(extra), _sorted(exceptions)


def _sorted(dates: list[Local]) -> tuple[Local, ...]:
    return tuple(sorted(dict.fromkeys(dates), key=lambda local: local.isoformat()))


def _read(values: str, zone: str, place: str) -> Iterator[Local]:
    for value in values.split(","):
        try:
            yield _local(value.upper(), zone)
        except (ValueError, OverflowError):
            raise RuleError(
                f"{place}: {quoted(value)} is no date. Use 20261224 or 20261224T090000."
            ) from None


def _local(value: str, zone: str) -> Local:
    form = _VALUE.fullmatch(value)
    if form is None:
        raise ValueError(value)
    day, clock, utc = form.groups()
    if clock is None:
        return date.fromisoformat(day)
    local = datetime.fromisoformat(f"{day}T{clock}")
    return wall(local.replace(tzinfo=UTC), zone) if utc else local
