"""Dead letters in the table: of the in-process bus, and what the relay parked."""

from collections.abc import Iterable
from typing import Final

from todo_mcp.errors import TodoError
from todo_mcp.messaging.bus import Handler, Publish
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError, wrap
from todo_mcp.messaging.letters import Letter
from todo_mcp.store.database import Database
from todo_mcp.store.dead_letters import Buried, buried, bury, unearth
from todo_mcp.store.events import PARKER

_NONE: Final = "nothing here handles events for it"


class TableLetters:
    def __init__(self, database: Database, handlers: Iterable[Handler], publish: Publish) -> None:
        self._database = database
        self._handlers = {handler.consumer: handler for handler in handlers}
        self._publish = publish
        self._buried: dict[str, Buried] = {}

    async def read(self) -> list[Letter]:
        """In the order of the log."""
        self._buried = {
            f"{one.consumer}:{one.entry.id}": one for one in await buried(self._database)
        }
        return [_letter(name, one) for name, one in self._buried.items()]

    async def replay(self, letter: Letter) -> str | None:
        """To its handler, or to the bus where the relay had parked it."""
        one = self._buried[letter.id]
        try:
            reason = await self._again(one)
        except (TodoError, UndecodableError) as error:
            reason = str(error)
        if reason is None:
            await unearth(self._database, one)
            return None
        await bury(
            self._database, one.entry.space, one.entry.id, consumer=one.consumer, reason=reason
        )
        return reason

    async def drop(self, letter: Letter) -> None:
        await unearth(self._database, self._buried[letter.id])

    async def _again(self, one: Buried) -> str | None:
        event: CloudEvent = wrap(one.entry)
        if one.consumer == PARKER:
            refused = await self._publish([event])
            return refused[0].reason if refused else None
        handler = self._handlers.get(one.consumer)
        if handler is None:
            return _NONE
        await handler.handle(event)
        return None


def _letter(name: str, one: Buried) -> Letter:
    try:
        event = wrap(one.entry)
    except UndecodableError:
        return Letter(name, one.at, one.entry.type, None, one.reason, b"{}")
    return Letter(name, one.at, event.type, event.subject, one.reason, event.to_json())
