"""Where the processes of a stack can be reached, by what the kernel says of their sockets."""

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from tools.stack import Stack

_LISTEN = "0A"
Address = IPv4Address | IPv6Address


def listening(up: Stack) -> dict[str, list[tuple[Address, int]]]:
    """Of each process, by name: addresses and ports."""
    pids = {name: one.pid for name, one in up.processes.items()}
    if up.database.pid is not None:
        pids["postgres"] = up.database.pid
    heard = dict(_heard())
    return {
        name: sorted((heard[inode] for inode in _sockets(pid) & heard.keys()), key=str)
        for name, pid in pids.items()
    }


def beyond(up: Stack) -> list[tuple[str, str, int]]:
    """What others than this machine can reach: the process, the address, the port."""
    return [
        (name, str(address), port)
        for name, places in listening(up).items()
        for address, port in places
        if not (getattr(address, "ipv4_mapped", None) or address).is_loopback
    ]


def _heard() -> Iterator[tuple[str, tuple[Address, int]]]:
    """All sockets of this machine that take connections, by inode."""
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN:
                address, port = fields[1].split(":")
                yield fields[9], (_address(address), int(port, 16))


def _address(told: str) -> Address:
    """The kernel tells words of 32 bits, each as this machine stores it."""
    words = [int(told[at : at + 8], 16) for at in range(0, len(told), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    return ip_address(socket.inet_ntop(family, packed))


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            kind, _, inode = str(handle.readlink()).partition(":")
            if kind == "socket":
                found.add(inode.strip("[]"))
    return found
