"""Events that a consumer or the relay has given up on; kept to be looked at and replayed."""

from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from todo_mcp.store.database import Database
from todo_mcp.store.log_tables import dead_letters
from todo_mcp.store.statement import Statement, count, number, string

REASON_LIMIT: Final = 500


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
