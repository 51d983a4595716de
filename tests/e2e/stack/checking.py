"""What must hold after any test on the stack: everything acknowledged had its effect, once and in order."""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from tools.stack import Stack

from tests import sowing
from tests.server.agent import Agent
from tests.signals import eventually
from todo_mcp.messaging.kafka import DEAD, EVENTS
from todo_mcp.store import events
from todo_mcp.store.database import Database

SINK = "dapr"
WORKERS = "todo-mcp-worker"
# A closed occurrence that is the last of its series lacks its follower.
OVERDUE = """
SELECT t.id FROM tasks t JOIN series s ON s.space_id = t.space_id AND s.id = t.series_id
WHERE t.status IN ('done', 'skipped') AND t.deleted_at IS NULL AND s.ended_at IS NULL
  AND NOT EXISTS (SELECT FROM tasks o WHERE o.space_id = t.space_id AND o.series_id = t.series_id
    AND o.n > t.n)
"""
DOUBLED = """
SELECT space_id, series_id, count(*) FROM tasks
WHERE series_id IS NOT NULL AND status IN ('open', 'started') AND deleted_at IS NULL
GROUP BY 1, 2 HAVING count(*) > 1
"""
UNFIRED = "SELECT id FROM reminders WHERE state = 'pending' AND fire_at < now()"
FIRED_TWICE = "SELECT reminder_id FROM notifications GROUP BY 1, fire_at HAVING count(*) > 1"
# Of each event with an effect, one: as many consumed as events that a handler has an effect from.
UNDELIVERED = """
SELECT e.id FROM events e JOIN tasks t ON t.space_id = e.space_id AND t.id = e.subject_id
WHERE e.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1') AND t.series_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM consumed c WHERE c.consumer = 'recurrence' AND c.event_id = e.id)
"""
LOGGED = """
SELECT coalesce('task ' || task_id, kind || ' ' || subject_id), id::text FROM events
ORDER BY generation, tx, seq
"""


async def all_is_well(
    up: Stack, database: Database, letters: int = 0, *, seconds: float = 60
) -> None:
    """Waits until nothing is left to do; then nothing may be missing, doubled or given up.

    `letters` is how many dead ones there were before.
    """
    await eventually(partial(_drained, database), seconds)
    await eventually(partial(_nothing, database, OVERDUE), seconds)
    await eventually(partial(_nothing, database, UNFIRED), seconds)
    await eventually(partial(_nothing, database, UNDELIVERED), seconds)
    await eventually(partial(_all_answered, up, database), seconds)
    await in_order(up, database)
    assert await sowing.rows(database, DOUBLED) == []
    assert await sowing.rows(database, FIRED_TWICE) == []
    assert dead(up) == letters


async def in_order(up: Stack, database: Database) -> None:
    """Each task's events were handled in the order of the log, by whichever worker.

    An event may be handled again, after later ones too: its first time counts.
    """
    first = answered(up)
    logged = await sowing.rows(database, LOGGED)
    by_key: dict[str, list[str]] = {}
    for key, event in logged:
        by_key.setdefault(key, []).append(event)
    wrong = {
        key: events
        for key, every in by_key.items()
        if (events := [one for one in every if one in first])
        != sorted(events, key=first.__getitem__)
    }
    assert not wrong, f"handled in another order than that of the log: {wrong}"


async def _all_answered(up: Stack, database: Database) -> bool:
    first = answered(up)
    return all(event in first for _, event in await sowing.rows(database, LOGGED))


def answered(up: Stack) -> dict[str, int]:
    """The events that a worker answered well, each with its place among all, by what the workers log."""
    found: dict[str, int] = {}
    for _, event in sorted(_told(one.log for name, one in up.processes.items() if _works(name))):
        found.setdefault(event, len(found))
    return found


def _works(name: str) -> bool:
    return name.startswith("worker") and not name.endswith("-dapr")


def _told(logs: Iterable[Path]) -> Iterable[tuple[str, str]]:
    """When which event was answered well."""
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            if '"event.answered"' in line and line.endswith("}"):
                said = json.loads(line)
                if said["outcome"] == "SUCCESS":
                    yield said["timestamp"], said["event_id"]


def dead(up: Stack) -> int:
    """How many messages the topic of dead letters has had."""
    consumer = Consumer(
        {"bootstrap.servers": up.environment["KAFKA_BROKERS"], "group.id": "checking"}
    )
    try:
        parts = consumer.list_topics(DEAD, timeout=10).topics[DEAD].partitions
        return sum(
            consumer.get_watermark_offsets(TopicPartition(DEAD, number), timeout=10)[1]
            for number in parts
        )
    finally:
        consumer.close()


async def _drained(database: Database) -> bool:
    at = await events.position(database.worker, SINK)
    return not await events.waiting(database.worker, at)


async def _nothing(database: Database, sql: str) -> bool:
    return not await sowing.rows(database, sql)


async def notified(agent: Agent) -> list[dict[str, Any]]:
    return (await agent.call("get_context")).get("notifications", [])


async def count(database: Database, sql: str, *args: Any) -> int:
    return (await sowing.rows(database, sql, *args))[0][0]


def behind(up: Stack) -> int:
    """How many messages the workers have not acknowledged yet."""
    consumer = Consumer({"bootstrap.servers": up.environment["KAFKA_BROKERS"], "group.id": WORKERS})
    try:
        parts = consumer.list_topics(EVENTS, timeout=10).topics[EVENTS].partitions
        at = consumer.committed([TopicPartition(EVENTS, number) for number in parts], timeout=10)
        return sum(
            consumer.get_watermark_offsets(TopicPartition(EVENTS, one.partition), timeout=10)[1]
            - max(one.offset, 0)
            for one in at
        )
    finally:
        consumer.close()
