"""MCP over streamable HTTP, with the routes that probes ask."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
import uvicorn
from mcp.server import MCPServer
from mcp.server.subscriptions import ListenHandler
from mcp.server.transport_security import TransportSecuritySettings
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo_mcp.errors import RuleError, UnavailableError, quoted
from todo_mcp.server.context import Resources

PATH: Final = "/mcp"
MAX_BODY_BYTES: Final = 4 * 1024 * 1024
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_DRAIN_SECONDS: Final = 1  # for calls under way; then the rest of the process has to end too
_MAX_DRAINED_BYTES: Final = 64 * 1024 * 1024

log = structlog.get_logger()

Ready = Callable[[], Awaitable[str | None]]
"""Answers None where calls can be served, else why not, in words without secrets."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{PATH}"


async def serve_http(
    server: MCPServer[Resources],
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    ready: Ready,
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> None:
    """Serve clients on a socket from `listen` until `stop` is set; then end their streams and go."""
    app = build_app(
        server, ready=ready, allowed_hosts=allowed_hosts, allowed_origins=allowed_origins
    )
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        server_header=False,
    )
    running = _Uvicorn(config)
    log.info("server.listening", url=address(listener).url)
    serving = asyncio.ensure_future(running.serve(sockets=[listener]))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        _end_streams(server)
        running.should_exit = True
        try:
            await serving
        finally:
            AppStatus.should_exit = False
            listener.close()


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place that hears signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _end_streams(server: MCPServer[Resources]) -> None:
    """End the streams of clients in order, of both eras; uvicorn would wait for them in vain."""
    AppStatus.should_exit = True
    entry = server.session_manager.app.get_request_handler("subscriptions/listen")
    if entry is not None and isinstance(entry.handler, ListenHandler):
        entry.handler.close()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Only this machine may reach it, as there is no authentication.

    Raises:
        RuleError: the host is not a loopback address.
        UnavailableError: the port is taken or not allowed.
    """
    if host not in LOOPBACK:
        raise RuleError(
            f"host: {quoted(host)} can be reached from other machines, and without authentication "
            f"the server answers this machine only. Use 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UnavailableError(
            f"port: cannot listen on {host}:{port} ({error.strerror}). Another todo-mcp may be "
            f"running; stop it, or choose another port with --port or TODO_MCP_PORT."
        ) from error


def address(listener: socket.socket) -> Address:
    host, port, *_ = listener.getsockname()
    return Address(host, port)


def build_app(
    server: MCPServer[Resources],
    *,
    ready: Ready,
    allowed_hosts: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
) -> ASGIApp:
    """The ASGI application; the wrappers mend what the SDK and httptools leave open."""
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MAX_BODY_BYTES,
        max_sessions=2_000,
        session_idle_timeout=600,
        transport_security=_security(allowed_hosts, allowed_origins),
    )
    app.router.routes.extend(_probes(ready))
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
