"""Recurrences as people and RFC 5545 write them: `every other tuesday at 18:00`, `FREQ=DAILY`."""

import re
from datetime import date, datetime, time
from typing import Final

from pydantic import BaseModel, ConfigDict

from todo_mcp.domain import rule_clauses, rule_days, rule_ends
from todo_mcp.domain.clock_words import PARTS
from todo_mcp.domain.duration import Amounts
from todo_mcp.domain.rule import parse_rule, reason_of
from todo_mcp.domain.rule_dates import check_possible, first_from, months_left_out
from todo_mcp.domain.rule_draft import Draft
from todo_mcp.domain.rule_ends import Clause, Here
from todo_mcp.domain.rule_lines import take_lines
from todo_mcp.domain.rule_shape import Anchor, Local, Rule
from todo_mcp.domain.rule_words import Cursor
from todo_mcp.domain.span import Refusal, plus_days, plus_months
from todo_mcp.domain.zone import wall
from todo_mcp.errors import RuleError, quoted

MAX_PHRASE: Final = 1200
_MOST_CLAUSES: Final = 40
_CLAUSES: Final[tuple[Clause, ...]] = (
    rule_ends.refusals,
    rule_ends.completion,
    lambda cursor, draft, _: rule_clauses.every(cursor, draft),
    lambda cursor, draft, _: rule_clauses.adverb(cursor, draft),
    rule_ends.until,
    rule_ends.how_long,
    rule_ends.only,
    rule_ends.leaving_out,
    rule_ends.week_start,
    lambda cursor, draft, _: rule_days.days(cursor, draft),
    lambda cursor, draft, _: rule_days.months(cursor, draft),
    lambda cursor, draft, _: rule_clauses.scope(cursor, draft),
    rule_ends.starting,
    rule_ends.time_of_day,
    rule_ends.filler,
)
_RULE_TEXT: Final = re.compile(
    r"\s*(?:rrule|exrule|dtstart|rdate|exdate)?[^a-z]{0,3}[a-z]*\s*[=:;]", re.IGNORECASE
)
_PLURAL_PARTS: Final = re.compile(rf"\b({'|'.join(PARTS)})s\b")
TimeOfDay = time
_EXAMPLES: Final = (
    "Use e.g. 'every other tuesday at 18:00', 'last weekday of the month', "
    "'every 25 december', or a rule such as FREQ=WEEKLY;BYDAY=TU."
)


class Parsed(BaseModel):
    """What the words mean. `time`, `anchor` and `start` are None where they say nothing of them.

    `extra` and `exceptions` are the RDATE and EXDATE lines beside a rule.
    """

    model_config = ConfigDict(frozen=True)

    rule: Rule
    time: TimeOfDay | None = None
    anchor: Anchor | None = None
    start: date | None = None
    extra: tuple[Local, ...] = ()
    exceptions: tuple[Local, ...] = ()
    warnings: tuple[str, ...] = ()


def parse_recurrence(
    text: str,
    *,
    now: datetime,
    zone: str,
    argument: str = "recurrence",
    due: date | None = None,
    week_start: int = 0,
) -> Parsed:
    """A rule text, with its RDATE and EXDATE lines perhaps, or a phrase. `for 10 days` counts from the rule's first date from `due` (today).

    Raises:
        RuleError: it is not understood, not supported or never happens.
    """
    if _RULE_TEXT.match(text):
        rule, extra, exceptions = take_lines(text, zone, argument)
        parsed = Parsed(
            rule=parse_rule(rule, argument, zone=zone), extra=extra, exceptions=exceptions
        )
    else:
        parsed = _phrase(text, Here(now, zone, argument, week_start), due)
    check_possible(parsed.rule, argument)
    warning = months_left_out(parsed.rule)
    return parsed.model_copy(update={"warnings": (warning,)}) if warning else parsed


def _phrase(text: str, here: Here, due: date | None) -> Parsed:
    if len(text) > MAX_PHRASE:
        raise RuleError(f"{here.argument}: longer than {MAX_PHRASE} characters. {_EXAMPLES}")
    try:
        draft = _read(_tidy(text), here)
        rule = draft.rule(here.week_start)
        begin = draft.start or due or wall(here.now, here.zone).date()
        return Parsed(
            rule=_with_span(rule, draft.span, begin),
            time=draft.time,
            anchor="completion" if draft.completion else None,
            start=draft.start,
        )
    except ValueError as error:
        reason = f": {reason_of(error)}."
    except Refusal as refusal:
        reason = f" {refusal}"
    raise RuleError(f"{here.argument}: {quoted(text)}{reason}")


def _tidy(text: str) -> str:
    plain = text.lower().replace("’", "'").replace("–", "-").replace("@", " at ")
    plain = _PLURAL_PARTS.sub(r"\1", plain.replace(",", " , "))
    return " ".join(plain.split()).rstrip(" .,;")


def _read(plain: str, here: Here) -> Draft:
    cursor, draft = Cursor(plain), Draft()
    for _ in range(_MOST_CLAUSES):
        if not cursor.rest:
            return draft
        if not any(clause(cursor, draft, here) for clause in _CLAUSES):
            unknown = (
                f"{quoted(cursor.rest, 30)} is not understood" if cursor.at else "no recurrence"
            )
            raise ValueError(f"{unknown}. {_EXAMPLES.rstrip('.')}")
    raise ValueError("too long to be one recurrence")


def _with_span(rule: Rule, span: Amounts | None, begin: date) -> Rule:
    """`for 3 weeks`: three weeks from the first date, whose last day is the end."""
    if span is None:
        return rule
    if rule.count is not None or rule.until is not None:
        raise ValueError("two different ends; give one")
    start = first_from(rule, begin) or begin
    end = plus_days(plus_months(start, span.months), span.days - 1)
    return rule.model_copy(update={"until": end})
