"""What conditions on `tasks t` are put together from: who asks, named rows, parameters, parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

# Written so that the planner takes nothing off for it: the index of words knows the state already,
# and counted twice it made plans that read every open task. The partial indexes say the same.
LIVE: Final = "nullif(t.status in ('open', 'started') and t.deleted_at is null, false) is not null"
# As the indexes have them: tasks without a due come last, those due at no time of day after the rest.
DUE: Final = "coalesce(t.due_on, 'infinity'::date)"
DUE_AT: Final = "coalesce(t.due_at, 'infinity'::timestamptz)"
PRIORITY: Final = "(-t.priority)"


@dataclass(frozen=True)
class Asker:
    """Who searches, when and where: `me`, today and overdue depend on it."""

    user_id: int
    now: datetime
    zone: str

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Names:
    """The rows that the names of a query stand for; a list with all that lie below it."""

    lists: Mapping[str | None, Sequence[int]] = field(default_factory=dict[str | None, list[int]])
    parents: Mapping[str, Sequence[int]] = field(default_factory=dict[str, list[int]])
    people: Mapping[str, int] = field(default_factory=dict[str, int])


class Args:
    """Every value travels as a parameter, so queries of one shape share a prepared statement."""

    space: Final = "$1::bigint"

    def __init__(self, space_id: int) -> None:
        self.values: list[Any] = [space_id]

    def add(self, value: Any, kind: str) -> str:
        """A new parameter, of the SQL type `kind`."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


@dataclass(frozen=True)
class Part:
    """A condition: what the search index is asked, and SQL; both must hold.

    `alone` is SQL to use instead where nothing else is asked of the search index: another index
    has it, in the order wanted.
    """

    term: str | None = None
    sql: str | None = None
    alone: str | None = None
