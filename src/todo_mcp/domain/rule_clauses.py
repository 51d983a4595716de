"""How often and on which days: the clauses of a recurrence in words. Each fills slots of a draft."""

from typing import Final

from todo_mcp.domain.clock_words import PARTS
from todo_mcp.domain.rule_draft import Draft, Scope
from todo_mcp.domain.rule_shape import Freq
from todo_mcp.domain.rule_words import (
    DAY_CLASS,
    ON,
    QUARTER,
    RANGE,
    SUB_DAILY,
    UNIT,
    WORKDAYS,
    Cursor,
    month,
    nth,
    number,
    ordinal,
    weekdays,
    word,
)

_EVERY: Final = word(r"(?:once )?(?:every|each|all)|once (?:an?|per)")
_SINGLE: Final = word(r"single|and every")
_BANG: Final = r"!"
_EVERY_OTHER: Final = 2
_OTHER: Final = word(r"other|alternate|second other")
_DAYS: Final = word(r"days?")
_OF: Final = word(r"of|in|during")
_THE: Final = word(r"the|each|every|an?|any")
_OF_OR_IN: Final = r"(?:of|in)\b"
_PART: Final = word("|".join((*PARTS, "noon", "midday", "midnight")))
_NOT_A_DAY: Final = r"[:.]|(?:times?|x|occurrences?|[ap]m|o'clock)\b"
_EDGE: Final = word(
    r"(?:at )?(?:the )?(?P<edge>end|start|beginning) of (?:(?:the|each|every|a) )?"
    r"(?P<scope>month|quarter|year)"
)
_PERIODS: Final[tuple[tuple[str, Scope], ...]] = (
    (word(r"months?"), "month"),
    (word(r"quarters?"), "quarter"),
    (word(r"years?"), "year"),
)
_ADVERBS: Final = {
    "daily": (Freq.DAILY, 1),
    "everyday": (Freq.DAILY, 1),
    "nightly": (Freq.DAILY, 1),
    "weekly": (Freq.WEEKLY, 1),
    "fortnightly": (Freq.WEEKLY, 2),
    "monthly": (Freq.MONTHLY, 1),
    "quarterly": (Freq.MONTHLY, QUARTER),
    "half-yearly": (Freq.MONTHLY, 6),
    "semi-annually": (Freq.MONTHLY, 6),
    "semiannually": (Freq.MONTHLY, 6),
    "yearly": (Freq.YEARLY, 1),
    "annually": (Freq.YEARLY, 1),
    "annual": (Freq.YEARLY, 1),
}
_ADVERB: Final = word("|".join(_ADVERBS))


def adverb(cursor: Cursor, draft: Draft) -> bool:
    found = cursor.take(_ADVERB)
    if found is None:
        return False
    draft.every(*_ADVERBS[found[0]])
    draft.quarters = draft.quarters or found[0] == "quarterly"
    if found[0] == "nightly":
        draft.fill("part", "night")
    draft.completion = bool(cursor.take(_BANG)) or draft.completion
    return True


def every(cursor: Cursor, draft: Draft) -> bool:
    """`every`, `every!`, `every other`, `every 3`, and what is counted, where that is a rhythm.

    What is no rhythm is left to the clauses of days and months: `every 25 december`.
    """
    if not cursor.take(_EVERY):
        return False
    draft.completion = bool(cursor.take(_BANG)) or draft.completion
    cursor.take(_SINGLE)
    before = cursor.at
    times = _times(cursor)
    if not _counted(cursor, draft, times):
        cursor.at = before
    return True


def _times(cursor: Cursor) -> int | None:
    if cursor.take(_OTHER):
        return _EVERY_OTHER
    times = number(cursor)
    return _interval_ordinal(cursor) if times is None else times


def _counted(cursor: Cursor, draft: Draft, times: int | None) -> bool:
    refuse_sub_daily(cursor)
    if unit(cursor, draft, 1 if times is None else times):
        return True
    days = cursor.listed(weekdays)
    if days:
        if times and WORKDAYS in days:
            raise ValueError(
                "'every few weekdays' has no rule; use 'every weekday', 'every 2 days' "
                "or e.g. 'every mon, wed and fri'"
            )
        draft.weekdays.extend(day for group in days for day in group)
        if times is not None:
            draft.every(Freq.WEEKLY, times)
        return True
    if cursor.sees(_PART):
        draft.every(Freq.DAILY, 1 if times is None else times)
        return True
    return False


def unit(cursor: Cursor, draft: Draft, times: int) -> bool:
    is_quarter = cursor.sees(_PERIODS[1][0])
    found = cursor.one_of(UNIT)
    if found is None:
        return False
    draft.every(found[0], found[1] * times)
    draft.quarters = draft.quarters or is_quarter
    return True


def refuse_sub_daily(cursor: Cursor) -> None:
    if cursor.sees(SUB_DAILY):
        raise ValueError(
            "a task recurs daily at most; use 'every day at 9:00', one task for each time of day, "
            "or reminders"
        )


def _interval_ordinal(cursor: Cursor) -> int | None:
    """The 3 of `every third week`, but not that of `every third friday of the month`."""
    before = cursor.at
    times = ordinal(cursor)
    behind = cursor.at
    spoken = cursor.text[before:].split(",")[0].strip()
    if times is not None and times > 1:
        if spoken == "second":
            cursor.at = before
            refuse_sub_daily(cursor)
        is_unit = cursor.one_of(UNIT) is not None
        days = [] if is_unit else cursor.listed(weekdays)
        rhythm = (is_unit or bool(days)) and not cursor.sees(_OF_OR_IN)
        cursor.at = behind
        if rhythm and (is_unit or times == _EVERY_OTHER):
            return times
        if rhythm:
            raise ValueError(
                f"may mean every {times} weeks, or a day of each month; say e.g. "
                f"'every {times} weeks on friday' or '{nth(times)} friday of the month'"
            )
    cursor.at = before
    return None


def days(cursor: Cursor, draft: Draft) -> bool:
    """`on monday and thursday`, `the first monday`, `on the 1st and 15th`, `25 december`."""
    before = cursor.at
    said_on = cursor.take(ON) is not None
    if said_on and cursor.take(_EVERY):
        groups = cursor.listed(weekdays)
        draft.weekdays.extend(day for group in groups for day in group)
        draft.each = bool(groups)
    else:
        groups = cursor.listed(lambda at: _day(at, draft, said_on=said_on))
    if not groups:
        cursor.at = before
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
    if cursor.take(_OF):
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
    cursor.take(_OF)
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
    cursor.take(_OF)
    cursor.take(_THE)
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


def scope(cursor: Cursor, draft: Draft) -> bool:
    """`of the month`, `of every other month`, `of each quarter`."""
    before = cursor.at
    if not (cursor.take(_OF) and cursor.take(_THE)):
        cursor.at = before
        return False
    times = _EVERY_OTHER if cursor.take(_OTHER) else number(cursor) or ordinal(cursor)
    behind = cursor.at
    period = cursor.one_of(_PERIODS)
    if period is None:
        cursor.at = before
        return False
    if times is None:
        draft.fill("scope", period)
    else:
        cursor.at = behind
        unit(cursor, draft, times)
    return True
