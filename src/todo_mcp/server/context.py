"""What a tool can reach."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context
from starlette.requests import Request

from todo_mcp.clock import Clock
from todo_mcp.server.arrival import Arrival
from todo_mcp.server.gate import Gate

if TYPE_CHECKING:  # importing the store costs more than the answer to tools/list may take
    from todo_mcp.service.home import Home
    from todo_mcp.service.work import Work


def _home() -> "Arrival[Home]":
    return Arrival("The database")


@dataclass(frozen=True, slots=True)
class Resources:
    clock: Clock
    starting: "Arrival[Home]" = field(default_factory=_home)
    sidecar_token: str | None = None
    """By this a Dapr sidecar shows that what it says of the caller is true."""
    gate: Gate = field(default_factory=Gate)


ToolContext = Context[Resources]
Asked = ServerRequestContext[Resources, Any]


async def begin(
    ctx: ToolContext,
    tool: str,
    arguments: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    dry_run: bool = False,
) -> "Work":
    """What a use case runs with; reads the clock, once for the whole call.

    Raises:
        UnavailableError: the database is not there (yet).
    """
    from todo_mcp.service.work import Work  # noqa: PLC0415 (costs more than the answer to tools/list may take)

    asked = ctx.request_context
    resources = asked.lifespan_context
    home = await resources.starting.get(ctx.report_progress)
    database, now = home.database.within(), resources.clock()
    return Work(
        database=database,
        person=await home.person_now(database, now, _space(asked.request)),
        now=now,
        tool=tool,
        actor=_actor(asked, resources.sidecar_token),
        arguments=arguments or {},
        key=key,
        dry_run=dry_run,
        traceparent=_trace(asked.meta),
    )


def _space(request: object) -> str | None:
    """The space that the URL of the connection names."""
    return request.query_params.get("space") if isinstance(request, Request) else None


def _actor(asked: Asked, token: str | None) -> dict[str, str]:
    """Who calls: the name a client gives itself, and the app whose sidecar vouches for it."""
    params = asked.session.client_params
    client = params.client_info.name[:_LONGEST_CLIENT] if params else "unknown"
    headers: Mapping[str, str] | None = getattr(asked.request, "headers", None)
    return {"client": client} | (_caller(headers, token) if token and headers else {})


def _caller(headers: Mapping[str, str], token: str) -> dict[str, str]:
    """The app that called through its sidecar; anybody else could write the same headers."""
    app = headers.get("dapr-caller-app-id")
    shown = headers.get("dapr-api-token", "")
    if not app or not hmac.compare_digest(shown.encode(), token.encode()):
        return {}
    return {"app": app[:_LONGEST_CLIENT]}


def _trace(meta: Mapping[str, Any] | None) -> str | None:
    """The W3C trace the call belongs to, so that its events carry it on."""
    found = (meta or {}).get("traceparent")
    return found if isinstance(found, str) and len(found) == _TRACEPARENT else None


_LONGEST_CLIENT: Final = 100
_TRACEPARENT: Final = 55
