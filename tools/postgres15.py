"""Run the tests of the store on PostgreSQL 15, the oldest that is supported, on two servers at once.

Uses Debian's packages: installed as root where they are missing, else the run is left out.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
TESTS = (
    "tests/store", "tests/migrations", "tests/service", "tests/worker", "tests/test_relay.py",
    "--ignore=tests/store/embedded", "-m", "not many and not full",
)  # fmt: skip
SETTINGS = ("listen_addresses=", "fsync=off", "max_connections=200")
ROOT = os.geteuid() == 0


def installed() -> bool:
    if not PROGRAMS.exists() and ROOT and shutil.which("apt-get"):
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        for command in ("update", "install -y --no-install-recommends postgresql-15"):
            subprocess.run([*apt, *command.split()], check=False)
    return PROGRAMS.exists()


def program(name: str, *arguments: str | Path) -> list[str | Path]:
    """PostgreSQL does not run as root; its package has an account for it."""
    cloak = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if ROOT else []
    return [*cloak, PROGRAMS / name, *arguments]


@contextmanager
def running(folder: Path) -> Generator[str]:
    """The URL of a new server in the folder."""
    if ROOT:
        shutil.chown(folder, "postgres", "postgres")
    cluster = folder / "cluster"
    subprocess.run(
        program("initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            program("postgres", "-D", cluster, "-k", folder, *settings), stderr=log, cwd=folder
        )
        try:
            while not (folder / ".s.PGSQL.5432").exists():
                if server.poll() is not None:
                    sys.exit((folder / "log").read_text())
                time.sleep(0.05)
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # does not wait for clients
            server.wait()


def main() -> int:
    if not installed():
        print("left out: there is no PostgreSQL 15 here (Debian 12: apt-get install postgresql-15)")
        return 0
    with ExitStack() as stack:
        folders = [stack.enter_context(TemporaryDirectory(prefix="todo-15-")) for _ in range(2)]
        # One for each process: a transaction of another would hold back the event logs on a server.
        urls = [stack.enter_context(running(Path(folder))) for folder in folders]
        given = [f"--database-url={url}" for url in urls]
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(len(urls)), *given, *TESTS]
        print(*command[1:], flush=True)
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
