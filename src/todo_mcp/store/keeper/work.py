"""What a keeper is told on its command line, and how it fails."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

SUPERUSER = "todo"
PORT = 5432


class Failure(Exception):  # noqa: N818 (a finding for the user, not a bug)
    """PostgreSQL cannot run. The message says why and what to do."""


class Work(NamedTuple):
    """Where one server lives, and how long it stays unused (seconds)."""

    programs: Path
    cluster: Path
    home: Path
    sockets: Path
    log: Path
    idle_seconds: float

    @property
    def door(self) -> Path:
        """Where clients find the keeper: a socket; on Windows a file that names the ports."""
        return self.home / "endpoint.json" if sys.platform == "win32" else self.sockets / "keeper"

    @property
    def secret(self) -> Path:
        """Windows only: what keeper and server ask of a client."""
        return self.home / "secret"


def read(text: str) -> Work:
    told = json.loads(text)
    idle = float(told.pop("idle_seconds"))
    return Work(**{name: Path(path) for name, path in told.items()}, idle_seconds=idle)


def written(work: Work) -> str:
    return json.dumps(work._asdict(), default=str, ensure_ascii=False)


def failed(message: str) -> bytes:
    """The answer to a client that waits for a server that cannot run."""
    return json.dumps({"state": "failed", "why": message}).encode() + b"\n"
