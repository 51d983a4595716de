"""The topics todo-mcp needs, made where they are missing and compared where they are not."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, cast

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.kafka import DEAD, EVENTS, SECONDS, SETTLED

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    partitions: int
    retention_days: int


@dataclass(frozen=True, slots=True)
class Found:
    """What `ensure` did with one topic; `differs` says in what it is not as wanted."""

    topic: Wanted
    made: bool
    differs: tuple[str, ...] = ()


def wanted(*, partitions: int, retention_days: int, dead_retention_days: int) -> list[Wanted]:
    # A dead letter is replayed to the partition it came from, and has as many of its own to be told by.
    # A segment outlives its retention by up to a week: what became of a letter must outlive the letter.
    return [
        Wanted(EVENTS, partitions, retention_days),
        Wanted(DEAD, partitions, dead_retention_days),
        Wanted(SETTLED, 1, 2 * dead_retention_days + 14),
    ]


async def ensure(connection: dict[str, Any], topics: list[Wanted], *, copies: int) -> list[Found]:
    """Make what is missing; what is there is only looked at.

    Other partitions would break the order of keys, and a shorter retention lose events.

    Raises:
        UnavailableError: no broker answered, or it refused.
    """
    return await asyncio.to_thread(_ensure, connection, topics, copies)


def _ensure(connection: dict[str, Any], topics: list[Wanted], copies: int) -> list[Found]:
    admin = AdminClient(connection)
    try:
        made = _make(admin, topics, copies)
        return [Found(topic, topic.name in made, _differences(admin, topic)) for topic in topics]
    except KafkaException as error:
        raise unavailable(error) from None


def _make(admin: AdminClient, topics: list[Wanted], copies: int) -> set[str]:
    there = admin.list_topics(timeout=SECONDS).topics
    missing = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=copies,
            config={"cleanup.policy": "delete", "retention.ms": str(topic.retention_days * DAY_MS)},
        )
        for topic in topics
        if topic.name not in there
    ]
    if not missing:
        return set()
    made: set[str] = set()
    making = cast("Any", admin).create_topics(missing, operation_timeout=SECONDS)
    for name, done in making.items():
        try:
            done.result(SECONDS)
            made.add(name)
        except KafkaException as error:
            if code(error) != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody else was faster
                raise
    return made


def _differences(admin: AdminClient, topic: Wanted) -> tuple[str, ...]:
    about = admin.list_topics(topic.name, timeout=SECONDS).topics[topic.name]
    resource = ConfigResource(ResourceType.TOPIC, topic.name)
    asked = cast("Any", admin).describe_configs([resource], request_timeout=SECONDS)
    values = {name: entry.value for name, entry in asked[resource].result(SECONDS).items()}
    # Just made, a topic may not be known to each broker yet.
    is_there = len(about.partitions) or topic.partitions
    pairs = (
        ("partitions", str(is_there), str(topic.partitions)),
        ("retention.ms", values.get("retention.ms"), str(topic.retention_days * DAY_MS)),
        ("cleanup.policy", values.get("cleanup.policy"), "delete"),
    )
    return tuple(f"{name} is {has}, not {wants}" for name, has, wants in pairs if has != wants)


def code(error: KafkaException) -> int:
    """Librdkafka's number of what went wrong."""
    return cast("KafkaError", error.args[0]).code()


def unavailable(error: KafkaException) -> UnavailableError:
    """The broker's refusal as one of our errors; librdkafka's names quote nothing of users."""
    name = cast("KafkaError", error.args[0]).name()
    return UnavailableError(
        f"KAFKA_BROKERS: Kafka does not do it ({name.strip('_').lower()}). Check that the brokers run, "
        "and TODO_MCP_KAFKA_USERNAME, _PASSWORD, _MECHANISM and _CA; then try again."
    )
