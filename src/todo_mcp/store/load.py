"""The load of load → decide → commit: one query brings all the rows a decision needs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from pydantic_core import from_json
from sqlalchemy import CTE, SelectBase, and_, any_, func, or_, select, union

from todo_mcp.domain.operation import Operation
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import TodoList, User
from todo_mcp.domain.state import State
from todo_mcp.domain.task import SUBTREE_LIMIT, Task, Twin
from todo_mcp.errors import LimitError, UnavailableError
from todo_mcp.store.database import Database
from todo_mcp.store.log_tables import operations
from todo_mcp.store.of_space import OF_THE_SPACE, SPACE, fellows_of, lists_of, twins_of
from todo_mcp.store.reminder_tables import notifications, reminders
from todo_mcp.store.space_tables import users
from todo_mcp.store.statement import (
    Statement,
    as_json,
    columns_of,
    number,
    numbers,
    one_of,
    string,
)
from todo_mcp.store.tables import series, tasks
from todo_mcp.store.walks import (
    AROUND,
    DOWN,
    TIES,
    below,
    below_each,
    is_too_much,
    series_ids,
    topmost,
)

R = TypeVar("R", bound=Row)
TWIN_MINUTES: Final = 10
_KEYED: Final = frozenset({"operation"})
_SIZED: Final = frozenset({"sizes"})
_NAMED: Final = frozenset({"named"})
_STANDING: Final = ("person", "fellows", "lists")
# Characters, of some hundred lists: what is longer is not kept.
_REMEMBERED: Final = 30_000

Standing = tuple[User, dict[int, str], dict[int, TodoList]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to bring: those named, and which of those around them the decision looks at.

    `around` may name: `below` (all descendants), `parents`, `dependents` (open tasks that wait for the named or for
    what is below them, and what else these wait for), `occurrences` (open or taken back ones of the series of the named,
    and of those of `below`), `lists`, `fellows`, `twins` (same title, added a moment ago), `notifications` (unread ones of
    all these tasks, and the named);
    and of those in `under` and `beside`, too: `above` (all ancestors), `blockers` (what they wait for, and what those wait for).

    `under` are tasks that others are to lie below: how many lie below their topmost ancestors is
    counted, for these may be thousands. `beside` are tasks that are only looked at. `in_part`: of what
    lies below, a few thousand will do.
    """

    tasks: tuple[int, ...] = ()
    reminders: tuple[int, ...] = ()
    notifications: tuple[int, ...] = ()
    series: tuple[int, ...] = ()
    under: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    in_part: bool = False
    around: frozenset[str] = field(default_factory=frozenset[str])
    key: str | None = None
    title: str | None = None


class TooMuchBelowError(LimitError):
    """More lies below the named tasks together than one decision can be made on."""


async def load(database: Database, space: int, user: int, wanted: Wanted, now: datetime) -> State:
    """The rows as they are now; decisions are made on them and committed against their versions.

    Raises:
        TooMuchBelowError: what lies below is too much to be brought.
    """
    built = _statement(_asked(wanted))
    args = built.args(
        space=space,
        user=user,
        key=wanted.key,
        title=wanted.title,
        since=now - timedelta(minutes=TWIN_MINUTES),
        ids=list(wanted.tasks),
        reminder_ids=list(wanted.reminders),
        notification_ids=list(wanted.notifications),
        series_ids=list(wanted.series),
        under=list(wanted.under),
        beside=list(wanted.beside),
    )
    [row] = await database.app(space, built.sql, *args)
    texts: dict[str, str] = dict(row.items())
    standing = _standing(*(texts.pop(name, "[]") for name in _STANDING))
    found = {name: from_json(text) for name, text in texts.items()}
    if not wanted.in_part and any(item["yes"] for item in found.get("too_much", ())):
        raise TooMuchBelowError(
            f"More than {SUBTREE_LIMIT:,} tasks lie below these; do it in several calls."
        )
    return _state(standing, found)


def _asked(wanted: Wanted) -> frozenset[str]:
    """What to bring besides the user; nothing is looked up by a key or an id that nobody gave."""
    named = (
        wanted.tasks or wanted.reminders or wanted.notifications or wanted.series
        or wanted.under or wanted.beside
    )  # fmt: skip
    around = wanted.around | _NAMED if named else wanted.around & OF_THE_SPACE
    around |= _SIZED if wanted.under else frozenset()
    return around | _KEYED if wanted.key else around


def _standing(person: str, fellows: str, lists: str) -> Standing:
    """Who asks, who else there is and which lists: mostly word for word what it was at the call before."""
    read = _read if len(fellows) + len(lists) <= _REMEMBERED else _read.__wrapped__
    return read(person, fellows, lists)


@lru_cache(maxsize=256)
def _read(person: str, fellows: str, lists: str) -> Standing:
    asking = from_json(person)
    if not asking:
        raise UnavailableError("This user was removed from the space. Start todo-mcp again.")
    named = {item["id"]: item["name"] for item in from_json(fellows)}
    return User.model_validate(asking[0]), named, _rows(TodoList, from_json(lists))


def _state(standing: Standing, found: dict[str, Any]) -> State:
    keyed = found.get("operation")
    user, fellows, lists = standing
    state = State(
        user=user,
        fellows=fellows,
        lists=lists,
        tasks=_rows(Task, found.get("tasks", ())),
        series=_rows(Series, found.get("series", ())),
        reminders=_rows(Reminder, found.get("reminders", ())),
        notifications=_rows(Notification, found.get("notifications", ())),
        operation=Operation.model_validate(keyed[0]) if keyed else None,
        twins=tuple(Twin.model_validate(item) for item in found.get("twins", ())),
    )
    for item in found.get("sizes", ()):
        state.unbrought[item["id"]] = item["below"] - len(state.subtree([item["id"]]))
    return state


def _rows(model: type[R], items: Any) -> dict[int, R]:
    return {item["id"]: model.model_validate(item) for item in items}


@cache
def _statement(around: frozenset[str]) -> Statement:
    answers: dict[str, SelectBase] = {
        "person": select(*columns_of(User, users)).where(users.c.id == number("user"))
    }
    if around >= _KEYED:
        answers["operation"] = select(*columns_of(Operation, operations)).where(
            operations.c.space_id == SPACE,
            operations.c.user_id == number("user"),
            operations.c.key == string("key"),
        )
    if around >= _NAMED:
        answers |= _of_tasks(around)
    for name in sorted(around & _OTHERS.keys()):
        answers[name] = _OTHERS[name]()
    return Statement.of(select(*(as_json(rows).label(name) for name, rows in answers.items())))


def _of_tasks(around: frozenset[str]) -> dict[str, SelectBase]:
    named = _named()
    known = union(
        select(named.c.id),
        select(func.unnest(numbers("under"))),
        select(func.unnest(numbers("beside"))),
    ).cte("known")
    wanted, too_much = [select(known.c.id)], dict[str, SelectBase]()
    down = named
    if "below" in around:
        down = below(named)
        wanted.append(select(down.c.id))
        too_much["too_much"] = is_too_much(down)
    wanted += [AROUND[name](named) for name in sorted(around & AROUND.keys())]
    wanted += [DOWN[name](down) for name in sorted(around & DOWN.keys())]
    wanted += [TIES[name](known) for name in sorted(around & TIES.keys())]
    every = (union(*wanted) if len(wanted) > 1 else wanted[0]).cte("every")
    answers = {"notifications": _notifications(every)} if "notifications" in around else {}
    return (
        answers
        | too_much
        | {
            "tasks": select(*columns_of(Task, tasks)).where(
                tasks.c.space_id == SPACE, tasks.c.id == one_of(select(every.c.id))
            ),
            "series": _series(every),
            "reminders": select(*columns_of(Reminder, reminders)).where(
                reminders.c.space_id == SPACE, reminders.c.task_id == one_of(select(every.c.id))
            ),
        }
    )


def _named() -> CTE:
    """The tasks named by id, by their reminders or by their notifications."""
    return union(
        select(func.unnest(numbers("ids")).label("id")),
        select(reminders.c.task_id).where(
            reminders.c.space_id == SPACE, reminders.c.id == any_(numbers("reminder_ids"))
        ),
        select(notifications.c.task_id).where(
            notifications.c.space_id == SPACE,
            notifications.c.id == any_(numbers("notification_ids")),
        ),
    ).cte("named")


def _sizes() -> SelectBase:
    return below_each(topmost(select(func.unnest(numbers("under")).label("id"))))


def _series(every: CTE) -> SelectBase:
    return select(*columns_of(Series, series)).where(
        series.c.space_id == SPACE, series.c.id == one_of(series_ids(every))
    )


def _notifications(every: CTE) -> SelectBase:
    return select(*columns_of(Notification, notifications)).where(
        notifications.c.space_id == SPACE,
        or_(
            and_(
                notifications.c.task_id == one_of(select(every.c.id)),
                notifications.c.acknowledged_at.is_(None),
            ),
            notifications.c.id == any_(numbers("notification_ids")),
        ),
    )


_OTHERS: Final = {
    "lists": lists_of,
    "fellows": fellows_of,
    "twins": twins_of,
    "sizes": _sizes,
}
