"""Free ports of 127.0.0.1."""

import random
import socket
from contextlib import closing
from typing import Final

# Below what the kernel gives to outgoing connections: a program that is restarted finds its port free.
FIRST, LAST = 12_000, 32_000
_RANDOM: Final = random.SystemRandom()


def free(*names: str) -> dict[str, int]:
    """One port for each name. At random, so that two stacks that start at once are not after the same."""
    found: dict[str, int] = {}
    while len(found) < len(names):
        port = _RANDOM.randrange(FIRST, LAST)
        if port not in found.values() and _is_free(port):
            found[names[len(found)]] = port
    return found


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
