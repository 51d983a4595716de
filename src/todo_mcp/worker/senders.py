"""Who sends to which kind of channel, by the operator's settings."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Protocol

from todo_mcp.domain.message import Message, Target
from todo_mcp.settings import Settings
from todo_mcp.worker.apprising import Apprising
from todo_mcp.worker.deliveries import Sender
from todo_mcp.worker.reach import Reach, networks


def reach(settings: Settings) -> Reach:
    """The operator's rules.

    Raises:
        RuleError: a network that is none.
    """
    return Reach(
        settings.channel_schemes,
        settings.channel_hosts,
        networks(settings.channel_networks),
        settings.channel_bindings,
    )


@asynccontextmanager
async def senders(settings: Settings) -> AsyncGenerator[Mapping[str, Sender]]:
    """One function for each kind; what they hold open is closed at the end."""
    rules = reach(settings)
    known = {
        "webhook": _Late(partial(_webhooks, rules)),
        "apprise": Apprising(rules),
        "dapr": _Late(partial(_bindings, settings)),
    }
    try:
        yield known
    finally:
        for one in known.values():
            await one.close()


class _Open(Sender, Protocol):
    async def close(self) -> None: ...


class _Late:
    """Comes with the first message: what it imports is dear to a process that sends none."""

    def __init__(self, make: Callable[[], _Open]) -> None:
        self._make = make
        self._real: _Open | None = None

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:
        if self._real is None:
            self._real = self._make()
        await self._real(target, message, now)

    async def close(self) -> None:
        if self._real is not None:
            await self._real.close()


def _webhooks(rules: Reach) -> _Open:
    from todo_mcp.worker.webhook import Webhooks  # noqa: PLC0415 (see above)

    return Webhooks(rules)


def _bindings(settings: Settings) -> _Open:
    from todo_mcp.messaging.bindings import OutputBindings  # noqa: PLC0415 (see above)
    from todo_mcp.messaging.sidecar import Ports, Sidecar  # noqa: PLC0415 (see above)
    from todo_mcp.worker.binding import Bindings  # noqa: PLC0415 (see above)

    return Bindings(settings.channel_bindings, OutputBindings(Sidecar(Ports.of(settings))))
