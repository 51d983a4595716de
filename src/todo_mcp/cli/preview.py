"""`todo-mcp preview "every other tuesday"`: the months ahead with the dates of a recurrence marked."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from todo_mcp.cli.month import beside, console, month_of, months_from
from todo_mcp.clock import utc_now
from todo_mcp.domain.agenda import dates_until
from todo_mcp.domain.previewing import Place, Question, previewed
from todo_mcp.domain.rule_dates import day_of
from todo_mcp.domain.zone import wall
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

MOST_MONTHS = 12


async def run(settings: Settings, chosen: Mapping[str, object]) -> int:
    """Needs no database: nothing of the user's is looked at."""
    months = chosen["months"]
    if not isinstance(months, int) or not 1 <= months <= MOST_MONTHS:
        raise RuleError(f"months: between 1 and {MOST_MONTHS}.")
    question = Question(
        when=_text(chosen["due"]),
        recurrence=_text(chosen["recurrence"]),
        anchor="completion" if chosen["anchor"] == "completion" else None,
    )
    place = Place(utc_now(), settings.timezone)
    told = previewed(question, place)
    today = wall(place.now, place.zone).date()
    shown = list(months_from(date.fromisoformat(told["next"][0]["local"][:10]), months))
    year, month = shown[-1]
    last = date(year, month, monthrange(year, month)[1])
    marked = {day_of(local) for local in dates_until(question, place, last)}
    out = console()
    out.print(f"{told['text']}  ({told['rule']}, {told['zone']})\n")
    out.print(beside([month_of(y, m, marked=marked, today=today) for y, m in shown]))
    out.print()
    for moment in told["next"]:
        out.print(f"{moment['weekday'][:3]} {moment['local'].replace('T', ' ')}")
    for warning in told.get("warnings", ()):
        out.print(f"! {warning}")
    return 0


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
