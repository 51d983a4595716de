"""Where a keeper and its server listen: sockets in a private folder; on Windows loopback."""

# Windows has no sockets that only their owner may open, so there both ask for a secret that only
# the owner may read.

import json
import os
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

from todo_mcp.store.keeper.work import PORT, Failure, Work


def listen(work: Work) -> tuple[socket.socket, bytes]:
    """The keeper's listening socket, and the word a client must know (empty on POSIX)."""
    if sys.platform == "win32":
        return _listen_on_loopback(work)
    private(work.sockets)
    work.door.unlink(missing_ok=True)  # we hold the lock, so whoever made it is dead
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(work.door))
    listener.listen(128)
    return listener, b""


def private(folder: Path) -> None:
    """Make a folder that only its owner can enter: whoever enters it can use the database.

    Raises:
        Failure: there is something else in its place, somebody's trap perhaps.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform == "win32":
        return  # the user's profile keeps others out
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
        raise Failure(
            f"{folder} must be a folder that only you can enter, as the database's socket lies in "
            "it, but it belongs to another user or is open to others. Remove it, or set "
            "TODO_MCP_DATA_DIR to another folder (a short path keeps the socket inside it)."
        )


def close(work: Work, listener: socket.socket) -> None:
    """Nobody can come in any more; those inside stay."""
    listener.close()
    if sys.platform != "win32":
        work.door.unlink(missing_ok=True)


def leave(work: Work) -> None:
    """Nothing of ours stays outside the data folder."""
    if work.sockets != work.home:
        with suppress(OSError):
            work.sockets.rmdir()


def database_host(work: Work) -> str:
    return "127.0.0.1" if sys.platform == "win32" else str(work.sockets)


def database_port(work: Work) -> int:
    """The port to start the server on."""
    if sys.platform != "win32":
        return PORT
    known = _published(work).get("database_port", 0)
    port = _free_port(known) or _free_port(0)
    _publish(work, {**_published(work), "database_port": port})
    return port


def server_settings(work: Work, port: int) -> dict[str, str]:
    if sys.platform == "win32":
        return {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    quoted = str(work.sockets).replace('"', '""')
    return {
        "listen_addresses": "",
        "port": str(port),
        "unix_socket_directories": f'"{quoted}"',
    }


def initdb_options(work: Work) -> list[str]:
    """Who may connect: on POSIX whoever can enter the folder of the socket, nobody over TCP."""
    if sys.platform == "win32":
        return ["--auth=scram-sha-256", f"--pwfile={work.secret}"]
    return ["--auth-local=trust", "--auth-host=reject"]


def password(work: Work) -> dict[str, str]:
    if sys.platform == "win32":
        return {"PGPASSWORD": work.secret.read_text()}
    return {}


def connect_database(work: Work, port: int) -> socket.socket:
    if sys.platform == "win32":
        return socket.create_connection(("127.0.0.1", port), 5)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(work.sockets / f".s.PGSQL.{port}"))
    except OSError:
        connection.close()
        raise
    return connection


def _listen_on_loopback(work: Work) -> tuple[socket.socket, bytes]:
    secret = work.secret
    if not secret.exists():
        secret.write_text(os.urandom(24).hex())
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    _publish(work, {**_published(work), "keeper_port": int(listener.getsockname()[1])})
    return listener, secret.read_bytes()


def _published(work: Work) -> dict[str, int]:
    try:
        return json.loads(work.door.read_text())
    except (OSError, ValueError):
        return {}


def _publish(work: Work, ports: dict[str, int]) -> None:
    fresh = work.door.with_suffix(".new")
    fresh.write_text(json.dumps(ports))
    fresh.replace(work.door)


def _free_port(wanted: int) -> int:
    try:
        with socket.create_server(("127.0.0.1", wanted)) as probe:
            return int(probe.getsockname()[1])
    except OSError:
        return 0
