"""The short way for a plain tool call of the modern era: past checks that were made already.

The SDK checks such a call against two more models, and its result against another two; that takes
as long as the call itself. Whatever is not plain goes the SDK's way: other eras, what asks the user
back, parameters of any other form.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from mcp.server import MCPServer, Server
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import CallToolRequestParams, CallToolResult, TextContent

from todo_mcp.server.context import Resources

MODERN: Final = "2026-07-28"
SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
_PLAIN: Final = frozenset({"name", "arguments", "_meta"})
_NOTHING: Final = CallToolRequestParams(name="")

Context = ServerRequestContext[Any, Any]


def add_direct_calls(server: MCPServer[Resources], tools: frozenset[str]) -> None:
    """For these tools, none of which may ask the user back."""
    lowlevel = server._lowlevel_server  # noqa: SLF001 (MCPServer hides it)  # pyright: ignore[reportPrivateUsage]
    lowlevel.middleware.append(_DirectCalls(lowlevel, tools))


class _DirectCalls:
    """The last of the middleware, so that it answers what the others let through."""

    def __init__(self, lowlevel: Server[Any], tools: frozenset[str]) -> None:
        self._lowlevel = lowlevel
        self._tools = tools
        self._meta = {SERVER_INFO: lowlevel.server_info_stamp}

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        params = self._plain(ctx)
        handler = self._lowlevel.get_request_handler("tools/call")
        if params is None or handler is None:
            return await call_next(ctx)
        result = await handler.handler(ctx, params)
        assert isinstance(result, CallToolResult)  # noqa: S101 (for the type checker)
        return self._wire(result)

    def _plain(self, ctx: Context) -> CallToolRequestParams | None:
        """The parameters of a plain call, None of any other."""
        modern = ctx.protocol_version == MODERN and ctx.request_id is not None
        if ctx.method != "tools/call" or not modern or ctx.params is None:
            return None
        if not ctx.params.keys() <= _PLAIN or not _plain_meta(ctx.params.get("_meta")):
            return None
        name, arguments = ctx.params.get("name"), ctx.params.get("arguments", {})
        if not isinstance(name, str) or name not in self._tools or not isinstance(arguments, dict):
            return None
        return _NOTHING.model_copy(update={"name": name, "arguments": arguments})

    def _wire(self, result: CallToolResult) -> dict[str, Any]:
        texts = [block for block in result.content if isinstance(block, TextContent)]
        told: dict[str, Any] = {
            "content": [{"type": "text", "text": block.text} for block in texts],
            "isError": result.is_error,
            "resultType": "complete",
            "_meta": self._meta,
        }
        if result.structured_content is not None:
            told["structuredContent"] = result.structured_content
        return told


def _plain_meta(meta: object) -> bool:
    """Whether the request's envelope, read already, has nothing more that would have to be checked."""
    if not isinstance(meta, Mapping):
        return False
    token = cast("Mapping[str, object]", meta).get("progressToken", "")
    return isinstance(token, str | int) and not isinstance(token, bool)
