"""What the load brings of a space whichever tasks are named: its lists, its people, recent twins."""

from typing import Final

from sqlalchemy import SelectBase, select

from todo_mcp.domain.space import TodoList
from todo_mcp.domain.task import Twin
from todo_mcp.store.space_tables import members, users
from todo_mcp.store.statement import columns_of, moment, number, string
from todo_mcp.store.tables import lists, tasks

SPACE: Final = number("space")
OF_THE_SPACE: Final = frozenset({"lists", "fellows", "twins"})


def lists_of() -> SelectBase:
    return select(*columns_of(TodoList, lists)).where(
        lists.c.space_id == SPACE, lists.c.deleted_at.is_(None)
    )


def fellows_of() -> SelectBase:
    return (
        select(users.c.id, users.c.name)
        .join(members, members.c.user_id == users.c.id)
        .where(members.c.space_id == SPACE)
    )


def twins_of() -> SelectBase:
    recent = (
        select(*columns_of(Twin, tasks))
        .where(
            tasks.c.space_id == SPACE,
            tasks.c.created_at >= moment("since"),
            tasks.c.deleted_at.is_(None),
            tasks.c.completed_at.is_(None),
        )
        .order_by(tasks.c.created_at.desc())
        .limit(200)
        .subquery()
    )
    return select(recent).where(recent.c.title == string("title")).limit(20)
