"""How often and on which days: the clauses of a recurrence in words. Each fills slots of a draft."""

from typing import Final

from todo_mcp.domain.clock_words import PARTS
from todo_mcp.domain.rule_draft import Draft, Scope
from todo_mcp.domain.rule_shape import Freq
from todo_mcp.domain.rule_words import (
    EVERY,
    OF,
    QUARTER,
    SUB_DAILY,
    THE,
    UNIT,
    WORKDAYS,
    Cursor,
    nth,
    number,
    ordinal,
    weekdays,
    word,
)

_SINGLE: Final = word(r"single|and every")
_BANG: Final = r"!"
_EVERY_OTHER: Final = 2
_OTHER: Final = word(r"other|alternate|second other")
_OF_OR_IN: Final = r"(?:of|in)\b"
_PART: Final = word("|".join((*PARTS, "noon", "midday", "midnight")))
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
    begun, held = cursor.at, len(draft.weekdays)
    if not cursor.take(EVERY):
        return False
    draft.completion = bool(cursor.take(_BANG)) or draft.completion
    cursor.take(_SINGLE)
    before = cursor.at
    times = _times(cursor)
    if not _counted(cursor, draft, times):
        cursor.at = before
    elif not cursor.joined(begun):
        draft.weekdays_after(held)
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
    if times is not None and times > 1:
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


def scope(cursor: Cursor, draft: Draft) -> bool:
    """`of the month`, `of every other month`, `of each quarter`."""
    before = cursor.at
    if not (cursor.take(OF) and cursor.take(THE)):
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
