"""The PostgreSQL server of one folder: made, started, watched and stopped."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from todo_mcp.store.keeper import endpoint, isolation, leftovers
from todo_mcp.store.keeper.advice import explained
from todo_mcp.store.keeper.work import PORT, SUPERUSER, Failure, Work

# Small enough to forget about on a laptop; durability (fsync, synchronous_commit) as PostgreSQL
# has it. What users wrote must not reach the log: no statements, no details, no errors of queries.
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "jit": "off",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
}
# What a search has sorted in is given back to the system after each one, and its pages are faulted in
# again for the next: that took a quarter of it. Up to so much the C library (glibc) keeps.
_KEPT_BYTES = str(16 * 1024 * 1024)
_ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": _KEPT_BYTES, "MALLOC_MMAP_THRESHOLD_": _KEPT_BYTES}
_LOG_BYTES = 4_000_000
_PATIENCE_SECONDS = 60.0
_NOT_READY_SECONDS = 0.01


class Server:
    """A child of this process, started again when asked; never two at once."""

    def __init__(self, work: Work, ending: Callable[[], bool]) -> None:
        self._work = work
        self._ending = ending
        self._child: subprocess.Popen[bytes] | None = None
        self._port = PORT

    def prepare(self) -> None:
        """The folder, made if it is new, and this process no longer root.

        Raises:
            Failure: says what to do.
        """
        right = leftovers.sole_right(self._work, self._ending)
        try:
            leftovers.refuse_strangers(self._work)
            if isolation.leave_root() and not os.access(self._work.home, os.W_OK | os.X_OK):
                raise Failure(
                    f"PostgreSQL, run by root in a user namespace, cannot reach {self._work.home}: "
                    "a folder above it lets in only another user. Set TODO_MCP_DATA_DIR to a "
                    "folder of root, or run todo-mcp as that user."
                )
            if not (self._work.cluster / "PG_VERSION").exists():
                self._make(right)
        finally:
            os.close(right)

    def start(self) -> None:
        """Returns when the server answers, after crash recovery however long it takes.

        Raises:
            Failure: it ended instead.
        """
        right = leftovers.sole_right(self._work, self._ending)
        try:
            leftovers.clear(self._work)
            self._port = endpoint.database_port(self._work)
            start = self._log_size()
            self._child = self._spawn("postgres", *self._options(), keep=right)
        finally:
            os.close(right)
        while not self._answers() and not self._ending():
            if not self.alive():
                raise Failure(explained("PostgreSQL did not start", self._log_since(start)))
            time.sleep(_NOT_READY_SECONDS)

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stopped_on_purpose(self) -> bool:
        """Somebody asked the server itself to stop (`pg_ctl stop`, the system going down)."""
        return self._child is not None and self._child.poll() == 0

    def has_guests(self) -> bool:
        """Whether anybody is connected, `psql` for example, who holds no lease."""
        query = (
            "select count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        host = endpoint.database_host(self._work)
        where = ["-h", host, "-p", str(self._port), "-U", SUPERUSER, "-d", "postgres"]
        asked = subprocess.run(  # noqa: S603 (our own program)
            [self._program("psql"), "-X", "-A", "-t", "-q", *where, "-c", query],
            env={**_environment(), **endpoint.password(self._work)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
        return asked.stdout.strip() not in {b"", b"0"}

    def stop(self) -> None:
        """Returns when no process of the server is left."""
        if self._child is None:
            return
        for how in ("INT", "QUIT", "KILL"):
            if not self.alive() or self._ended_by(how):
                break
        right = leftovers.sole_right(self._work, lambda: False)
        leftovers.clear(self._work)
        os.close(right)

    def trim_log(self) -> None:
        """Keeps two files, about the limit each: the current log and the one before."""
        if self._log_size() > _LOG_BYTES:
            # Copied, not renamed: PostgreSQL goes on appending to the file it has open.
            with suppress(OSError):
                shutil.copyfile(self._work.log, self._work.log.with_suffix(".log.1"))
            with suppress(OSError):
                os.truncate(self._work.log, 0)

    def _make(self, right: int) -> None:
        if self._work.cluster.exists():
            raise Failure(
                f"{self._work.cluster} is not a PostgreSQL folder. Move it away, or set "
                "TODO_MCP_DATA_DIR to another folder."
            )
        # Made beside its place: a half-made one, left by a crash, is never taken for a whole one.
        fresh = self._work.cluster.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        start = self._log_size()
        options = [
            *("-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *endpoint.initdb_options(self._work),
        ]
        if self._spawn("initdb", *options, keep=right).wait() != 0:
            raise Failure(explained("initdb failed", self._log_since(start)))
        fresh.rename(self._work.cluster)

    def _options(self) -> list[str]:
        settings = {**_SETTINGS, **endpoint.server_settings(self._work, self._port)}
        if sys.platform == "win32":
            del settings["unix_socket_permissions"]
        pairs = [f"{name}={value}" for name, value in settings.items()]
        return ["-D", str(self._work.cluster), *(part for pair in pairs for part in ("-c", pair))]

    def _spawn(self, name: str, *options: str, keep: int) -> subprocess.Popen[bytes]:
        keeper = os.getpid()
        with self._work.log.open("ab") as log:
            if sys.platform == "win32":
                return subprocess.Popen(  # noqa: S603 (our own program)
                    [self._program(name), *options],
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    creationflags=subprocess.CREATE_NO_WINDOW,
                )
            return subprocess.Popen(  # noqa: S603 (our own program)
                [self._program(name), *options],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[keep],
                preexec_fn=lambda: isolation.die_with(keeper),  # noqa: PLW1509 (one thread)
            )

    def _program(self, name: str) -> str:
        return str(self._work.programs / (f"{name}.exe" if sys.platform == "win32" else name))

    def _answers(self) -> bool:
        # The first byte of a server that takes connections asks for, or waives, the password.
        user = f"user\0{SUPERUSER}\0database\0postgres\0\0".encode()
        try:
            with endpoint.connect_database(self._work, self._port) as asked:
                asked.settimeout(_PATIENCE_SECONDS)
                asked.sendall(struct.pack("!ii", 8 + len(user), 196608) + user)
                taken = asked.recv(1024).startswith(b"R")
                asked.sendall(b"X" + struct.pack("!i", 4))
                return taken
        except OSError:
            return False

    def _ended_by(self, how: str) -> bool:
        child = self._child
        if child is None:
            return True
        if how == "KILL":
            child.kill()
        elif sys.platform == "win32":
            subprocess.run([self._program("pg_ctl"), "kill", how, str(child.pid)], check=False)  # noqa: S603 (our own program)
        else:
            child.send_signal(signal.Signals[f"SIG{how}"])
        try:
            child.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _log_size(self) -> int:
        try:
            return self._work.log.stat().st_size
        except OSError:
            return 0  # deleted by somebody, which is no reason to fail

    def _log_since(self, start: int) -> str:
        try:
            with self._work.log.open("rb") as log:
                log.seek(start)
                return log.read(20_000).decode(errors="replace")
        except OSError:
            return ""


def _environment() -> dict[str, str]:
    # Nothing of the caller's: PGDATA, PGOPTIONS or a locale this system lacks would change or
    # break the server.
    if sys.platform == "win32":
        kept = ("SYSTEMROOT", "TEMP", "TMP", "PATH")
        return {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251 (Windows programs need these)
    return {"LC_ALL": "C", **_ALLOCATOR}
