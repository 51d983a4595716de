"""The resource `todo://notifications`, and telling who listens that it changed."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams
from pydantic_core import to_json

from todo_mcp.errors import TodoError, quoted
from todo_mcp.server.context import Resources

URI: Final = "todo://notifications"
AGAIN_SECONDS: Final = 1.0
# Sessions of the handshake era that are told: one that ends without a word is found by sending to it.
MOST: Final = 1_000


class Listeners(InMemorySubscriptionBus):
    """Who listens, in both eras. The database is watched only while somebody does.

    Every server watches for itself, so it does not matter which process fires or acknowledges.
    """

    def __init__(self, resources: Resources) -> None:
        super().__init__()
        self._resources = resources
        self._sessions = dict[int, ServerSession]()  # of the handshake era, the oldest first
        self._streams = 0
        self._watching: asyncio.Task[None] | None = None

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        gone = super().subscribe(listener)
        self._streams += 1
        self._watch()
        left = False

        def unsubscribe() -> None:
            nonlocal left
            gone()
            self._streams -= not left
            left = True

        return unsubscribe

    def join(self, session: ServerSession) -> None:
        if _key(session) not in self._sessions:
            ended = session._connection.exit_stack  # noqa: SLF001 (as for the key)  # pyright: ignore[reportPrivateUsage]
            ended.callback(self.leave, session)
        self._sessions[_key(session)] = session
        if len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]
        self._watch()

    def leave(self, session: ServerSession) -> None:
        self._sessions.pop(_key(session), None)

    @property
    def any(self) -> bool:
        return bool(self._streams or self._sessions)

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._tell_changes())

    async def _tell_changes(self) -> None:
        from todo_mcp.service.inbox import changes  # noqa: PLC0415 (imports SQL)

        while self.any:
            try:
                home = await self._resources.starting.get()
                async for _ in changes(home, lambda: self.any):
                    await self._tell()
            except TodoError:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _tell(self) -> None:
        await self.publish(ResourceUpdated(uri=URI))
        for session in list(self._sessions.values()):
            try:
                await session.send_resource_updated(URI)
            except Exception:  # noqa: BLE001 (whatever a closed connection raises)
                self.leave(session)


def _key(session: ServerSession) -> int:
    """The connection's: each request has a session of its own on it."""
    return id(session._connection)  # noqa: SLF001 (nothing public is the same for two requests)  # pyright: ignore[reportPrivateUsage]


def add_inbox(server: MCPServer[Resources], resources: Resources, listeners: Listeners) -> None:
    """The resource, and subscribing to it as the handshake era does."""

    async def read() -> str:
        from todo_mcp.service.inbox import unread  # noqa: PLC0415 (imports SQL)

        home = await resources.starting.get()
        return to_json(await unread(home, resources.clock())).decode()

    server.resource(
        URI,
        name="notifications",
        title="Notifications",
        description="Reminders that fired and were neither dismissed nor dealt with.",
        mime_type="application/json",
    )(read)
    lowlevel = server._lowlevel_server  # noqa: SLF001 (MCPServer has no argument for it)  # pyright: ignore[reportPrivateUsage]

    async def join(
        ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams
    ) -> EmptyResult:
        if str(params.uri) != URI:
            raise MCPError(
                INVALID_PARAMS, f"uri: {quoted(str(params.uri))} has no updates; {URI} has."
            )
        listeners.join(ctx.session)
        return EmptyResult()

    async def leave(
        ctx: ServerRequestContext[Any, Any], _: UnsubscribeRequestParams
    ) -> EmptyResult:
        listeners.leave(ctx.session)
        return EmptyResult()

    lowlevel.add_request_handler("resources/subscribe", SubscribeRequestParams, join)
    lowlevel.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, leave)
