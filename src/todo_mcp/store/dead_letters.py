"""Events that a consumer or the relay has given up on; kept to be looked at and replayed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from todo_mcp.store.database import Database
from todo_mcp.store.events import ANSWER, Entry, Position
from todo_mcp.store.log_tables import dead_letters, events
from todo_mcp.store.statement import Statement, count, number, string

REASON_LIMIT: Final = 500
# Events are not found by id otherwise than by going through those of a space.
READ_SECONDS: Final = 60


async def bury(
    database: Database,
    space: int,
    event_id: UUID,
    *,
    consumer: str,
    reason: str,
    attempts: int = 1,
) -> None:
    """Keep it, or its newest reason where it is kept already.

    `reason` must not quote what users wrote.
    """
    args = _BURY.args(
        space=space,
        event=event_id,
        consumer=consumer,
        reason=reason[:REASON_LIMIT],
        attempts=attempts,
    )
    await database.worker(_BURY.sql, *args)


async def counts(database: Database) -> dict[str, int]:
    """How many there are, by consumer."""
    rows = await database.worker(_COUNTS.sql)
    return {row["consumer"]: row["count"] for row in rows}


def _burying() -> Statement:
    fresh = insert(dead_letters).values(
        space_id=number("space"),
        event_id=bindparam("event", type_=Uuid()),
        consumer=string("consumer"),
        reason=string("reason"),
        attempts=count("attempts"),
    )
    new = fresh.excluded
    return Statement.of(
        fresh.on_conflict_do_update(
            index_elements=[
                dead_letters.c.space_id,
                dead_letters.c.consumer,
                dead_letters.c.event_id,
            ],
            set_={"reason": new.reason, "attempts": dead_letters.c.attempts + new.attempts},
        )
    )


_BURY: Final = _burying()
_COUNTS: Final = Statement.of(
    select(dead_letters.c.consumer, func.count().label("count")).group_by(dead_letters.c.consumer)
)


@dataclass(frozen=True, slots=True)
class Buried:
    """What was given up, and the event as the log keeps it."""

    entry: Entry
    consumer: str
    reason: str
    at: datetime


async def buried(database: Database) -> list[Buried]:
    """All of them, in the order of the log; one whose event the log has no longer is left out."""
    rows = await database.within(READ_SECONDS).worker(_BURIED.sql)
    return [
        Buried(Entry(Position(*place), *rest), consumer, reason, at)
        for consumer, reason, at, *place_and_rest in rows
        for place, rest in ((place_and_rest[:3], place_and_rest[3:]),)
    ]


async def unearth(database: Database, letter: Buried) -> None:
    """It is done with."""
    args = _UNEARTH.args(space=letter.entry.space, consumer=letter.consumer, event=letter.entry.id)
    await database.worker(_UNEARTH.sql, *args)


def _reading() -> Statement:
    d, e = dead_letters.c, events.c
    images = {name: cast(e[name], Text) for name in ("before", "after")}
    return Statement.of(
        select(d.consumer, d.reason, d.created_at, *(images.get(name, e[name]) for name in ANSWER))
        .join(events, (e.space_id == d.space_id) & (e.id == d.event_id))
        .order_by(e.generation, e.tx, e.seq)
    )


_BURIED: Final = _reading()
_UNEARTH: Final = Statement.of(
    delete(dead_letters).where(
        dead_letters.c.space_id == number("space"),
        dead_letters.c.consumer == string("consumer"),
        dead_letters.c.event_id == bindparam("event", type_=Uuid()),
    )
)
