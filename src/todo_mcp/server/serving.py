"""Serving an ASGI application on a socket until told to stop; knows nothing of MCP."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from todo_mcp.errors import RuleError, UnavailableError, quoted

PATH: Final = "/mcp"
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
# Longer than those who call keep an idle connection (httpx 5 s, Go and so a sidecar 90 s): who would use
# one at the moment it is closed sees its call fail without an answer.
_IDLE_SECONDS: Final = 120
_DRAIN_SECONDS: Final = 1  # for calls under way; then the rest of the process has to end too


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{PATH}"


def listen(host: str, port: int, *, guarded: bool = False) -> socket.socket:
    """A bound socket. Only this machine may reach it, unless every call is `guarded` by a token.

    Raises:
        RuleError: the host is not a loopback address.
        UnavailableError: the port is taken or not allowed.
    """
    if host not in LOOPBACK and not guarded:
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


async def serve_app(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Until `stop` is set; then `ending` ends what would be waited for in vain."""
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        server_header=False,
    )
    running = _Uvicorn(config)
    serving = asyncio.ensure_future(running.serve(sockets=[listener]))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        ending()
        running.should_exit = True
        try:
            await serving
        finally:
            listener.close()


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place that hears signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
