"""The one connection to the Dapr sidecar: waited for without blocking, every call with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, cast

import aiohttp
import grpc
import structlog
from dapr.aio.clients import DaprClient
from dapr.clients.exceptions import DaprInternalError
from dapr.conf import settings as sdk

from todo_mcp.errors import UnavailableError
from todo_mcp.settings import Settings

HOST: Final = "127.0.0.1"
CALL_SECONDS: Final = 10.0
PROBE_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 0.1
# These say that nothing is known of the call, whatever the sidecar stands for was doing.
_AWAY: Final = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)

T = TypeVar("T")
log = structlog.get_logger()


class SidecarError(Exception):
    """The sidecar answered, and refused. `details` may quote what was sent: not for logs."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(code.name)
        self.code = code
        self.details = details


class _Status(Protocol):
    def code(self) -> grpc.StatusCode: ...

    def details(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Ports:
    http: int
    grpc: int
    token: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Ports":
        """Where the sidecar of this process is."""
        token = settings.dapr_api_token
        shown = token.get_secret_value() if token else None
        return cls(settings.dapr_http_port, settings.dapr_grpc_port, shown)


class Sidecar:
    """A connection made when first needed, and anew after the sidecar was away."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._client: DaprClient | None = None
        self._making = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def call(
        self, ask: Callable[[DaprClient], Awaitable[T]], seconds: float = CALL_SECONDS
    ) -> T:
        """What the sidecar answers.

        Raises:
            UnavailableError: it does not, or not in time; the call may have had its effect.
            SidecarError: it refused.
        """
        client = None
        try:
            async with asyncio.timeout(seconds):
                client = self._client or await self._connect()
                return await ask(client)
        except TimeoutError:
            self._forget(client)
            raise UnavailableError("The Dapr sidecar does not answer.") from None
        except (grpc.RpcError, DaprInternalError) as error:
            # Some of the SDK's calls hide what happened behind an error without a code.
            cause = error if isinstance(error, grpc.RpcError) else error.__cause__
            if not isinstance(cause, grpc.RpcError):
                raise SidecarError(grpc.StatusCode.UNKNOWN, str(error)) from None
            status = cast("_Status", cause)
            if status.code() in _AWAY:
                self._forget(client)
                raise UnavailableError("The Dapr sidecar is away.") from None
            raise SidecarError(status.code(), status.details() or "") from None

    async def close(self) -> None:
        """Calls under way end."""
        if self._client is not None:
            await self._client.close()
            self._client = None
        for task in self._leaving:
            task.cancel()
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _connect(self) -> DaprClient:
        async with self._making:
            if self._client is None:
                await self._healthy()
                # The client looks at the sidecar's health once more, and blocks the loop meanwhile.
                values = cast("Any", sdk)
                values.DAPR_HTTP_PORT, values.DAPR_GRPC_PORT = self._ports.http, self._ports.grpc
                values.DAPR_HEALTH_TIMEOUT = 1
                if self._ports.token is not None:
                    values.DAPR_API_TOKEN = self._ports.token
                self._client = DaprClient(f"{HOST}:{self._ports.grpc}")
                log.info("sidecar.connected")
            return self._client

    async def _healthy(self) -> None:
        """Asked again and again: a sidecar starts when it likes, and so does its return."""
        url = f"http://{HOST}:{self._ports.http}/v1.0/healthz/outbound"
        headers = {"dapr-api-token": self._ports.token} if self._ports.token else {}
        limit = aiohttp.ClientTimeout(total=PROBE_SECONDS)
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            while True:
                try:
                    async with session.get(url) as response:
                        if response.ok:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(PAUSE_SECONDS)

    def _forget(self, client: DaprClient | None) -> None:
        """A new connection next time: an old one may wait two minutes before it tries again."""
        if client is None or client is not self._client:
            return
        self._client = None
        task = asyncio.get_running_loop().create_task(_leave(client))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def _leave(client: DaprClient) -> None:
    """Calls that others have under way on it have their own deadlines."""
    try:
        await asyncio.sleep(CALL_SECONDS)
    finally:
        await client.close()
