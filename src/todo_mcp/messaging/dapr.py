"""The bus behind a Dapr sidecar: batches go to one topic, keyed by task."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import grpc
import structlog
from dapr.aio.clients import DaprClient
from dapr.clients import BulkPublishEntry

from todo_mcp.messaging.bus import Refused
from todo_mcp.messaging.envelope import CONTENT_TYPE, CloudEvent
from todo_mcp.messaging.sidecar import Sidecar, SidecarError

PUBSUB: Final = "todo-pubsub"
TOPIC: Final = "todo.events"
# A sidecar takes requests of 4 MiB, a broker messages of 1 MiB with their headers.
CHUNK_BYTES: Final = 2_000_000
EVENT_BYTES: Final = 1_000_000

log = structlog.get_logger()
Packed = tuple[CloudEvent, bytes]


class DaprBus:
    """Publishing is what the sidecar's component acknowledged; handlers run elsewhere."""

    def __init__(self, sidecar: Sidecar, pubsub: str = PUBSUB, topic: str = TOPIC) -> None:
        self._sidecar = sidecar
        self._pubsub = pubsub
        self._topic = topic
        # What a batch that failed had got through: it is not sent again with the rest.
        self._through: set[UUID] = set()

    async def publish(self, batch: Sequence[CloudEvent]) -> list[Refused]:
        """In order. Published again after a failure, a batch goes on from its first unconfirmed event.

        Raises:
            UnavailableError, SidecarError: nothing is known of the rest.
        """
        waiting = [event for event in batch if event.id not in self._through]
        packed = [(event, event.to_json()) for event in waiting]
        refused = [
            Refused(event, "larger than a broker takes")
            for event, body in packed
            if len(body) > EVENT_BYTES
        ]
        for chunk in _chunks([one for one in packed if len(one[1]) <= EVENT_BYTES]):
            refused += await self._send(chunk)
            self._through.update(event.id for event, _ in chunk)
        self._through.clear()
        return refused

    async def _send(self, chunk: Sequence[Packed]) -> list[Refused]:
        try:
            await self._put(chunk)
        except SidecarError as error:
            if len(chunk) == 1:
                if _for_good(error):
                    return [Refused(chunk[0][0], "refused by the broker as too large")]
                raise
            if not _for_good(error):
                raise
            return [refused for one in chunk for refused in await self._send([one])]
        return []

    async def _put(self, chunk: Sequence[Packed]) -> None:
        entries = [
            # Only here: what the request itself carried, the Kafka component puts over each entry's.
            BulkPublishEntry(
                event=body, metadata={"partitionKey": event.key}, content_type=CONTENT_TYPE
            )
            for event, body in chunk
        ]

        async def ask(client: DaprClient) -> int:
            answer = await client.publish_events(self._pubsub, self._topic, entries)
            return len(answer.failed_entries)

        if await self._sidecar.call(ask):
            raise SidecarError(grpc.StatusCode.UNKNOWN, "some of the batch failed")


def _for_good(error: SidecarError) -> bool:
    told = error.details.lower()
    return any(words in told for words in ("too large", "larger than"))


def _chunks(packed: Sequence[Packed]) -> Iterator[list[Packed]]:
    chunk: list[Packed] = []
    size = 0
    for one in packed:
        if chunk and size + len(one[1]) > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += len(one[1])
    if chunk:
        yield chunk
