"""Who sends to which kind of channel, by the operator's settings."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from todo_mcp.domain.message import Message, Target
from todo_mcp.settings import Settings
from todo_mcp.worker.apprising import Apprising
from todo_mcp.worker.deliveries import Sender
from todo_mcp.worker.reach import Reach, networks

if TYPE_CHECKING:
    from todo_mcp.worker.webhook import Webhooks


def reach(settings: Settings) -> Reach:
    """The operator's rules.

    Raises:
        RuleError: a network that is none.
    """
    return Reach(
        settings.channel_schemes, settings.channel_hosts, networks(settings.channel_networks)
    )


@asynccontextmanager
async def senders(settings: Settings) -> AsyncGenerator[Mapping[str, Sender]]:
    """One function for each kind; what they hold open is closed at the end."""
    rules = reach(settings)
    webhooks, apprising = _Webhooks(rules), Apprising(rules)
    try:
        yield {"webhook": webhooks, "apprise": apprising}
    finally:
        await webhooks.close()
        await apprising.close()


class _Webhooks:
    """Comes with the first webhook: what it imports is dear to a process that sends none."""

    def __init__(self, rules: Reach) -> None:
        self._rules = rules
        self._real: Webhooks | None = None

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:
        if self._real is None:
            from todo_mcp.worker.webhook import Webhooks  # noqa: PLC0415 (see above)

            self._real = Webhooks(self._rules)
        await self._real(target, message, now)

    async def close(self) -> None:
        if self._real is not None:
            await self._real.close()
