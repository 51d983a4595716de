"""MCP over streamable HTTP, with the routes that probes ask."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

import structlog
from mcp.server import MCPServer
from mcp.server.subscriptions import ListenHandler
from mcp.server.transport_security import (
    TransportSecurityMiddleware,
    TransportSecuritySettings,
)
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo_mcp.server import metrics
from todo_mcp.server.context import Resources
from todo_mcp.server.metrics import Measure
from todo_mcp.server.serving import PATH, address, serve_app
from todo_mcp.server.single import add_single_answers

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
_MAX_DRAINED_BYTES: Final = 64 * 1024 * 1024

log = structlog.get_logger()

Ready = Callable[[], Awaitable[str | None]]
"""Answers None where calls can be served, else why not, in words without secrets."""


async def serve_http(
    server: MCPServer[Resources],
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    ready: Ready,
    measure: Measure | None = None,
    more: Sequence[Route] = (),
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> None:
    """Serve clients on a socket from `listen` until `stop` is set; then end their streams and go."""
    app = build_app(
        server,
        ready=ready,
        measure=measure,
        more=more,
        allowed_hosts=allowed_hosts,
        allowed_origins=allowed_origins,
    )
    log.info("server.listening", url=address(listener).url)

    def ending() -> None:
        _end_streams(server)

    try:
        await serve_app(app, listener, stop, ending)
    finally:
        AppStatus.should_exit = False


def _end_streams(server: MCPServer[Resources]) -> None:
    """End the streams of clients in order, of both eras; uvicorn would wait for them in vain."""
    AppStatus.should_exit = True
    entry = server.session_manager.app.get_request_handler("subscriptions/listen")
    if entry is not None and isinstance(entry.handler, ListenHandler):
        entry.handler.close()


def build_app(
    server: MCPServer[Resources],
    *,
    ready: Ready,
    measure: Measure | None = None,
    more: Sequence[Route] = (),
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> ASGIApp:
    """The ASGI application; the wrappers mend what the SDK and httptools leave open."""
    security = _security(allowed_hosts, allowed_origins)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MAX_BODY_BYTES,
        max_sessions=2_000,
        session_idle_timeout=600,
        transport_security=security,
    )
    add_single_answers(server)
    app.router.routes.extend(_probes(ready))
    if measure is not None:
        app.router.routes.append(metrics.route(measure))
    app.router.routes.extend(_guarded(route, security) for route in more)
    return _strip_header_space(_explain_size(app))


def _security(hosts: Sequence[str], origins: Sequence[str]) -> TransportSecuritySettings:
    names = ("127.0.0.1", "localhost", "[::1]")
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*names, *(f"{name}:*" for name in names), *hosts],
        allowed_origins=[
            *(f"http://{name}" for name in names),
            *(f"http://{name}:*" for name in names),
            *origins,
        ],
    )


def _guarded(route: Route, security: TransportSecuritySettings) -> Route:
    """The SDK looks at Host and Origin of its own path only."""
    check = TransportSecurityMiddleware(security)

    async def answer(request: Request) -> Response:
        refused = await check.validate_request(request)
        return refused if refused is not None else await route.endpoint(request)

    return Route(route.path, answer, methods=[*(route.methods or ())])


def _probes(ready: Ready) -> list[Route]:
    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        reason = await ready()
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reason": reason}, 503)

    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


def _strip_header_space(app: ASGIApp) -> ASGIApp:
    """The parser leaves the optional space at the end of values, and the SDK compares them."""

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        await app(scope, receive, send)

    return stripped


_TOO_LARGE_STATUS: Final = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_TOO_LARGE: Final = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": -32600,
            "message": f"The request is larger than {MAX_BODY_BYTES // 1024**2} MiB. "
            "Send it in several calls, or shorten the notes.",
        },
    }
).encode()


def _explain_size(app: ASGIApp) -> ASGIApp:
    """Say in the protocol's own words what the SDK says in plain text with status 413.

    The rest of the request is read first: a client that is still sending would otherwise see a
    broken connection and never the answer.
    """

    async def explained(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        refused, more, read = False, True, 0

        async def hear() -> Message:
            nonlocal more, read
            message = await receive()
            more = message.get("more_body", False)
            read += len(message.get("body", b""))
            return message

        async def watch(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == _TOO_LARGE_STATUS:
                refused = True
                message["headers"] = _TOO_LARGE_HEADERS
                while more and read < _MAX_DRAINED_BYTES:
                    await hear()
            elif refused and message["type"] == "http.response.body":
                message["body"] = _TOO_LARGE
            await send(message)

        await app(scope, hear, watch)

    return explained


_TOO_LARGE_HEADERS: Final[Sequence[tuple[bytes, bytes]]] = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_TOO_LARGE)).encode()),
    (b"connection", b"close"),
]
