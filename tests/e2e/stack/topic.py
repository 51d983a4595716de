"""The topic itself, past the sidecars: what is in it, and what a test puts there."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from confluent_kafka import Consumer, Producer, TopicPartition
from tools.stack import Stack

from todo_mcp.messaging.kafka import EVENTS

Header = tuple[str, bytes]


class Message(NamedTuple):
    key: bytes | None
    value: bytes
    headers: list[Header]
    partition: int | None = None  # where it was found


PARTITIONS = 12


def partition_of(key: bytes | None) -> int:
    """Where the sidecar's client puts messages of this key: a hash, FNV-1a, as a signed number."""
    assert key is not None
    value = 2_166_136_261
    for byte in key:
        value = (value ^ byte) * 16_777_619 % 2**32
    # As Go divides: towards zero, and without the sign.
    return (value if value < 2**31 else 2**32 - value) % PARTITIONS


async def whole(up: Stack, topic: str = EVENTS) -> list[Message]:
    """All of it, in the order of each partition."""
    return await asyncio.to_thread(_whole, up.environment["KAFKA_BROKERS"], topic)


async def put(up: Stack, messages: Iterable[Message], topic: str = EVENTS) -> None:
    await asyncio.to_thread(_put, up.environment["KAFKA_BROKERS"], list(messages), topic)


def _whole(brokers: str, topic: str) -> list[Message]:
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "reading", "fetch.wait.max.ms": 10}
    )
    found: list[Message] = []
    try:
        for number in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
            consumer.assign([TopicPartition(topic, number, 0)])
            at = 0
            while at < end:
                one = cast("Any", consumer.poll(10))
                assert one is not None
                assert one.error() is None
                found.append(Message(one.key(), one.value(), one.headers() or [], number))
                at = one.offset() + 1
    finally:
        consumer.close()
    return found


def _put(brokers: str, messages: list[Message], topic: str) -> None:
    # As Sarama hashes keys, so that a message comes to the partition of its task.
    producer = Producer({"bootstrap.servers": brokers, "partitioner": "fnv1a"})
    for message in messages:
        producer.produce(topic, message.value, message.key, headers=[*message.headers])
    assert producer.flush(10) == 0
