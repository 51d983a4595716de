"""Dates and instants within bounds, as SQL."""

from datetime import timedelta
from typing import Any, Final

from todo_mcp.domain.query_nodes import TimeFilter
from todo_mcp.store.search_parts import DUE, Args

# Of one instant the dates on two walls differ by two days at most.
_ZONES_APART: Final = timedelta(days=2)


def moment(args: Args, name: str, bounds: TimeFilter) -> str:
    """A date or an instant within bounds; the dates alone, wide enough, are what an index has."""
    indexed = DUE if name == "due" else f"t.{name}_on"
    low = None if bounds.from_on is None else bounds.from_on - _ZONES_APART
    high = None if bounds.before_on is None else bounds.before_on + _ZONES_APART
    wide = between(args, indexed, low, high, "date")
    if high is None and name == "due":
        wide = f"{wide} and {indexed} < 'infinity'"
    on = between(args, f"t.{name}_on", bounds.from_on, bounds.before_on, "date")
    at = between(args, f"t.{name}_at", bounds.from_at, bounds.before_at, "timestamptz")
    return f"{wide} and (case when t.{name}_at is null then {on} else {at} end)"


def between(args: Args, column: str, low: Any, high: Any, kind: str) -> str:
    found: list[str] = []
    if low is not None:
        found.append(f"{column} >= {args.add(low, kind)}")
    if high is not None:
        found.append(f"{column} < {args.add(high, kind)}")
    return " and ".join(found)
