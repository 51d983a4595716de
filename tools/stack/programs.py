"""Where the stack's programs come from: the environment, PATH, or a build kept in a cache folder."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

HERE: Final = Path(__file__).parent
MODULE: Final = HERE / "dapr"
VERSION: Final = "1.18.1"
DAPR: Final = "github.com/dapr/dapr"
# Debian's names of what a program comes in.
PACKAGES: Final = {"go": "golang-go", "java": "default-jre-headless", "mvn": "maven"}
VARIABLES: Final = {"daprd": "DAPRD", "scheduler": "DAPR_SCHEDULER", "sentry": "DAPR_SENTRY"}
SOURCES: Final = {
    "daprd": "./daprd",
    "scheduler": f"{DAPR}/cmd/scheduler",
    "sentry": f"{DAPR}/cmd/sentry",
}
# `dapr init` installs the runtime beside its command line, which is what people have on PATH.
_INSTALLED: Final = Path.home() / ".dapr" / "bin"


class MissingError(Exception):
    """A program is missing and cannot be had; says which and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    daprd: str
    scheduler: str
    sentry: str
    """Empty where no certificates are wanted."""
    java: str
    kafka: Path
    """The folder of Kafka's jars."""


def gather(environment: Mapping[str, str], *, kafka: bool, mtls: bool) -> Programs:
    """All that are wanted; builds or downloads what is not there, which takes minutes the first time.

    Raises:
        MissingError: a compiler or Java is missing and could not be installed.
    """
    wanted = [name for name in VARIABLES if mtls or name != "sentry"]
    found = {name: _given(name, environment) for name in wanted}
    missing = [name for name, place in found.items() if place is None]
    _provide([*(["go"] if missing else []), *(["java", "mvn"] if kafka else [])])
    built = _dapr(missing)
    return Programs(
        **{"sentry": "", **{name: place or built[name] for name, place in found.items()}},
        java=shutil.which("java") or "java",
        kafka=_jars() if kafka else Path(),
    )


def schemas() -> Path:
    """The folder of Dapr's CRDs, out of its Go module."""
    _provide(["go"])
    with _alone("dapr-crds"):
        told = _run(["go", "mod", "download", "-json", f"{DAPR}@v{VERSION}"], MODULE)
    found = re.search(r'"Dir":\s*"([^"]+)"', told)
    if found is None:
        raise MissingError(
            "The Go module of Dapr could not be had: `go mod download` named no folder."
        )
    return Path(found[1]) / "charts" / "dapr" / "crds"


def _given(name: str, environment: Mapping[str, str]) -> str | None:
    if told := environment.get(VARIABLES[name]):
        if shutil.which(told) is None:
            raise MissingError(f"{VARIABLES[name]}: {told} is no program.")
        return told
    # A `scheduler` or `sentry` on PATH may be anybody's.
    ours = "daprd" if name == "daprd" else str(_INSTALLED / name)
    return shutil.which(ours) or shutil.which(str(_INSTALLED / name))


def _provide(names: list[str]) -> None:
    """Have these on PATH, by the package manager where one may be asked."""
    missing = [name for name in names if shutil.which(name) is None]
    if not missing:
        return
    wanted = [PACKAGES[name] for name in missing]
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", *wanted], check=False)
        missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise MissingError(
            f"Not installed: {', '.join(missing)}. Install {', '.join(wanted)} (Debian's names), or "
            f"set {', '.join(VARIABLES.values())} and KAFKA_BROKERS to what you have."
        )


_BUILD: Final = {"CGO_ENABLED": "0", "GOFLAGS": "-tags=stablecomponents -mod=readonly"}
_STAMP: Final = (
    f"-s -w -X {DAPR}/pkg/buildinfo.version={VERSION} "
    f"-X github.com/dapr/kit/logger.DaprVersion={VERSION}"
)


def _dapr(names: list[str]) -> dict[str, str]:
    """Dapr's programs, built from the module beside this file."""
    if not names:
        return {}
    key = _digest(MODULE / "go.sum", MODULE / "go.mod", MODULE / "daprd" / "main.go")
    with _alone(f"dapr-{key}") as folder:
        for name in names:
            if not (folder / name).exists():
                print(f"building {name} {VERSION} (minutes, once)", file=sys.stderr, flush=True)
                fresh = folder / f"{name}.new"
                _run(
                    ["go", "build", "-ldflags", _STAMP, "-o", str(fresh), SOURCES[name]],
                    MODULE,
                    **_BUILD,
                )
                fresh.rename(folder / name)
    return {name: str(folder / name) for name in names}


def build(folder: Path) -> Path:
    """The program of a Go module of ours, built anew where a file of it changed.

    Raises:
        MissingError: there is no compiler, or it refuses.
    """
    _provide(["go"])
    key = _digest(*sorted(path for path in folder.iterdir() if path.is_file()))
    with _alone(f"{folder.name}-{key}") as cache:
        made = cache / folder.name
        if not made.exists():
            fresh = cache / f"{folder.name}.new"
            _run(
                ["go", "build", "-o", str(fresh), "."],
                folder,
                CGO_ENABLED="0",
                GOFLAGS="-mod=readonly",
            )
            fresh.rename(made)
    return made


def _jars() -> Path:
    """Kafka's jars; Maven checks what it downloads."""
    with _alone(f"kafka-{_digest(HERE / 'kafka' / 'pom.xml')}") as folder:
        jars = folder / "jars"
        if not jars.exists():
            print("fetching Kafka (once)", file=sys.stderr, flush=True)
            fresh = folder / "jars.new"
            shutil.rmtree(fresh, ignore_errors=True)
            _run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"],
                HERE / "kafka",
            )
            fresh.rename(jars)
    return jars


@contextmanager
def _alone(name: str) -> Generator[Path]:
    """A cache folder that no other stack is filling meanwhile."""
    folder = user_cache_path("todo-mcp-stack", appauthor=False) / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _digest(*files: Path) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()[:16]


def _run(command: list[str], folder: Path, **more: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **more},  # noqa: TID251 (handed on to a compiler)
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MissingError(
            f"`{' '.join(command[:3])} …` failed:\n{(done.stderr or done.stdout)[-2000:]}"
        )
    return done.stdout
