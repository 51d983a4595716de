"""Targets and secrets of channels, as they are stored: sealed with keys of the operator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pydantic_core import from_json, to_json

from todo_mcp.domain.message import SendError, Target
from todo_mcp.errors import RuleError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

MAKE: Final = "`todo-mcp channels key` makes one; keep it where your other secrets are."


class Sealer:
    """The first key seals; all of them open, so that keys can be changed while running."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys of TODO_MCP_CHANNEL_KEYS.

        Raises:
            RuleError: one is no key.
        """
        self._keys: MultiFernet | None = None
        if not keys:
            return
        from cryptography import fernet  # noqa: PLC0415 (megabytes, for few)

        try:
            self._keys = fernet.MultiFernet([fernet.Fernet(key) for key in keys])
        except ValueError:
            raise RuleError(f"TODO_MCP_CHANNEL_KEYS: one is no key. {MAKE}") from None

    def _all(self) -> "MultiFernet":
        if self._keys is None:
            raise RuleError(f"TODO_MCP_CHANNEL_KEYS: is not set, so no target can be kept. {MAKE}")
        return self._keys

    def seal(self, target: Target) -> str:
        """A text that only the keys open.

        Raises:
            RuleError: there is no key.
        """
        whole = to_json({"url": target.url, "secrets": target.secrets})
        return self._all().encrypt(whole).decode()

    def open(self, sealed: str | None) -> Target:
        """What was sealed.

        Raises:
            SendError: none of the keys opens it.
        """
        if self._keys is None or sealed is None:
            raise SendError("no key")
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 (as above)

        try:
            found = from_json(self._keys.decrypt(sealed))
        except InvalidToken:
            raise SendError("no key") from None
        return Target(found["url"], tuple(found["secrets"]))

    def again(self, sealed: str) -> str | None:
        """The same under the first key; None where no key opens it.

        Raises:
            RuleError: there is no key.
        """
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 (as above)

        try:
            return self._all().rotate(sealed).decode()
        except InvalidToken:
            return None


def new_key() -> str:
    from cryptography.fernet import Fernet  # noqa: PLC0415 (as above)

    return Fernet.generate_key().decode()
