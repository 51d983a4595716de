"""Where messages may go: which schemes and names, and never to addresses inside."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

from todo_mcp.domain.message import SendError
from todo_mcp.errors import RuleError, quoted

Network = IPv4Network | IPv6Network
BINDING: Final = "dapr:"
# What `is_global` lets through and leads inside: the wire server of Azure, and IPv4 inside of IPv6.
_INSIDE: Final = tuple(
    ip_network(text)
    for text in ("168.63.129.16/32", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The operator's rules. Without `hosts` any name will do; `networks` are reached though inside.

    `bindings` are those of the sidecar that a channel may lead to.
    """

    schemes: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    networks: tuple[Network, ...] = field(default=())
    bindings: tuple[str, ...] = ()

    def kind(self, url: str) -> str:
        """Who sends to this URL: `webhook`, `dapr` or `apprise`.

        Raises:
            RuleError: its scheme or binding is not allowed, or it is a webhook without a host or
                with a login.
        """
        if url.startswith(BINDING):
            self._check_binding(binding_of(url))
            return "dapr"
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            raise RuleError("url: is no URL. Use e.g. https://example.com/hook.") from None
        if parts.scheme not in self.schemes:
            raise RuleError(
                f"url: its scheme is not allowed; those allowed are {', '.join(self.schemes)}. "
                "The operator sets them by TODO_MCP_CHANNEL_SCHEMES."
            )
        if parts.scheme not in ("http", "https"):
            return "apprise"
        if not host or parts.username is not None:
            raise RuleError(
                "url: a webhook needs a host and takes no login. Leave user:password@ out."
            )
        if not self.names(host):
            raise RuleError(
                "url: its host is not allowed; the operator sets TODO_MCP_CHANNEL_HOSTS."
            )
        return "webhook"

    def _check_binding(self, name: str) -> None:
        if name not in self.bindings:
            told = f"those allowed are {', '.join(self.bindings)}" if self.bindings else "none is"
            raise RuleError(
                f"url: {quoted(name)} is no binding that is allowed; {told}. "
                "The operator sets them by TODO_MCP_CHANNEL_BINDINGS."
            )

    def names(self, host: str) -> bool:
        """Whether messages may go to a host of this name."""
        name = host.rstrip(".").lower()
        return not self.hosts or any(fnmatchcase(name, pattern.lower()) for pattern in self.hosts)

    def admits(self, text: str) -> bool:
        """Whether messages may go to this address."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self.networks):
            return True
        return _outside(address)

    def check(self, host: str, addresses: Iterable[str]) -> None:
        """Refuse a host when any of its addresses lies inside: which one is taken is not ours to say.

        Raises:
            SendError: it may not be reached.
        """
        if not self.names(host):
            raise SendError("host not allowed", final=True)
        if not all(self.admits(address) for address in addresses):
            raise SendError("address not allowed", final=True)


def binding_of(url: str) -> str:
    """The name in `dapr:<name>`: all that follows, so that nothing can be put beside it."""
    return url.removeprefix(BINDING)


def _outside(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _INSIDE)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks an operator has named.

    Raises:
        RuleError: one is none.
    """
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError:
        raise RuleError(
            "TODO_MCP_CHANNEL_NETWORKS: must be networks such as 10.1.0.0/16, by commas."
        ) from None
