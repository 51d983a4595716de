"""One job of the Dapr scheduler: an alarm clock that can be set, set again and turned off."""

from datetime import datetime
from typing import Final

import grpc
from dapr.aio.clients import ConstantFailurePolicy, DaprClient, Job
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.wrappers_pb2 import StringValue

from todo_mcp.messaging.sidecar import Sidecar, SidecarError

RETRY_SECONDS: Final = 1
SECONDS: Final = 5.0
# In place of a code of its own: a sidecar (1.18) calls whatever a scheduler answers an internal error.
_UNSET: Final = "job not found"


class AlarmClock:
    def __init__(self, sidecar: Sidecar, name: str) -> None:
        self._sidecar = sidecar
        self._name = name

    async def set(self, at: datetime) -> None:
        """Ring once at this instant instead of whenever it was set for; it rings until it is heard.

        Raises:
            UnavailableError, SidecarError: it may or may not be set.
        """
        data = Packed()
        data.Pack(StringValue(value=self._name))
        job = Job(
            name=self._name,
            due_time=at.isoformat(timespec="milliseconds"),
            data=data,
            failure_policy=ConstantFailurePolicy(max_retries=None, interval_seconds=RETRY_SECONDS),
        )

        async def ask(client: DaprClient) -> None:
            await client.schedule_job(job, overwrite=True)

        await self._sidecar.call(ask, SECONDS)

    async def set_for(self) -> datetime | None:
        """When it will ring.

        Raises:
            UnavailableError, SidecarError: it cannot be told.
        """

        async def ask(client: DaprClient) -> str | None:
            return (await client.get_job(self._name)).due_time

        try:
            told = await self._sidecar.call(ask, SECONDS)
        except SidecarError as error:
            if error.code is grpc.StatusCode.NOT_FOUND or _UNSET in error.details:
                return None
            raise
        return datetime.fromisoformat(told) if told else None

    async def turn_off(self) -> None:
        """Does nothing where it is not set.

        Raises:
            UnavailableError, SidecarError: it may still be set.
        """

        async def ask(client: DaprClient) -> None:
            await client.delete_job(self._name)

        await self._sidecar.call(ask, SECONDS)
