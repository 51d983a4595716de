"""The Dapr state store: values under keys, written only over what was read."""

from dataclasses import dataclass
from typing import Final

import grpc
from dapr.aio.clients import DaprClient
from dapr.clients.grpc._state import Concurrency, Consistency, StateOptions

from todo_mcp.messaging.sidecar import Sidecar, SidecarError

STORE: Final = "todo-state"
_OPTIONS: Final = StateOptions(consistency=Consistency.strong, concurrency=Concurrency.first_write)


@dataclass(frozen=True, slots=True)
class Kept:
    """A value and the tag of its version; no tag where nothing was there."""

    value: bytes | None
    etag: str | None


class StateStore:
    def __init__(self, sidecar: Sidecar, name: str = STORE) -> None:
        self._sidecar = sidecar
        self._name = name

    async def get(self, key: str) -> Kept:
        """What is kept under the key.

        Raises:
            UnavailableError, SidecarError: it cannot be told.
        """

        async def ask(client: DaprClient) -> Kept:
            found = await client.get_state(self._name, key)
            return Kept(found.data or None, found.etag or None)

        return await self._sidecar.call(ask)

    async def put(self, key: str, value: bytes, etag: str | None) -> bool:
        """Write over the version of this tag, or where nothing is; False where it is another's.

        Raises:
            UnavailableError, SidecarError: it may or may not be written.
        """

        async def ask(client: DaprClient) -> None:
            await client.save_state(self._name, key, value, etag=etag, options=_OPTIONS)

        try:
            await self._sidecar.call(ask)
        except SidecarError as error:
            if error.code is grpc.StatusCode.ABORTED:
                return False
            raise
        return True
