"""Keeps one PostgreSQL server for as long as anybody uses it."""

# Every client holds a connection to the keeper. The kernel closes it when the client dies, however
# it dies, so nobody has to count, ping or clean up.

import os
import selectors
import signal
import socket
import sys
import time
from types import FrameType

from todo_mcp.store.keeper import endpoint, locks, work as orders
from todo_mcp.store.keeper.advice import explained
from todo_mcp.store.keeper.server import Server

_BUSY = 75
_GLANCE_SECONDS = 1.0 if sys.platform == "win32" else 60.0  # there, no signal tells of a dead child
_CRASHES, _CRASH_SECONDS = 3, 60.0
_READY, _STOPPED = b'{"state": "ready"}\n', b'{"state": "stopped"}\n'


class Keeper:
    """One thread that waits for clients, for the server's death and for signals."""

    def __init__(self, work: orders.Work, listener: socket.socket, secret: bytes) -> None:
        self._work = work
        self._listener = listener
        self._secret = secret
        self._server = Server(work, lambda: self._ending)
        self._leases: set[socket.socket] = set()
        self._strangers: set[socket.socket] = set()
        self._crashes: list[float] = []
        self._ending = False
        self._ready = selectors.DefaultSelector()
        self._alarm = socket.socketpair()

    def run(self) -> None:
        self._heed_signals()
        try:
            self._server.prepare()
            self._server.start()
            self._serve()
        except orders.Failure as failure:
            self._tell_failure(str(failure))
        except OSError as error:
            self._tell_failure(explained("PostgreSQL could not be started", str(error)))
        finally:
            endpoint.close(self._work, self._listener)
            self._server.stop()
            endpoint.leave(self._work)
        if self._ending:
            self._tell_all(_STOPPED)

    def _heed_signals(self) -> None:
        woken, waker = self._alarm
        for end in self._alarm:
            end.settimeout(0)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._ready.register(woken, selectors.EVENT_READ, lambda: woken.recv(4096))
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _end(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self._ending = True

    def _serve(self) -> None:
        self._listener.settimeout(0)
        self._ready.register(self._listener, selectors.EVENT_READ, self._welcome)
        unused_since = time.monotonic()
        while not self._ending:
            left = unused_since + self._work.idle_seconds - time.monotonic()
            wait = _GLANCE_SECONDS if self._leases else min(max(left, 0), _GLANCE_SECONDS)
            for key, _ in self._ready.select(wait):
                key.data()
            self._server.trim_log()
            if not self._server.alive():
                self._revive()
            if self._leases:
                unused_since = time.monotonic()
            elif time.monotonic() - unused_since >= self._work.idle_seconds:
                self._ending = not self._server.has_guests()
                unused_since = time.monotonic()

    def _welcome(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        client.settimeout(0)
        self._strangers.add(client)
        self._ready.register(client, selectors.EVENT_READ, lambda: self._hear(client))

    def _hear(self, client: socket.socket) -> None:
        """A stranger says what it wants in one line; later only its end is of interest."""
        try:
            wish, _, secret = client.recv(1024).rstrip(b"\n").partition(b" ")
            known = client in self._strangers and secret == self._secret
            if known and wish == b"lease":
                client.send(_READY)
                self._strangers.discard(client)
                self._leases.add(client)
            elif known and wish == b"stop":
                self._ending = True
            else:
                self._part(client)
        except OSError:
            self._part(client)  # it died since

    def _part(self, client: socket.socket) -> None:
        self._ready.unregister(client)
        self._leases.discard(client)
        self._strangers.discard(client)
        client.close()

    def _revive(self) -> None:
        """After a crash clients find the server again where it was; asked to stop, it stays so."""
        now = time.monotonic()
        self._crashes = [at for at in self._crashes if now - at < _CRASH_SECONDS] + [now]
        if self._server.stopped_on_purpose() or not self._leases:
            self._ending = True
        elif len(self._crashes) > _CRASHES:
            raise orders.Failure(f"PostgreSQL crashes again and again; see {self._work.log}.")
        else:
            self._server.start()

    def _tell_failure(self, message: str) -> None:
        """The client that started us is on its way; wait for it, unless it was killed."""
        self._listener.settimeout(2)
        try:
            while True:
                client, _ = self._listener.accept()
                self._listener.settimeout(0)
                with client:
                    client.settimeout(1)
                    client.recv(1024)
                    client.sendall(orders.failed(message))
        except OSError:
            return

    def _tell_all(self, line: bytes) -> None:
        for client in self._leases:
            try:
                client.send(line)
            except OSError:
                continue


def main(told: str) -> int:
    """0 when a keeper has gone to the background and listens, 75 when another has the folder."""
    work = orders.read(told)
    lock = locks.take(work.home / "keeper.lock")
    if lock is None:
        return _BUSY
    listener, secret = endpoint.listen(work)
    # The client waits for this process; the one that goes on is nobody's child, so no zombie.
    if sys.platform == "win32" or os.fork() == 0:
        Keeper(work, listener, secret).run()
        os._exit(0)  # lock and clients' connections close together: who sees one end can start anew
    return 0
