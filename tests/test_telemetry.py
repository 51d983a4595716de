"""What reaches the logs, and that nothing a user wrote does."""

import io
import json
import logging
import warnings
from collections.abc import Generator
from typing import Any

import pytest
import structlog

from todo_mcp import telemetry

CANARY = "canary-c4a9"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Generator[io.StringIO]:
    """What the process has logged; logging is put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    telemetry.configure(level="debug", stream=out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields(stream: io.StringIO) -> None:
    structlog.get_logger().info("tool.called", tool="add_task", op="op1", duration_ms=1.5, ok=True)

    [line] = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "tool.called",
        "level": "info",
        "tool": "add_task",
        "op": "op1",
        "duration_ms": 1.5,
        "ok": True,
    }


def test_text_in_other_fields_is_withheld(stream: io.StringIO) -> None:
    structlog.get_logger().warning(
        "task.changed", title=CANARY, tags=[CANARY], more={"notes": CANARY}, task="t1"
    )

    [line] = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["task"] == "t1"
    assert line["title"] == line["tags"] == line["more"] == "(withheld)"


def test_an_event_that_is_no_name_is_withheld(stream: io.StringIO) -> None:
    structlog.get_logger().error(f"could not read {CANARY}")

    assert lines(stream)[0]["event"] == "(withheld)"


def test_bound_context_is_filtered_too(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(tool="add_task", title=CANARY):
        structlog.get_logger().info("tool.called")

    [line] = lines(stream)
    assert (line["tool"], line["title"]) == ("add_task", "(withheld)")


def test_of_an_exception_types_and_places_are_kept(stream: io.StringIO) -> None:
    def read(text: str) -> None:
        try:
            int(text)
        except ValueError as error:
            raise RuntimeError(text) from error

    try:
        read(CANARY)
    except RuntimeError:
        structlog.get_logger().exception("handler.crashed")

    [line] = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["error"] == "RuntimeError < ValueError"
    assert line["frames"][-1].endswith(" read")
    assert "test_telemetry.py:" in line["frames"][0]


def test_of_a_group_of_exceptions_all_are_named(stream: io.StringIO) -> None:
    group = ExceptionGroup(CANARY, [ValueError(CANARY), KeyError(CANARY)])
    structlog.get_logger().error("worker.crashed", exc_info=group)

    assert CANARY not in stream.getvalue()
    assert lines(stream)[0]["error"] == "ExceptionGroup < ValueError < KeyError"


def test_of_libraries_the_template_is_kept_and_the_values_are_not(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("could not read %r", CANARY)
    logging.getLogger("some.library").warning(f"could not read {CANARY}")  # noqa: G004 (as libraries do)

    first, second = lines(stream)
    assert CANARY not in stream.getvalue()
    assert (first["library"], first["template"]) == ("some.library", "could not read %r")
    assert "template" not in second
    assert second["place"].startswith("test_telemetry:")


def test_chatter_of_libraries_is_not_logged(stream: io.StringIO) -> None:
    for name in ("mcp.server", "uvicorn.error", "uvicorn.access", "sqlalchemy.engine", "asyncio"):
        logging.getLogger(name).info("%s", "hello")

    assert stream.getvalue() == ""


def test_warnings_are_logged_like_the_rest(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        telemetry.configure(stream=stream)
        warnings.warn(CANARY, UserWarning, stacklevel=1)

    assert CANARY not in stream.getvalue()
    assert lines(stream)[0]["library"] == "py.warnings"


def test_a_password_in_an_address_is_taken_out(stream: io.StringIO) -> None:
    structlog.get_logger().info("database.reached", url="postgresql://todo:s3cret@db:5432/todo")

    assert lines(stream)[0]["url"] == "postgresql://…@db:5432/todo"


def test_what_is_below_the_level_is_not_logged(stream: io.StringIO) -> None:
    telemetry.configure(level="warning", stream=stream)
    structlog.get_logger().info("tool.called")
    structlog.get_logger().warning("tool.slow")

    assert [line["event"] for line in lines(stream)] == ["tool.slow"]


@pytest.mark.usefixtures("stream")
def test_a_person_at_a_terminal_reads_no_json() -> None:
    terminal = Terminal()
    telemetry.configure(stream=terminal)
    structlog.get_logger().info("server.listening", url="http://127.0.0.1:8321/mcp")

    assert "server.listening" in terminal.getvalue()
    assert "{" not in terminal.getvalue()
