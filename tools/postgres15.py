"""Run the tests of the store on PostgreSQL 15, the oldest that is supported.

Uses Debian's packages: installed as root where they are missing, else the run is left out.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
TESTS = (
    "tests/store", "tests/migrations", "tests/service", "tests/worker", "tests/test_relay.py",
    "--ignore=tests/store/embedded",
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


def run_on(folder: Path) -> int:
    cluster = folder / "cluster"
    subprocess.run(
        program("initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        program("postgres", "-D", cluster, "-k", folder, *settings), stderr=log, cwd=folder
    )
    try:
        while not (folder / ".s.PGSQL.5432").exists():
            if server.poll() is not None:
                print((folder / "log").read_text(), file=sys.stderr)
                return 1
            time.sleep(0.05)
        url = f"postgresql://postgres@/postgres?host={folder}"
        # One process: a transaction of another would hold back the event logs on this server.
        tests = ["-m", "pytest", "-q", f"--database-url={url}", *TESTS]
        return subprocess.run([sys.executable, *tests], check=False).returncode
    finally:
        server.send_signal(signal.SIGINT)  # does not wait for clients
        server.wait()
        log.close()


def main() -> int:
    if not installed():
        print("left out: there is no PostgreSQL 15 here (Debian 12: apt-get install postgresql-15)")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="todo-15-"))
    try:
        if ROOT:
            shutil.chown(folder, "postgres", "postgres")
        return run_on(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
