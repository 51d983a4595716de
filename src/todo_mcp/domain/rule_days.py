"""Which days and months: the clauses that name them in a recurrence in words."""

from typing import Final

from todo_mcp.domain.rule_draft import Draft
from todo_mcp.domain.rule_words import (
    DAY_CLASS,
    EVERY,
    OF,
    ON,
    RANGE,
    THE,
    UNIT,
    Cursor,
    month,
    number,
    ordinal,
    weekdays,
    word,
)

_DAYS: Final = word(r"days?")
_NOT_A_DAY: Final = r"[:.]|(?:times?|x|occurrences?|[ap]m|o'clock)\b"
_EDGE: Final = word(
    r"(?:at )?(?:the )?(?P<edge>end|start|beginning) of (?:(?:the|each|every|a) )?"
    r"(?P<scope>month|quarter|year)"
)


def days(cursor: Cursor, draft: Draft) -> bool:
    """`on monday and thursday`, `the first monday`, `on the 1st and 15th`, `25 december`."""
    before, held = cursor.at, len(draft.weekdays)
    said_on = cursor.take(ON) is not None
    if said_on and cursor.take(EVERY):
        groups = cursor.listed(weekdays)
        draft.weekdays.extend(day for group in groups for day in group)
        draft.each = bool(groups)
    else:
        groups = cursor.listed(lambda at: _day(at, draft, said_on=said_on))
    if not groups:
        cursor.at = before
    elif not cursor.joined(before):
        draft.weekdays_after(held)
    return bool(groups)


def _day(cursor: Cursor, draft: Draft, *, said_on: bool) -> bool | None:
    group = weekdays(cursor)
    if group:
        draft.weekdays.extend(group)
        return True
    if _numbered(cursor, draft) or _dated(cursor, draft) or _edge(cursor, draft):
        return True
    return _day_number(cursor, draft, said_on=said_on) or None


def _numbered(cursor: Cursor, draft: Draft) -> bool:
    numbers = cursor.listed(ordinal)
    if not numbers:
        return False
    is_class = any(cursor.sees(pattern) for pattern, _ in DAY_CLASS)
    group = weekdays(cursor)
    if group and not is_class and len(group) == 1:
        draft.places.extend((n, group[0]) for n in numbers)
    elif group:
        draft.positions.extend(numbers)
        draft.weekdays.extend(group)
    elif cursor.take(_DAYS):
        draft.month_days.extend(numbers)
    elif _of_days(cursor):
        draft.positions.extend(numbers)
    else:
        _month_days(cursor, draft, numbers)
    return True


def _of_days(cursor: Cursor) -> bool:
    """The `of` in `the last of monday, tuesday and friday`."""
    before = cursor.at
    if cursor.take(OF):
        cursor.take(ON)
        behind = cursor.at
        if ordinal(cursor) is not None or weekdays(cursor) is not None:
            cursor.at = behind
            return True
    cursor.at = before
    return False


def _month_days(cursor: Cursor, draft: Draft, numbers: list[int]) -> None:
    """`1st of january`, `1st of january and july`; without a month only the numbers."""
    before = cursor.at
    cursor.take(OF)
    months = cursor.listed(month)
    if not months:
        cursor.at = before
    draft.month_days.extend(numbers)
    draft.months.extend(months)
    draft.dates.extend((day, of) for day in numbers for of in months)


def _dated(cursor: Cursor, draft: Draft) -> bool:
    """`25 december` or `december 25`."""
    before = cursor.at
    numbers = cursor.listed(number)
    of = month(cursor)
    if of is not None and not numbers:
        numbers = cursor.listed(lambda at: ordinal(at) or _plain_number(at))
    if of is None or not numbers:
        cursor.at = before
        return False
    draft.month_days.extend(numbers)
    draft.months.append(of)
    draft.dates.extend((day, of) for day in numbers)
    return True


def _day_number(cursor: Cursor, draft: Draft, *, said_on: bool) -> bool:
    """`day 15`, `on 1 and 15`."""
    before = cursor.at
    named = cursor.take(_DAYS)
    numbers = cursor.listed(_plain_number) if named or said_on else []
    if not numbers:
        cursor.at = before
    draft.month_days.extend(numbers)
    return bool(numbers)


def _plain_number(cursor: Cursor) -> int | None:
    before = cursor.at
    found = number(cursor)
    if found is None or cursor.sees(_NOT_A_DAY) or any(cursor.sees(of) for of, _ in UNIT):
        cursor.at = before
        return None
    return found


def _edge(cursor: Cursor, draft: Draft) -> bool:
    """`end of the month`."""
    found = cursor.take(_EDGE)
    if found is None:
        return False
    draft.month_days.append(-1 if found["edge"] == "end" else 1)
    draft.fill("scope", found["scope"])
    return True


def months(cursor: Cursor, draft: Draft) -> bool:
    """`in june`, `of march and september`, `june to august`."""
    before = cursor.at
    cursor.take(OF)
    cursor.take(THE)
    found = cursor.listed(_month_range)
    if not found:
        cursor.at = before
    draft.months.extend(each for group in found for each in group)
    return bool(found)


def _month_range(cursor: Cursor) -> tuple[int, ...] | None:
    first = month(cursor)
    if first is None:
        return None
    before = cursor.at
    last = month(cursor) if cursor.take(RANGE) else None
    if last is None:
        cursor.at = before
        return (first,)
    return tuple((first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1))
