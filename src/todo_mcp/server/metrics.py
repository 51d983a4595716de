"""What a scraper reads at /metrics: gauges in the text format of Prometheus."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from todo_mcp.errors import TodoError

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# By name; what is not here has no meaning to tell.
MEANINGS: Final = {
    "todo_mcp_events_waiting": "Events that are not published yet, counted up to 100,000.",
    "todo_mcp_events_oldest_seconds": "Age of the oldest event that is not published yet.",
    "todo_mcp_events_parked": "Events that the broker refused for good.",
}

Measure: TypeAlias = Callable[[], Awaitable[Mapping[str, float]]]
"""The gauges now. Raises TodoError where they cannot be had."""


def route(measure: Measure) -> Route:
    async def metrics(_: Request) -> Response:
        try:
            gauges = await measure()
        except TodoError as error:
            return PlainTextResponse(f"# {error}\n", 503)
        return PlainTextResponse(_exposition(gauges), headers={"content-type": CONTENT_TYPE})

    return Route("/metrics", metrics, methods=["GET"])


def _exposition(gauges: Mapping[str, float]) -> str:
    lines: list[str] = []
    for name, value in gauges.items():
        lines += [f"# HELP {name} {MEANINGS[name]}", f"# TYPE {name} gauge", f"{name} {value!r}"]
    return "\n".join([*lines, ""])
