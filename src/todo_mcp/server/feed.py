"""`GET /feed/<token>.ics`: a calendar of the open tasks, for whoever has the secret address."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from todo_mcp.errors import LimitError, TodoError
from todo_mcp.server.context import Resources

if TYPE_CHECKING:
    from todo_mcp.service.calendar.feeding import Reading

PATH: Final = "/feed/{token}.ics"
LOOKS: Final = 30  # at one feed within PERIOD_SECONDS
PERIOD_SECONDS: Final = 60.0
AT_ONCE: Final = 2  # feeds that are written at the same time
HEADERS: Final = {
    "cache-control": "private, max-age=60",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Feeds:
    """Serves feeds at a pace that leaves the tools their share."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._looks: dict[tuple[int, int], deque[float]] = {}
        self._writing = asyncio.Semaphore(AT_ONCE)

    async def serve(self, request: Request) -> Response:
        try:
            return await self._serve(request)
        except LimitError as error:
            return PlainTextResponse(f"{error}\n", 413)
        except TodoError as error:
            return PlainTextResponse(f"{error}\n", 503, {"retry-after": "5"})

    async def _serve(self, request: Request) -> Response:
        from todo_mcp.service.calendar import feeding  # noqa: PLC0415 (imports SQL)

        home = await self._resources.starting.get()
        database = home.database.within()
        feed = await feeding.feed_of(database, request.path_params["token"])
        if feed is None:
            return PlainTextResponse("There is no such feed.\n", 404)
        if not self._may_look((feed.space, feed.id)):
            return PlainTextResponse(
                "Too many requests for this feed.\n", 429, {"retry-after": f"{PERIOD_SECONDS:.0f}"}
            )
        return await self._answer(request, feeding.Reading(database, feed, self._resources.clock()))

    async def _answer(self, request: Request, reading: "Reading") -> Response:
        etag = (
            await reading.etag()
        )  # before the tasks are read: a change meanwhile is seen next time
        headers = HEADERS | {"etag": etag}
        if _known(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        async with self._writing:
            body = await reading.body()
        return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")

    def _may_look(self, feed: tuple[int, int]) -> bool:
        now = asyncio.get_running_loop().time()
        looks = self._looks.setdefault(feed, deque(maxlen=LOOKS))
        if len(looks) == LOOKS and now - looks[0] < PERIOD_SECONDS:
            return False
        looks.append(now)
        return True


def _known(said: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in said.split(",")}
    return etag in tags or "*" in tags


def route(resources: Resources) -> Route:
    return Route(PATH, Feeds(resources).serve, methods=["GET"])
