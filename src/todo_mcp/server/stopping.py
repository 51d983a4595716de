"""How a process is told to end, and does."""

import asyncio
import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
GRACE_SECONDS: Final = 2.8


@contextmanager
def until_told(grace_seconds: float = GRACE_SECONDS) -> Generator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, for as long as the block runs.

    A second signal ends the process at once, and so does a clean end that takes longer than the
    grace: a client that no longer reads must not keep us alive.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear(number: int, _: FrameType | None) -> None:
        if told.is_set():
            os._exit(128 + number)
        last_resort = threading.Timer(grace_seconds, os._exit, (128 + number,))
        last_resort.daemon = True
        last_resort.start()
        loop.call_soon_threadsafe(told.set)

    before: dict[signal.Signals, Any] = {sent: signal.signal(sent, hear) for sent in SIGNALS}
    try:
        yield told
    finally:
        # Once told, stay deaf: restoring the defaults would turn a repeated signal into a crash.
        for sent, handler in before.items():
            signal.signal(sent, signal.SIG_IGN if told.is_set() else handler)
