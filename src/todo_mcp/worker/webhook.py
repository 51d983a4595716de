"""Webhooks, signed after Standard Webhooks (https://www.standardwebhooks.com)."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import socket
import ssl
from datetime import datetime
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic_core import to_json
from yarl import URL

from todo_mcp.domain.message import Message, SendError, Target
from todo_mcp.ids import short
from todo_mcp.worker.reach import Reach

SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
PREFIX: Final = "whsec_"
_READ: Final = 16_384  # of an answer, whose content means nothing
GONE: Final = 410


class Webhooks:
    """Sends to the addresses it has checked: a name that changes meanwhile changes nothing."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, target: Target, message: Message, now: datetime) -> None:
        """Post it.

        Raises:
            SendError: it was not taken with a 2xx.
        """
        try:
            url = URL(target.url)
        except ValueError:
            raise SendError("url not understood", final=True) from None
        if not url.host or not self._reach.names(url.host):
            raise SendError("host not allowed", final=True)
        if _literal(url.host):  # the resolver is not asked about these
            self._reach.check(url.host, [url.host])
        body = to_json(payload(message, now))
        headers = signed(target.secrets, message.id, now, body)
        status = await self._post(url, body, headers)
        if not 200 <= status < 300:  # noqa: PLR2004
            raise SendError(_reason(status), final=status == GONE)

    async def _post(self, url: URL, body: bytes, headers: dict[str, str]) -> int:
        session = self._session = self._session or _session(self._reach)
        sending = session.post(url, data=body, headers=headers, allow_redirects=False)
        try:
            async with sending as answer:
                await answer.content.read(_READ)
                return answer.status
        except TimeoutError:
            raise SendError("timeout") from None
        except aiohttp.ClientConnectorCertificateError:
            raise SendError("certificate not trusted") from None
        except (aiohttp.ClientError, OSError):
            raise SendError("unreachable") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _session(reach: Reach) -> aiohttp.ClientSession:
    # aiohttp's own context is of the time it was imported: SSL_CERT_FILE set later would not count.
    connector = aiohttp.TCPConnector(
        resolver=_Checked(reach), use_dns_cache=False, limit=512, ssl=ssl.create_default_context()
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=SECONDS, sock_connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "todo-mcp"},
    )


class _Checked(AbstractResolver):
    """Answers addresses only where all of them may be reached; those are connected to."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        addresses = [(kind, proto, str(sockaddr[0])) for kind, _, proto, _, sockaddr in found]
        self._reach.check(host, [address for _, _, address in addresses])
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, proto, address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def payload(message: Message, now: datetime) -> dict[str, Any]:
    data: dict[str, Any] = {"subject": message.subject, "text": message.text}
    if message.items:
        data["notifications"] = [
            {
                "id": short("notification", item.notification),
                "task": short("task", item.task),
                "title": item.title,
                "at": item.fired,
                **({"due": item.due_at or item.due_on} if item.due_at or item.due_on else {}),
            }
            for item in message.items
        ]
    if message.more:
        data["more"] = message.more
    return {"type": f"todo.{message.kind}", "timestamp": now, "data": data}


def signed(secrets: tuple[str, ...], key: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers; one signature for each secret, so that a receiver may change over at its leisure."""
    stamp = str(int(now.timestamp()))
    whole = b".".join((key.encode(), stamp.encode(), body))
    marks = [
        base64.b64encode(hmac.digest(_key(secret), whole, hashlib.sha256)) for secret in secrets
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{mark.decode()}" for mark in marks),
    }


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise SendError("secret not understood", final=True) from None


def _reason(status: int) -> str:
    return "redirect" if 300 <= status < 400 else f"http {status}"  # noqa: PLR2004
