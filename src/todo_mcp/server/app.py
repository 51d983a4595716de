"""The MCP server, assembled."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Final

from mcp.server import MCPServer
from mcp.server._otel import OpenTelemetryMiddleware
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS
from opentelemetry import trace

from todo_mcp import __version__
from todo_mcp.errors import quoted
from todo_mcp.server.context import Resources
from todo_mcp.server.direct import add_direct_calls
from todo_mcp.server.inbox import Listeners, add_inbox
from todo_mcp.server.strict import register
from todo_mcp.server.tool import Tool

# What these answer changes with a release only.
_STABLE: Final = CacheHint(ttl_ms=300_000, scope="public")
_CACHE_HINTS: Final[dict[CacheableMethod, CacheHint]] = {
    "tools/list": _STABLE,
    "server/discover": _STABLE,
    "prompts/list": _STABLE,
    "resources/templates/list": _STABLE,
}


def instructions(switched_off: Iterable[str] = ()) -> str:
    """What the server tells the model; lines that name a tool it does not offer are left out."""
    off = tuple(switched_off)
    whole = files("todo_mcp.server").joinpath("instructions.md").read_text("utf-8").strip()
    return "\n".join(line for line in whole.splitlines() if not any(name in line for name in off))


def build_server(
    resources: Resources, tools: Sequence[Tool], *, read_only: bool = False
) -> MCPServer[Resources]:
    """The server; it owns nothing, so whoever made `resources` closes them."""
    offered = [tool for tool in tools if tool.annotations.read_only_hint or not read_only]
    off = {tool.name for tool in tools} - {tool.name for tool in offered}

    @asynccontextmanager
    async def lifespan(_: MCPServer[Resources]) -> AsyncGenerator[Resources]:
        yield resources

    registered = [register(tool) for tool in offered]
    names = frozenset(tool.name for tool in registered)
    listening = Listeners(resources)
    server = MCPServer(
        "todo-mcp",
        title="Todo",
        version=__version__,
        instructions=instructions(off),
        lifespan=lifespan,
        tools=registered,
        cache_hints=_CACHE_HINTS,
        middleware=[_KnownNames(names)],
        log_level="WARNING",
        subscriptions=listening,
    )
    add_inbox(server, resources, listening)
    _expect_no_headers(server, names)
    _trace_for_who_listens(server)
    asking = {tool.name for tool in registered if tool.resolved_params}
    add_direct_calls(server, names - asking)
    return server


def _expect_no_headers(server: MCPServer[Resources], names: frozenset[str]) -> None:
    """None of our arguments travels as a header (x-mcp-header).

    The SDK would search the whole schema of the called tool for such twice a call.
    """
    lowlevel = server._lowlevel_server  # noqa: SLF001 (MCPServer has no argument for it)  # pyright: ignore[reportPrivateUsage]
    found = lowlevel.get_tool_input_schema

    def schema_of(name: str) -> Mapping[str, Any] | None:
        return None if name in names or found is None else found(name)

    lowlevel.get_tool_input_schema = schema_of


def _trace_for_who_listens(server: MCPServer[Resources]) -> None:
    """Where the process has no tracer, nobody sees the spans that the SDK makes of each message."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        middleware = server._lowlevel_server.middleware  # noqa: SLF001 (see above)  # pyright: ignore[reportPrivateUsage]
        middleware[:] = [one for one in middleware if not isinstance(one, OpenTelemetryMiddleware)]


class _KnownNames:
    """Answers -32602 for a tool or prompt that does not exist, as the specification has it.

    The SDK answers a tool result for the one and an internal error for the other.
    """

    def __init__(self, tools: frozenset[str]) -> None:
        self._named: dict[str, frozenset[str]] = {"tools/call": tools, "prompts/get": frozenset()}

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        known = self._named.get(ctx.method)
        if known is not None and ctx.request_id is not None:
            name = (ctx.params or {}).get("name")
            if isinstance(name, str) and name not in known:
                kind = ctx.method.partition("s/")[0]
                raise MCPError(INVALID_PARAMS, f"Unknown {kind}: {quoted(name)}")
        return await call_next(ctx)
