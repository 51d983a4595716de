"""Channels of the form `dapr:<binding>`: messages go through an output binding of the sidecar."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final

from pydantic_core import to_json

from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.errors import UnavailableError
from todo_mcp.messaging.bindings import OutputBindings
from todo_mcp.messaging.sidecar import SidecarError
from todo_mcp.worker.reach import binding_of
from todo_mcp.worker.webhook import GONE, payload

# What one request says of recipients stays in this component, and meets with the mails of others.
NEVER: Final = "bindings.smtp"
_STATUS: Final = re.compile(r"received status code (\d{3})")
# The sidecar's words for what people can do something about; its errors have one code for all.
_REASONS: Final = {
    "circuit breaker is open": "circuit breaker is open",
    "couldn't find output binding": "no such binding",
    "does not support operation": "binding takes no messages",
    "deadline exceeded": "timeout",
}


class Bindings:
    """Sends through those bindings that the operator has named."""

    def __init__(self, allowed: Collection[str], bindings: OutputBindings) -> None:
        self._allowed = allowed
        self._bindings = bindings

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:
        """Hand it to the sidecar. The id is in the body as well: not every binding has headers.

        Raises:
            SendError: the binding may not be used, or did not take it.
        """
        name = binding_of(target.url)
        if name not in self._allowed:
            raise SendError("binding not allowed", final=True)
        body = to_json({"id": message.id, **payload(message, now)})
        try:
            if await self._bindings.component(name) == NEVER:
                raise SendError("binding not allowed", final=True)
            await self._bindings.send(name, body, {"Webhook-Id": message.id})
        except UnavailableError:
            raise SendError("sidecar away") from None
        except SidecarError as error:
            raise _refusal(error.details) from None

    async def close(self) -> None:
        await self._bindings.close()


def _refusal(details: str) -> SendError:
    if found := _STATUS.search(details):
        return SendError(f"http {found[1]}", final=found[1] == str(GONE))
    for words, reason in _REASONS.items():
        if words in details:
            return SendError(reason)
    return SendError("refused by the binding")
