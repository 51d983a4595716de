"""One event from a broker: what its handlers make of it, in the words the sidecar understands."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from pydantic_core import from_json

from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bus import Handler
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError, decode

Outcome = Literal["SUCCESS", "RETRY", "DROP"]
HANDLER_SECONDS: Final = 30.0
# A database that is down is no fault of the event: it is held here, as its few retries would be used up
# before the sidecar has noticed. By then the sidecar has, and takes the event back.
HELD_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.2

log = structlog.get_logger()


async def deliver(handlers: Mapping[str, Sequence[Handler]], body: bytes) -> Outcome:
    """DROP makes it a dead letter at once, RETRY after the sidecar's retries."""
    try:
        if nobodys := _of_nobody(handlers, body):
            log.debug("event.answered", event_id=nobodys, outcome="SUCCESS")
            return "SUCCESS"
        event = decode(body)
    except UndecodableError as error:
        log.warning("event.undecodable", reason=str(error))
        return "DROP"
    outcome = await _hand_to(handlers[event.type], event)
    log.debug("event.answered", event_id=str(event.id), outcome=outcome)
    return outcome


async def _hand_to(handlers: Sequence[Handler], event: CloudEvent) -> Outcome:
    for handler in handlers:
        try:
            async with asyncio.timeout(HELD_SECONDS):
                await _handle(handler, event)
        except UndecodableError:
            log.warning("event.undecodable", **_which(handler, event))
            return "DROP"
        except Exception as error:  # noqa: BLE001 (whatever it is, it asks for another try)
            log.warning("event.failed", error=type(error).__name__, **_which(handler, event))
            return "RETRY"
    return "SUCCESS"


def _of_nobody(handlers: Mapping[str, Sequence[Handler]], body: bytes) -> str | None:
    """The id of an event of ours that nobody here handles: one of a newer version needs no decoding.

    Raises:
        UndecodableError: it has no type, or one that is none of ours.
    """
    try:
        head = from_json(body)
        name = head["type"]
    except (ValueError, KeyError, TypeError, IndexError):
        raise UndecodableError("Not a CloudEvent.") from None
    if not isinstance(name, str) or not name.startswith("todo."):
        raise UndecodableError("A type that is none of todo-mcp.")
    return None if name in handlers else _id(head)


def _id(head: dict[str, Any]) -> str:
    """As it may be logged, whoever put it into the topic."""
    try:
        return str(UUID(head["id"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unknown"


async def _handle(handler: Handler, event: CloudEvent) -> None:
    while True:
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                return await handler.handle(event)
        except UnavailableError:
            log.warning("event.held", **_which(handler, event))
        await asyncio.sleep(PAUSE_SECONDS)


def _which(handler: Handler, event: CloudEvent) -> dict[str, str]:
    return {
        "consumer": handler.consumer,
        "event_id": str(event.id),
        "event_type": event.type,
        "subject": event.subject,
    }
