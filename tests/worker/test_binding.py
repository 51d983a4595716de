"""Channels through output bindings, beside a sidecar that speaks Dapr's protocol and records what it is asked.

What only a real sidecar can show is in tests/e2e/stack/test_bindings.py; none that is built here has the
component that is refused.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import grpc
import pytest
from dapr.proto import api_v1
from dapr.proto.runtime.v1 import dapr_pb2_grpc
from google.protobuf.empty_pb2 import Empty

from todo_mcp.clock import utc_now
from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings
from todo_mcp.worker.senders import reach, senders

MESSAGE = Message("d7", "Buy milk", "Reminder")


class Recorder(dapr_pb2_grpc.DaprServicer):
    """A sidecar with these components, whose bindings answer with `told` where that is set."""

    def __init__(self, **components: str) -> None:
        self.components = components
        self.asked: list[Any] = []
        self.told: str | None = None

    async def GetMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (Dapr's name)
        answer = cast("Any", api_v1).GetMetadataResponse()
        for name, kind in self.components.items():
            answer.registered_components.add(name=name, type=kind, version="v1")
        return answer

    async def SetMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 (Dapr's name)
        return Empty()

    async def InvokeBinding(self, request: Any, context: Any) -> Any:  # noqa: N802 (Dapr's name)
        self.asked.append(request)
        if self.told is not None:
            await context.abort(grpc.StatusCode.INTERNAL, self.told)
        return cast("Any", api_v1).InvokeBindingResponse()


@asynccontextmanager
async def beside(recorder: Recorder, *allowed: str) -> AsyncGenerator[Settings]:
    """The settings of a process whose sidecar this is."""
    server = grpc.aio.server()
    cast("Any", dapr_pb2_grpc).add_DaprServicer_to_server(recorder, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    # In a thread: Dapr's client asks for its health without letting the loop go on.
    health = ThreadingHTTPServer(("127.0.0.1", 0), Well)
    answering = Thread(target=health.serve_forever, daemon=True)
    answering.start()
    try:
        yield chosen(
            dapr_grpc_port=port, dapr_http_port=health.server_port, channel_bindings=allowed
        )
    finally:
        await server.stop(None)
        health.shutdown()
        health.server_close()
        answering.join()


class Well(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        """Nobody reads it."""


def chosen(**fields: Any) -> Settings:
    return Settings(**fields)


async def refusal(settings: Settings, name: str) -> SendError:
    async with senders(settings) as known:
        with pytest.raises(SendError) as refused:
            await known["dapr"](Target(f"dapr:{name}"), MESSAGE, utc_now())
    return refused.value


async def test_mail_components_are_never_used_though_the_operator_names_them() -> None:
    # What one request says of recipients stays in that component: mails would go to others.
    recorder = Recorder(post="bindings.smtp")
    async with beside(recorder, "post") as settings:
        error = await refusal(settings, "post")
    assert (error.reason, error.final) == ("binding not allowed", True)
    assert recorder.asked == []


async def test_a_binding_that_is_allowed_no_longer_gets_nothing() -> None:
    recorder = Recorder(hook="bindings.http")
    async with beside(recorder, "other") as settings:
        error = await refusal(settings, "hook")
    assert (error.reason, error.final) == ("binding not allowed", True)
    assert recorder.asked == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("error invoking output binding hook: received status code 503", "http 503"),
        ("error invoking output binding hook: received status code 410", "http 410"),
        ("… hook: circuit breaker is open", "circuit breaker is open"),
        ("… hook: context deadline exceeded", "timeout"),
        ("couldn't find output binding hook", "no such binding"),
        ("binding hook does not support operation create.", "binding takes no messages"),
        ("the text of a task", "refused by the binding"),
    ],
)
async def test_why_a_binding_did_not_take_it_is_said_in_words_of_ours(
    told: str, reason: str
) -> None:
    recorder = Recorder(hook="bindings.http")
    recorder.told = told
    async with beside(recorder, "hook") as settings:
        error = await refusal(settings, "hook")
    assert (error.reason, error.final) == (reason, reason == "http 410")


async def test_a_sidecar_that_is_away_is_no_end_of_a_delivery(unused_tcp_port: int) -> None:
    settings = chosen(
        dapr_http_port=unused_tcp_port, dapr_grpc_port=unused_tcp_port, channel_bindings=("hook",)
    )
    error = await refusal(settings, "hook")
    assert (error.reason, error.final) == ("sidecar away", False)


@pytest.mark.parametrize(
    "url", ["dapr:todo-sweep", "dapr:hook?path=/admin", "dapr:hook/x", "dapr://hook", "dapr:"]
)
def test_only_the_names_that_the_operator_lists_are_bindings(url: str) -> None:
    rules = reach(chosen(channel_bindings=("hook",)))
    assert rules.kind("dapr:hook") == "dapr"
    with pytest.raises(RuleError, match="those allowed are hook"):
        rules.kind(url)


def test_where_no_binding_is_allowed_the_setting_is_named() -> None:
    with pytest.raises(
        RuleError, match=r"none is\. The operator sets them by TODO_MCP_CHANNEL_BIND"
    ):
        reach(chosen()).kind("dapr:hook")
