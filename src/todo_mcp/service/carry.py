"""Load, decide, commit: the one way a use case changes anything."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from pydantic_core import to_json

from todo_mcp import ids
from todo_mcp.domain.answer import answer_of
from todo_mcp.domain.change import Change, event_of
from todo_mcp.domain.operation import Operation
from todo_mcp.domain.row import Row
from todo_mcp.domain.spare import OutOfIdsError, Spare
from todo_mcp.domain.state import State
from todo_mcp.errors import ConflictError, RuleError, TodoError
from todo_mcp.service.work import Work
from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.failures import CONSUMED, LostRaceError
from todo_mcp.store.load import Wanted, load
from todo_mcp.store.purge import purge
from todo_mcp.store.search_text import add_vectors

Decision = Callable[[State, Change], None]
Plan = tuple[Wanted, Decision]

PATIENCE_SECONDS: Final = 2.0
LAST_SECONDS: Final = 1.0  # without the ids that kept losing
PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Consumed:
    """The event a handler answers to: repeated, it has no second effect."""

    consumer: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of it: the answer, and the operation (None where nothing was written)."""

    answer: dict[str, Any]
    op: int | None = None


async def carry_out(
    work: Work,
    wanted: Wanted,
    decision: Decision,
    *,
    cause: int | None = None,
    consumed: Consumed | None = None,
) -> Carried:
    """Decide on the rows as they are and write the outcome if they still are, else decide again.

    A lost race is decided again for up to two seconds; then the ids that still lose become failures,
    and the rest is written. A decision that rests on a version its caller named has to refuse any
    other: it sees the rows anew each time.

    Raises:
        ConflictError: nothing of it could be written in that time.
        TodoError: whatever the decision raises.
    """

    async def plan() -> Plan:
        return wanted, decision

    return await carry_out_as(work, plan, cause=cause, consumed=consumed)


async def carry_out_as(
    work: Work,
    plan: Callable[[], Awaitable[Plan]],
    *,
    cause: int | None = None,
    consumed: Consumed | None = None,
) -> Carried:
    """Like `carry_out`, where what to load has to be read first, before each decision anew."""
    person, spare = work.person, Spare(work.dry_run, work.database.draw)
    lost = frozenset[int]()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    try:
        while True:
            wanted, decision = await plan()
            asked = replace(wanted, key=work.key) if work.key and not work.dry_run else wanted
            state = await load(work.database, person.space, person.user, asked, work.now)
            if (kept := _replay(work, state)) is not None:
                return kept
            change = await _decide(work, state, decision, spare, lost)
            if work.dry_run:
                return Carried(answer_of(change, None) | {"dry_run": True})
            missed = await _write(work, change, spare, cause, consumed)
            if isinstance(missed, Carried):
                return missed
            if loop.time() > deadline + LAST_SECONDS:
                raise ConflictError(
                    "Somebody else keeps changing this. Read it again (get_tasks), then decide."
                )
            if loop.time() > deadline:
                lost |= missed
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 (spreads writers)
    finally:
        for kind, numbers in spare.left().items():
            work.database.return_ids(kind, numbers)


def hash_of(arguments: dict[str, Any]) -> str:
    """What two calls with one key are compared by: their arguments, in any order."""
    return hashlib.sha256(to_json(_sorted(arguments))).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in sorted(cast("dict[str, Any]", value).items())}
    return value


def _replay(work: Work, state: State) -> Carried | None:
    done = state.operation
    if done is None:
        return None
    if done.args_hash != hash_of(work.arguments) or done.tool != work.tool:
        raise RuleError(
            "idempotency_key: was used for another call. Give each new write a fresh key; "
            "the same one only to repeat a call whose answer was lost."
        )
    return Carried(done.result | {"replayed": True}, done.id)


async def _decide(
    work: Work, state: State, decision: Decision, spare: Spare, lost: frozenset[int]
) -> Change:
    while True:
        spare.restart()
        change = Change(state, work.now, spare.take, lost)
        try:
            spare.take("operation")
            decision(state, change)
        except OutOfIdsError as short:
            held = spare.leased[short.kind]
            held += await work.database.ids(short.kind, max(1, len(held)))
            continue
        except TodoError:
            spare.restart()  # nothing is written: its numbers are free again
            raise
        change.settle()
        return change


async def _write(
    work: Work, change: Change, spare: Spare, cause: int | None, consumed: Consumed | None
) -> Carried | frozenset[int]:
    """Commit; else the tasks for which it was no longer as read."""
    nothing = not change.new and not change.appended and not change.purged
    if nothing and work.key is None and consumed is None:
        spare.restart()
        return Carried(answer_of(change, None))
    number = spare.leased["operation"][0]
    answer = answer_of(change, None if nothing else number)
    operation = Operation(
        id=number,
        user_id=work.person.user,
        actor=work.actor,
        tool=work.tool,
        key=work.key,
        args_hash=hash_of(work.arguments) if work.key else None,
        cause=cause,
        result=answer,
        created_at=work.now,
    )
    rows = rows_of(work, change, number) | {"operations": [operation.model_dump(mode="json")]}
    if consumed is not None:
        rows["consumed"] = [{"consumer": consumed.consumer, "event_id": consumed.event_id}]
        if nothing:
            del rows["operations"]
    try:
        if change.purged:
            missed = await purge(work.database, work.person.space, change.purged.values(), rows)
        else:
            made = Commit(work.person.space, _expected(change), rows)
            missed = await commit(work.database, made, worker=consumed is not None)
    except LostRaceError as lost:
        # The same event was handled elsewhere at this moment: it has had its effect.
        return Carried(answer) if lost.constraint == CONSUMED else frozenset()
    if missed:
        return _tasks_behind(change, missed)
    return Carried(answer, None if nothing else number)


def _expected(change: Change) -> dict[str, dict[int, int]]:
    expected: dict[str, dict[int, int]] = {}
    for (table, number), version in change.read.items():
        expected.setdefault(table, {})[number] = version
    for (table, number), before in change.old.items():
        if before is not None:
            expected.setdefault(table, {})[number] = before.version
    return expected


def rows_of(work: Work, change: Change, op: int) -> dict[str, list[dict[str, Any]]]:
    """The rows by table, as the statement reads them."""
    rows: dict[str, list[dict[str, Any]]] = {}
    events: list[dict[str, Any]] = []
    written: list[tuple[Row, Row | None, str]] = [
        (row, change.old[key], change.verbs[key]) for key, row in change.new.items()
    ]
    written += [(change.state.tasks[n], old, "purged") for n, old in change.purged.items()]
    for row, before, verb in written:
        event = event_of(row, before, verb, new_id=ids.event_id, op=op, trace=work.traceparent)
        events.append(dict(event))
        if (row.table, row.id) in change.new:
            rows.setdefault(row.table, []).append({**(event.after or {})})
    if events:
        rows["events"] = events
    for table, items in change.appended.items():
        rows.setdefault(table, []).extend(items)
    add_vectors(work.person.space, change, rows)
    rows.get("tasks", []).sort(key=_open)
    return rows


def _open(task: dict[str, Any]) -> bool:
    """What closes is written first: of a series one may be open, and that is checked row by row."""
    return task.get("completed_at") is None and task.get("deleted_at") is None


def _tasks_behind(change: Change, missed: set[tuple[str, int]]) -> frozenset[int]:
    """The tasks somebody else changed, and those whose part was decided on what was changed."""
    changed = {number for table, number in missed if table == "tasks"}
    return frozenset(
        changed | {task for task, rows in change.rests.items() if not rows.isdisjoint(missed)}
    )
