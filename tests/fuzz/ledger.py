"""What holds of the tables and the event log after whatever was done."""

import json
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import asyncpg

from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Task

PURGED: Final = "todo.task.purged.v1"
MODELS: Final[tuple[type[Row], ...]] = (Task, Series, Reminder, Notification)
_EVENTS: Final = """
SELECT e.kind, e.subject_id, e.version, e.task_id, e.type, e.before, e.after, o.created_at AS now
FROM events e JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
WHERE e.space_id = $1 ORDER BY e.generation, e.tx, e.seq
"""
_WITHOUT_OPERATION: Final = """
SELECT count(*) FROM events e WHERE e.space_id = $1
  AND NOT EXISTS (SELECT FROM operations o WHERE o.space_id = e.space_id AND o.id = e.op)
"""
# How many occurrences of each series that goes on are open, and whether its newest was deleted: into
# the trash, or for good.
_SERIES: Final = """
SELECT s.id,
  (SELECT count(*) FROM tasks t WHERE t.space_id = s.space_id AND t.series_id = s.id
    AND t.status IN ('open', 'started') AND t.deleted_at IS NULL) AS open,
  NOT EXISTS (SELECT FROM tasks t WHERE t.space_id = s.space_id AND t.series_id = s.id
    AND t.n = s.n AND t.deleted_at IS NULL) AS deleted
FROM series s WHERE s.space_id = $1 AND s.ended_at IS NULL
"""


async def breaches(
    connection: "asyncpg.Connection[asyncpg.Record]", space: int, *, caught_up: bool
) -> list[str]:
    """What is broken, in words; `caught_up` says that the worker has nothing left to do."""
    log: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for event in await connection.fetch(_EVENTS, space):
        log[event["kind"], event["subject_id"]].append(event)
    found = [f"{name}: {said}" for name, events in log.items() for said in _of_subject(events)]
    for model in MODELS:
        found += await _replayed(connection, space, model, log)
    if count := await connection.fetchval(_WITHOUT_OPERATION, space):
        found.append(f"{count} events of no operation")
    if count := await connection.fetchval("SELECT count(*) FROM dead_letters"):
        found.append(f"{count} dead letters")
    for row in await connection.fetch(_SERIES, space):
        if row["open"] > 1:
            found.append(f"s{row['id']} has {row['open']} open occurrences")
        if row["open"] == 0 and caught_up and not row["deleted"]:
            found.append(f"s{row['id']} goes on and has no open occurrence")
    return found


async def _replayed(
    connection: "asyncpg.Connection[asyncpg.Record]",
    space: int,
    model: type[Row],
    log: dict[tuple[str, int], list[Any]],
) -> list[str]:
    """Rows that the newest event of theirs does not show."""
    sql = f"SELECT to_jsonb(r) AS row FROM {model.table} r WHERE space_id = $1"  # noqa: S608 (our own table names)
    found: list[str] = []
    there: set[int] = set()
    for record in await connection.fetch(sql, space):
        row = model.model_validate(json.loads(record["row"]))
        there.add(row.id)
        events = log.get((model.kind, row.id), [])
        newest = model.model_validate(json.loads(events[-1]["after"])) if events else None
        if newest != row:
            found.append(f"{model.kind} {row.id}: the log says {newest}, the table {row}")
    for (kind, number), events in log.items():
        if kind == model.kind and (number in there) is _purged(log, events[-1]):
            found.append(f"{kind} {number}: is in the log, and there: {number in there}")
    return found


def _purged(log: dict[tuple[str, int], list[Any]], newest: Any) -> bool:
    """Whether the task that this belongs to was deleted for good."""
    task = log.get(("task", newest["task_id"] or 0))
    return task is not None and task[-1]["type"] == PURGED


def _of_subject(events: list[Any]) -> list[str]:
    """Of one thing: a version each, in order, and each `before` what the one before left."""
    versions = [event["version"] for event in events]
    if versions != list(range(1, len(events) + 1)):
        return [f"versions {versions}"]
    model = next(m for m in MODELS if m.kind == events[0]["kind"])
    found: list[str] = []
    for old, new in pairwise(events):
        if new["type"] == PURGED:  # tells no text
            continue
        after = json.loads(new["after"])
        was = model.model_validate({**after, **json.loads(new["before"] or "{}")})
        left = model.model_validate(json.loads(old["after"]))
        if was != left:
            found.append(f"version {new['version']} remembers {was}, and it was {left}")
    return found + (_firings(events) if model is Reminder else [])


def _firings(events: list[Any]) -> list[str]:
    found: list[str] = []
    times: list[datetime] = []
    for number, event in enumerate(events):
        if event["type"] != "todo.reminder.fired.v1":
            continue
        row = Reminder.model_validate(json.loads(event["after"]))
        before = Reminder.model_validate(json.loads(events[number - 1]["after"]))
        if before.state != "pending":
            found.append(f"fired though it was {before.state}")
        if row.fire_at > event["now"]:
            found.append(f"fired at {event['now']}, before {row.fire_at}")
        if row.fire_at in times:
            found.append(f"fired twice for {row.fire_at}")
        times.append(row.fire_at)
    return found
