"""Reading the event log: in the order of commits, from a cursor per sink.

Sequence numbers are given out before commits and so do not order them: whoever remembers the last
number read loses what commits later with a smaller one. Transaction ids below the oldest running
one are complete, hence (generation, tx, seq) up to there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import (
    ColumnElement,
    Float,
    Text,
    bindparam,
    cast,
    exists,
    extract,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from todo_mcp.domain.events import Event
from todo_mcp.store.columns import Xid8
from todo_mcp.store.log_tables import cursors, dead_letters, events, log
from todo_mcp.store.statement import Statement, count, number, string

Run: TypeAlias = Callable[..., Awaitable[list[Any]]]

PARKER: Final = "relay"  # the consumer under which the relay parks what a bus refuses
BATCH_ROWS: Final = 500
BATCH_BYTES: Final = 1_000_000
LAG_COUNTED: Final = 100_000


# What a read answers, in the order of Entry's fields after the position.
ANSWER: Final = (
    "generation", "tx", "seq", "space_id", "created_at", "id", "kind", "subject_id", "version",
    "task_id", "type", "before", "after", "op", "traceparent",
)  # fmt: skip


class Position(NamedTuple):
    """A place in the log."""

    generation: int
    tx: int
    seq: int


START: Final = Position(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the log keeps it; the images are JSON until somebody wants them."""

    position: Position
    space: int
    at: datetime
    id: UUID
    kind: str
    subject_id: int
    version: int
    task_id: int | None
    type: str
    before: str | None
    after: str | None
    op: int | None
    traceparent: str | None

    def event(self) -> Event:
        return Event(
            id=self.id,
            kind=self.kind,
            subject_id=self.subject_id,
            version=self.version,
            task_id=self.task_id,
            type=self.type,
            before=None if self.before is None else from_json(self.before),
            after=None if self.after is None else from_json(self.after),
            op=self.op,
            traceparent=self.traceparent,
        )


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a sink is behind. `count` stops at LAG_COUNTED; `seconds` is the age of the oldest."""

    count: int
    seconds: float
    parked: int


def role(sink: str) -> str:
    """The duty of the one process that reads for it."""
    return f"relay:{sink}"


async def position(run: Run, sink: str) -> Position:
    """Where the sink stands; a new one starts at the beginning of the log."""
    rows = await run(_POSITION.sql, *_POSITION.args(sink=sink))
    return Position(*rows[0]) if rows else START


async def read(
    run: Run, after: Position, rows: int = BATCH_ROWS, size: int = BATCH_BYTES
) -> list[Entry]:
    """The next events, at most `rows`, and images of at most `size` bytes unless one alone has more."""
    args = _READ.args(**_place(after), rows=rows, size=size)
    return [
        Entry(Position(generation, tx, seq), *rest)
        for generation, tx, seq, *rest in await run(_READ.sql, *args)
    ]


async def waiting(run: Run, after: Position) -> bool:
    """Whether something committed is still held back, because an older transaction is running."""
    [row] = await run(_WAITING.sql, *_WAITING.args(**_place(after)))
    return row[0]


async def move(run: Run, sink: str, to: Position) -> None:
    """Put the sink's cursor there; it never goes back."""
    await run(_MOVE.sql, *_MOVE.args(sink=sink, **_place(to)))


async def lag(run: Run, sink: str) -> Lag:
    at = await position(run, sink)
    [row] = await run(_LAG.sql, *_LAG.args(**_place(at), rows=LAG_COUNTED, parker=PARKER))
    return Lag(*row)


def _place(at: Position) -> dict[str, int]:
    return {"generation": at.generation, "tx": at.tx, "seq": at.seq}


def _xid(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Xid8())


_PLACE: Final = (events.c.generation, events.c.tx, events.c.seq)
_BEHIND: Final = tuple_(*_PLACE) > tuple_(count("generation"), _xid("tx"), number("seq"))
# One comparison says it all: whole generations that are over, and of this one what is complete.
_COMPLETE: Final = tuple_(events.c.generation, events.c.tx) < tuple_(
    select(log.c.generation).scalar_subquery(),
    func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=Xid8()),
)


def _reading() -> Statement:
    """The images as text: that is what has a size, and most of it is passed on as it is."""
    e = events.c
    images = [cast(column, Text).label(column.name) for column in (e.before, e.after)]
    plain = [column for column in e if column.name not in {"before", "after"}]
    found = (
        select(*plain, *images)
        .where(_BEHIND, _COMPLETE)
        .order_by(*_PLACE)
        .limit(count("rows"))
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    f = found.c
    order = (f.generation, f.tx, f.seq)
    length = _length(f.before) + _length(f.after)
    sized = select(
        found,
        func.sum(length).over(order_by=order, rows=(None, 0)).label("size"),
        func.row_number().over(order_by=order).label("nth"),
    ).subquery("sized")
    return Statement.of(
        select(*(sized.c[name] for name in ANSWER))
        .where(or_(sized.c.size <= count("size"), sized.c.nth == 1))
        .order_by(sized.c.nth)
    )


def _length(text: ColumnElement[str]) -> ColumnElement[int]:
    return func.coalesce(func.octet_length(text), 0)


def _moving() -> Statement:
    fresh = insert(cursors).values(
        sink=string("sink"),
        generation=count("generation"),
        tx=_xid("tx"),
        seq=number("seq"),
        updated_at=func.now(),
    )
    new = fresh.excluded
    return Statement.of(
        fresh.on_conflict_do_update(
            index_elements=[cursors.c.sink],
            set_={name: new[name] for name in ("generation", "tx", "seq", "updated_at")},
            where=tuple_(cursors.c.generation, cursors.c.tx, cursors.c.seq)
            < tuple_(new.generation, new.tx, new.seq),
        )
    )


def _lagging() -> Statement:
    behind = select(events.c.created_at).where(_BEHIND).order_by(*_PLACE).limit(count("rows"))
    found = behind.subquery("behind")
    age = extract("epoch", func.now() - func.min(found.c.created_at))
    parked = (
        select(func.count()).where(dead_letters.c.consumer == string("parker")).scalar_subquery()
    )
    return Statement.of(
        select(func.count(found.c.created_at), func.coalesce(age, 0).cast(Float), parked)
    )


_READ: Final = _reading()
_MOVE: Final = _moving()
_LAG: Final = _lagging()
_WAITING: Final = Statement.of(select(exists(select(events.c.seq).where(_BEHIND))))
_POSITION: Final = Statement.of(
    select(cursors.c.generation, cursors.c.tx, cursors.c.seq).where(
        cursors.c.sink == string("sink")
    )
)
