"""The load of load → decide → commit: one query brings all the rows a decision needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from pydantic_core import from_json
from sqlalchemy import (
    CTE,
    ColumnElement,
    SelectBase,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    union,
)

from todo_mcp.domain.operation import Operation
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import TodoList, User
from todo_mcp.domain.state import State
from todo_mcp.domain.task import LIVE, SUBTREE_LIMIT, Task
from todo_mcp.errors import UnavailableError
from todo_mcp.store.database import Database
from todo_mcp.store.log_tables import operations
from todo_mcp.store.of_space import OF_THE_SPACE, SPACE, fellows_of, lists_of, twins_of
from todo_mcp.store.reminder_tables import notifications, reminders
from todo_mcp.store.space_tables import users
from todo_mcp.store.statement import Statement, as_json, columns_of, number, numbers, string
from todo_mcp.store.tables import series, tasks

R = TypeVar("R", bound=Row)
TWIN_MINUTES: Final = 10
_KEYED: Final = frozenset({"operation"})
_NAMED: Final = frozenset({"named"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to bring: those named, and which of those around them the decision looks at.

    `around` may name: `below` (all descendants), `parents`, `above` (all ancestors),
    `tree` (all below the topmost ancestors), `blockers` (what the named
    wait for, and what those wait for), `dependents` (open tasks that wait for the named or for
    what is below them, and what else these wait for), `lists`, `fellows`, `twins` (same title, added a moment ago),
    `notifications` (unread ones of all these tasks, and the named), `occurrences` (open or taken back ones of the named tasks' series).
    """

    tasks: tuple[int, ...] = ()
    reminders: tuple[int, ...] = ()
    notifications: tuple[int, ...] = ()
    series: tuple[int, ...] = ()
    around: frozenset[str] = field(default_factory=frozenset[str])
    key: str | None = None
    title: str | None = None


async def load(database: Database, space: int, user: int, wanted: Wanted, now: datetime) -> State:
    """The rows as they are now; decisions are made on them and committed against their versions."""
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
    )
    [row] = await database.app(space, built.sql, *args)
    found: dict[str, Any] = {name: from_json(row[name]) for name in row.keys()}  # noqa: SIM118 (a record's items are not pairs)
    return _state(found)


def _asked(wanted: Wanted) -> frozenset[str]:
    """What to bring besides the user; nothing is looked up by a key or an id that nobody gave."""
    named = wanted.tasks or wanted.reminders or wanted.notifications or wanted.series
    around = wanted.around | _NAMED if named else wanted.around & OF_THE_SPACE
    return around | _KEYED if wanted.key else around


def _state(found: dict[str, Any]) -> State:
    if not found["person"]:
        raise UnavailableError("This user was removed from the space. Start todo-mcp again.")
    keyed = found.get("operation")
    return State(
        user=User.model_validate(found["person"][0]),
        fellows={item["id"]: item["name"] for item in found.get("fellows", ())},
        lists=_rows(TodoList, found.get("lists", ())),
        tasks=_rows(Task, found.get("tasks", ())),
        series=_rows(Series, found.get("series", ())),
        reminders=_rows(Reminder, found.get("reminders", ())),
        notifications=_rows(Notification, found.get("notifications", ())),
        operation=Operation.model_validate(keyed[0]) if keyed else None,
        twins=tuple(_rows(Task, found.get("twins", ())).values()),
    )


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
    named = _named()
    if around >= _NAMED:
        answers |= _of_tasks(around, named)
    for name in sorted(around & _OTHERS.keys()):
        answers[name] = _OTHERS[name](named)
    return Statement.of(select(*(as_json(rows).label(name) for name, rows in answers.items())))


def _of_tasks(around: frozenset[str], named: CTE) -> dict[str, SelectBase]:
    wanted = [select(named.c.id)] + [
        _around(name, named) for name in sorted(around & _TASKS_AROUND.keys())
    ]
    every = (union(*wanted) if len(wanted) > 1 else wanted[0]).cte("every")
    unread = {"notifications": _notifications(every)} if "notifications" in around else {}
    return unread | {
        "tasks": select(*columns_of(Task, tasks)).where(
            tasks.c.space_id == SPACE, tasks.c.id == _one_of(select(every.c.id))
        ),
        "series": _series(every),
        "reminders": select(*columns_of(Reminder, reminders)).where(
            reminders.c.space_id == SPACE, reminders.c.task_id == _one_of(select(every.c.id))
        ),
    }


def _one_of(ids: SelectBase) -> ColumnElement[Any]:
    """`= any(array(…))` reads by index; a join with a set of unknown size reads the whole table."""
    return any_(func.array(ids.scalar_subquery()))


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


def _around(name: str, named: CTE) -> SelectBase:
    return _TASKS_AROUND[name](select(named.c.id), named)


def _below(start: SelectBase, _: CTE) -> SelectBase:
    return _walk(start, "below", tasks.c.id, tasks.c.parent_id)


def _above(start: SelectBase, _: CTE) -> SelectBase:
    return _walk(start, "above", tasks.c.parent_id, tasks.c.id)


def _tree(start: SelectBase, _: CTE) -> SelectBase:
    return _walk(
        _walk(start, "up", tasks.c.parent_id, tasks.c.id), "tree", tasks.c.id, tasks.c.parent_id
    )


def _blockers(start: SelectBase, _: CTE) -> SelectBase:
    return _walk(start, "blockers", func.unnest(tasks.c.blocked_by), tasks.c.id)


def _parents(_: SelectBase, named: CTE) -> SelectBase:
    return select(tasks.c.parent_id).where(
        tasks.c.space_id == SPACE,
        tasks.c.id == _one_of(select(named.c.id)),
        tasks.c.parent_id.is_not(None),
    )


def _dependents(_: SelectBase, named: CTE) -> SelectBase:
    waiting = _waiting(named)
    return select(union(select(waiting.c.id), select(func.unnest(waiting.c.blocked_by))).subquery())


def _occurrences(_: SelectBase, named: CTE) -> SelectBase:
    return _walk(_mates(named), "mates", tasks.c.id, tasks.c.parent_id)


def _mates(named: CTE) -> SelectBase:
    """Of the named tasks' series: what is open, and what was taken back and waits in the trash."""
    mate, of = tasks.alias("mate"), series.alias("of_mate")
    return (
        select(mate.c.id)
        .join(of, and_(of.c.space_id == mate.c.space_id, of.c.id == mate.c.series_id))
        .where(
            mate.c.space_id == SPACE,
            mate.c.series_id == _one_of(_series_ids(named)),
            or_(mate.c.n >= of.c.n, and_(mate.c.status.in_(_live()), mate.c.deleted_at.is_(None))),
        )
    )


def _live() -> list[ColumnElement[str]]:
    return [literal(str(status)) for status in sorted(LIVE)]


def _walk(
    start: SelectBase, name: str, following: ColumnElement[Any], link: ColumnElement[Any]
) -> SelectBase:
    """Follow a relation to its end; UNION stops at what was met before."""
    first = start.subquery()
    met = select(first.c.id).cte(f"walk_{name}", recursive=True)
    met = met.union(select(following).where(tasks.c.space_id == SPACE, link == met.c.id))
    return select(met.c.id).where(met.c.id.is_not(None)).limit(SUBTREE_LIMIT + 101)


def _waiting(named: CTE) -> CTE:
    """Open tasks that wait for a named one or for one below. They are few, and have an index."""
    t = tasks.alias("w")
    closing = _walk(select(named.c.id), "closing", tasks.c.id, tasks.c.parent_id)
    return (
        select(t.c.id, t.c.blocked_by)
        .where(
            t.c.space_id == SPACE,
            t.c.blocked_by != literal([], t.c.blocked_by.type),
            t.c.status.in_(_live()),
            t.c.deleted_at.is_(None),
            t.c.blocked_by.op("&&")(func.array(closing.scalar_subquery())),
        )
        .cte("waiting")
    )


def _series_ids(ids: CTE) -> SelectBase:
    t = tasks.alias("of_series")
    of_tasks = select(t.c.series_id).where(
        t.c.space_id == SPACE, t.c.id == _one_of(select(ids.c.id)), t.c.series_id.is_not(None)
    )
    return of_tasks.union_all(select(func.unnest(numbers("series_ids"))))


def _series(every: CTE) -> SelectBase:
    return select(*columns_of(Series, series)).where(
        series.c.space_id == SPACE, series.c.id == _one_of(_series_ids(every))
    )


def _notifications(every: CTE) -> SelectBase:
    return select(*columns_of(Notification, notifications)).where(
        notifications.c.space_id == SPACE,
        or_(
            and_(
                notifications.c.task_id == _one_of(select(every.c.id)),
                notifications.c.acknowledged_at.is_(None),
            ),
            notifications.c.id == any_(numbers("notification_ids")),
        ),
    )


_TASKS_AROUND: Final[dict[str, Callable[[SelectBase, CTE], SelectBase]]] = {
    "below": _below,
    "tree": _tree,
    "parents": _parents,
    "above": _above,
    "blockers": _blockers,
    "dependents": _dependents,
    "occurrences": _occurrences,
}
_OTHERS: Final = {
    "lists": lists_of,
    "fellows": fellows_of,
    "twins": twins_of,
}
