"""Where a user is told: added, confirmed and removed by the user at a terminal, never by a tool.

A target counts once the code that was sent to it has come back. So no text inside a task can make an
agent send data to a new address.
"""

import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    RuleError,
    UnavailableError,
    quoted,
)
from todo_mcp.service.sealing import Sealer
from todo_mcp.store import channels as store
from todo_mcp.store.database import Database

LIMIT: Final = 20
TRIES: Final = 5
CODE_DIGITS: Final = 8
SECRET_BYTES: Final = 24
_LONGEST_NAME: Final = 50
_LONGEST_URL: Final = 2_000

Send = Callable[[str, Target, Message, datetime], Awaitable[None]]


class Rules(Protocol):
    """The operator's, as far as a new target is concerned."""

    def kind(self, url: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Channels:
    """One user's channels. `send` takes the kind of channel first."""

    database: Database
    user: int
    sealer: Sealer
    rules: Rules
    send: Send

    async def add(self, name: str, url: str, now: datetime) -> str | None:
        """Keep the target and send it a code; answers the new secret of a webhook.

        Raises:
            RuleError: name or URL do not fit, or there is no key to seal it with.
            ConflictError: a confirmed channel has the name.
            LimitError: there are too many.
            UnavailableError: the code could not be sent; the same call may be repeated.
        """
        if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or "," in name:
            raise RuleError(
                f"name: {quoted(name)} does not fit. Use 1 to 50 characters, none of them a comma."
            )
        if len(url) > _LONGEST_URL:
            raise RuleError(f"url: is too long; at most {_LONGEST_URL:,} characters.")
        kind = self.rules.kind(url)
        secret = new_secret() if kind == "webhook" else None
        target = Target(url, () if secret is None else (secret,))
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        sealed = self.sealer.seal(target)
        kept = await store.put(
            self.database,
            self.user,
            name,
            kind=kind,
            sealed=sealed,
            code=_hash(name, code),
            most=LIMIT,
        )
        if not kept:
            await self._refuse(name)
        await self._told(kind, target, _code(name, code), now)
        return secret

    async def _refuse(self, name: str) -> None:
        if await store.find(self.database, self.user, name) is None:
            raise LimitError(f"name: there are {LIMIT} channels, which is the most. Remove one.")
        raise ConflictError(
            f"name: {quoted(name)} is a confirmed channel. Remove it, or use another."
        )

    async def confirm(self, name: str, code: str) -> None:
        """From here on, reminders go there.

        Raises:
            NotFoundError: there is no such channel.
            RuleError: it is not the code, or the code is spent.
        """
        digest = _hash(name, code.strip())
        found = await store.confirm(self.database, self.user, name, digest, TRIES)
        if found is None:
            raise await self._unknown(name)
        if found["good"] or found["already"]:
            return
        if found["code_tries"] >= TRIES or not found["fresh"]:
            raise RuleError(
                "code: it was tried too often or is a day old. Add the channel once more."
            )
        raise RuleError(f"code: {quoted(code)} is not what was sent. Look again.")

    async def test(self, name: str, now: datetime) -> None:
        """Send a message that says it is one.

        Raises:
            NotFoundError: there is no such channel.
            UnavailableError: it could not be sent, and why.
        """
        row, target = await self._open(name)
        message = Message(
            f"test-{secrets.token_hex(8)}",
            "Test",
            "This channel of todo-mcp works.",
            "channel.test",
        )
        await self._told(row["kind"], target, message, now)

    async def rotate(self, name: str, *, finish: bool) -> str:
        """A new secret beside the last one; `finish`, the old one is forgotten. Answers the newest.

        Raises:
            NotFoundError: there is no such channel.
            RuleError: it is no webhook.
        """
        row, target = await self._open(name)
        if row["kind"] != "webhook":
            raise RuleError(f"name: {quoted(name)} is no webhook: nothing is signed for it.")
        kept = target.secrets[:1] if finish else (new_secret(), *target.secrets[:1])
        sealed = self.sealer.seal(replace(target, secrets=kept))
        if not await store.reseal(self.database, row["id"], row["sealed"], sealed):
            raise ConflictError(f"name: {quoted(name)} was changed at this moment. Try it again.")
        return kept[0]

    async def remove(self, name: str) -> None:
        """With what waits for it.

        Raises:
            NotFoundError: there is no such channel.
        """
        if not await store.remove(self.database, self.user, name):
            raise await self._unknown(name)

    async def listed(self) -> list[Any]:
        return await store.listed(self.database, self.user)

    async def _open(self, name: str) -> tuple[Any, Target]:
        row = await store.find(self.database, self.user, name)
        if row is None:
            raise await self._unknown(name)
        try:
            return row, self.sealer.open(row["sealed"])
        except SendError:
            raise RuleError(
                "TODO_MCP_CHANNEL_KEYS: none of the keys opens this channel. Set the key it was "
                "made with, or remove it and add it again."
            ) from None

    async def _unknown(self, name: str) -> NotFoundError:
        names = [row["name"] for row in await self.listed()]
        told = f"yours are {', '.join(map(quoted, names))}" if names else "you have none"
        return NotFoundError(f"name: there is no channel {quoted(name)}; {told}.")

    async def _told(self, kind: str, target: Target, message: Message, now: datetime) -> None:
        try:
            await self.send(kind, target, message, now)
        except SendError as error:
            raise UnavailableError(
                f"url: the message was not taken ({error.reason}). Look at the URL and try again."
            ) from None


async def rekey(database: Database, sealer: Sealer) -> tuple[int, int]:
    """Seal all channels of all users with the first key: how many were, and how many no key opens."""
    done, closed, last = 0, 0, 0
    while rows := await store.sealed_after(database, last):
        for row in rows:
            sealed = sealer.again(row["sealed"])
            closed += sealed is None
            if sealed is not None:
                done += await store.reseal(database, row["id"], row["sealed"], sealed)
        last = rows[-1]["id"]
    return done, closed


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def _hash(name: str, code: str) -> str:
    return hashlib.sha256(f"{name}:{code}".encode()).hexdigest()


def _code(name: str, code: str) -> Message:
    return Message(
        f"code-{secrets.token_hex(8)}",
        "Confirm this channel",
        f"The code is {code}. To be reminded here: todo-mcp channels confirm '{name}' {code}",
        "channel.code",
    )
