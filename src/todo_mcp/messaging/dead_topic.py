"""Dead letters in Kafka: read past the sidecar, and put back where they came from.

A topic forgets nothing on demand, so what became of a letter is a message in a topic beside it, whose
key is the letter's place.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.envelope import UndecodableError, decode
from todo_mcp.messaging.kafka import DEAD, EVENTS, SECONDS, SETTLED
from todo_mcp.messaging.letters import Letter
from todo_mcp.messaging.topics import unavailable

REPLAYED: Final = b"replayed"
DROPPED: Final = b"dropped"
SIDECARS: Final = "__"  # headers in which it says where it had read the message


class TopicLetters:
    def __init__(self, connection: dict[str, Any]) -> None:
        self._connection = connection

    async def read(self) -> list[Letter]:
        """By partition and offset: those of one key are in the order of their events.

        Raises:
            UnavailableError: no broker answered.
        """
        return await asyncio.to_thread(self._read)

    async def replay(self, letter: Letter) -> str | None:
        """To the partition of its key, with the key and the headers it had."""
        await asyncio.to_thread(self._replay, letter)
        return None

    async def drop(self, letter: Letter) -> None:
        await asyncio.to_thread(self._settle, letter, DROPPED)

    def _read(self) -> list[Letter]:
        with self._consuming() as consumer:
            settled = {message.key() for message in _whole(consumer, SETTLED)}
            return [
                _letter(message)
                for message in _whole(consumer, DEAD)
                if _place(message).encode() not in settled
            ]

    def _replay(self, letter: Letter) -> None:
        partition, offset = map(int, letter.id.split("-"))
        with self._consuming() as consumer:
            consumer.assign([TopicPartition(DEAD, partition, offset)])
            dead = _next(consumer)
        found: list[tuple[str, bytes]] = dead.headers() or []
        headers = [(name, value) for name, value in found if not name.startswith(SIDECARS)]
        self._put(EVENTS, dead.value(), dead.key(), headers)
        self._settle(letter, REPLAYED)

    def _settle(self, letter: Letter, outcome: bytes) -> None:
        self._put(SETTLED, outcome, letter.id.encode(), [])

    def _put(self, topic: str, value: bytes, key: bytes | None, headers: list[Any]) -> None:
        failed: list[Any] = []
        # Keys are hashed as the sidecar's client does: a task's events stay in one partition.
        producer = Producer({**self._connection, "partitioner": "fnv1a", "acks": "all"})
        producer.produce(
            topic, value, key, headers=headers, on_delivery=lambda error, _: failed.append(error)
        )
        producer.flush(SECONDS)
        if not failed:
            raise UnavailableError(
                "KAFKA_BROKERS: no broker took it in time. Try again: repeating it is harmless."
            )
        if failed[0] is not None:
            raise unavailable(KafkaException(failed[0]))

    @contextmanager
    def _consuming(self) -> Generator[Consumer]:
        """Of no group's offsets: reading changes nothing."""
        consumer = Consumer(
            {
                **self._connection,
                "group.id": "todo-mcp-letters",
                "enable.auto.commit": False,
                # Questions to the broker wait behind a fetch that waits for more.
                "fetch.wait.max.ms": 10,
            }
        )
        try:
            yield consumer
        except KafkaException as error:
            raise unavailable(error) from None
        finally:
            consumer.close()


def _whole(consumer: Consumer, topic: str) -> Generator[Any]:
    """What was in the topic when this began, partition by partition."""
    numbers = sorted(consumer.list_topics(topic, timeout=SECONDS).topics[topic].partitions)
    bounds = {
        number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=SECONDS)
        for number in numbers
    }
    for number, (first, end) in bounds.items():
        if first == end:
            continue
        consumer.assign([TopicPartition(topic, number, first)])
        while (message := _next(consumer)).offset() < end:
            yield message
            if message.offset() == end - 1:
                break


def _next(consumer: Consumer) -> Any:
    message = cast("Any", consumer.poll(SECONDS))
    if message is None:
        raise UnavailableError("KAFKA_BROKERS: no broker answered in time. Try again.")
    if message.error() is not None:
        raise KafkaException(message.error())
    return message


def _place(message: Any) -> str:
    return f"{message.partition()}-{message.offset()}"


def _letter(message: Any) -> Letter:
    _, milliseconds = message.timestamp()
    kind = subject = None
    reason = "its handlers gave up"
    try:
        event = decode(message.value())
        kind, subject = event.type, event.subject
    except UndecodableError as error:
        reason = str(error)
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Letter(_place(message), at, kind, subject, reason, message.value())
