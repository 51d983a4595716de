"""What the sidecar calls: events, the alarm, the sweep and its question whether we are well."""

import hmac
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import Handler, by_type
from todo_mcp.messaging.envelope import UndecodableError, decode
from todo_mcp.store.database import Database
from todo_mcp.worker import timers
from todo_mcp.worker.alarm import JOB, Alarm
from todo_mcp.worker.delivering import deliver
from todo_mcp.worker.health import Health

TOKEN: Final = "dapr-api-token"  # noqa: S105 (the header's name)

Answer: TypeAlias = Callable[[Request], Awaitable[Response]]
log = structlog.get_logger()


class Working:
    """What the routes work with, once the database is there."""

    def __init__(
        self,
        database: Database,
        handlers: Iterable[Handler],
        alarm: Alarm | None,
        health: Health,
    ) -> None:
        self.database = database
        self.health = health
        self.alarm = alarm
        self.handlers = by_type([*handlers, *([alarm.handler] if alarm else [])])


@dataclass
class Face:
    """The routes of one worker; without `working` it is not well, and the sidecar sends nothing."""

    token: str
    cron: bool
    job: bool
    working: Working | None = None

    def app(self) -> Starlette:
        """A wake-up that is turned off has no route: the sidecar then lets it be."""
        routes = [
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/events", self._guarded(self.events), methods=["POST"]),
            Route("/events/dead", self._guarded(self.dead), methods=["POST"]),
        ]
        if self.cron:
            path = "/bindings/todo-sweep"
            routes += [
                Route(path, _here, methods=["OPTIONS"]),
                Route(path, self._guarded(self.sweep), methods=["POST"]),
            ]
        if self.job:
            routes.append(Route(f"/job/{JOB}", self._guarded(self.ring), methods=["POST"]))
        return Starlette(routes=routes)

    def _guarded(self, answer: Answer) -> Answer:
        """Nobody but the sidecar knows the token."""

        async def guarded(request: Request) -> Response:
            shown = request.headers.get(TOKEN, "")
            if not hmac.compare_digest(shown.encode(), self.token.encode()):
                return JSONResponse({"error": "this wants the sidecar's token"}, 401)
            return await answer(request)

        return guarded

    async def healthz(self, _: Request) -> Response:
        """Well while the database is: a sidecar that hears otherwise leaves events where they are."""
        if self.working is None:
            return JSONResponse({"status": "starting"}, 503)
        if not await self.working.health.is_well():
            return JSONResponse({"status": "not well"}, 503)
        return JSONResponse({"status": "well"})

    async def events(self, request: Request) -> Response:
        if self.working is None:
            return JSONResponse({"status": "RETRY"})
        outcome = await deliver(self.working.handlers, await request.body())
        return JSONResponse({"status": outcome})

    async def dead(self, request: Request) -> Response:
        """Told where an operator looks; the topic keeps it."""
        log.error("event.dead", **_named(await request.body()))
        return JSONResponse({"status": "SUCCESS"})

    async def sweep(self, _: Request) -> Response:
        fired = await self._fired()
        return JSONResponse({"fired": fired}) if fired is not None else _not_now()

    async def ring(self, _: Request) -> Response:
        """The alarm clock rang: whatever is left is what it is set to next."""
        fired = await self._fired()
        if fired is None or self.working is None:
            return _not_now()
        if self.working.alarm is not None:
            await self.working.alarm.follow()
        return JSONResponse({"fired": fired})

    async def _fired(self) -> int | None:
        if self.working is None:
            return None
        try:
            return await timers.sweep(self.working.database)
        except UnavailableError:
            return None


def _named(body: bytes) -> dict[str, str]:
    try:
        event = decode(body)
    except UndecodableError:
        return {"reason": "undecodable"}
    return {"event_id": str(event.id), "event_type": event.type}


async def _here(_: Request) -> Response:
    return Response()


def _not_now() -> Response:
    return JSONResponse({"status": "no database"}, 503)
