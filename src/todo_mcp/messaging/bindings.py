"""Output bindings of the sidecar: a message is handed to whatever a component stands for."""

from collections.abc import Mapping
from typing import Final

from dapr.aio.clients import DaprClient

from todo_mcp.messaging.sidecar import Sidecar

# What output bindings have in common; the HTTP binding posts it.
OPERATION: Final = "create"
# Longer than the resiliency's timeout, so that it is the sidecar who says what was wrong.
SECONDS: Final = 8.0
ASK_SECONDS: Final = 3.0


class OutputBindings:
    def __init__(self, sidecar: Sidecar) -> None:
        self._sidecar = sidecar

    async def component(self, name: str) -> str | None:
        """The type of the component of this name, such as `bindings.http`; None where there is none.

        Raises:
            UnavailableError, SidecarError: it cannot be told.
        """

        async def ask(client: DaprClient) -> str | None:
            every = (await client.get_metadata()).registered_components
            return next((one.type for one in every if one.name == name), None)

        return await self._sidecar.call(ask, ASK_SECONDS)

    async def send(self, name: str, body: bytes, metadata: Mapping[str, str]) -> None:
        """Hand it over; the component has taken it when this returns.

        Raises:
            UnavailableError: nothing is known of it.
            SidecarError: it was not taken.
        """

        async def ask(client: DaprClient) -> None:
            await client.invoke_binding(name, OPERATION, body, dict(metadata))

        await self._sidecar.call(ask, SECONDS)

    async def close(self) -> None:
        await self._sidecar.close()
