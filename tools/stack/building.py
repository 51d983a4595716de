"""What the stack builds of Go modules, kept in a cache folder, and the compiler it needs for that."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

MODULE: Final = Path(__file__).parent / "dapr"
VERSION: Final = "1.18.1"
DAPR: Final = "github.com/dapr/dapr"
SOURCES: Final = {
    "daprd": "./daprd",
    "scheduler": f"{DAPR}/cmd/scheduler",
    "sentry": f"{DAPR}/cmd/sentry",
}
# Debian's names of what a program comes in.
PACKAGES: Final = {"go": "golang-go", "java": "default-jre-headless", "mvn": "maven"}
_TAGS: Final = "-tags=stablecomponents -mod=readonly"
_STAMP: Final = (
    f"-s -w -X {DAPR}/pkg/buildinfo.version={VERSION} "
    f"-X github.com/dapr/kit/logger.DaprVersion={VERSION}"
)
# The scheduler and the sentry of 1.18.1 take --healthz-listen-address and tell their health on all addresses.
_HEALTH: Final = "pkg/healthz/server/server.go"
_EVERYWHERE, _HERE = 'fmt.Sprintf(":%d"', 'fmt.Sprintf("127.0.0.1:%d"'


class MissingError(Exception):
    """A program is missing and cannot be had; says which and what to do."""


def provide(names: Sequence[str], instead: str) -> None:
    """Have these on PATH, by the package manager where one may be asked.

    Raises:
        MissingError: one of them is not there; `instead` says what would do without.
    """
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
            f"{instead}."
        )


def source() -> Path:
    """The folder of Dapr's Go module."""
    with alone("dapr-crds"):
        told = run(["go", "mod", "download", "-json", f"{DAPR}@v{VERSION}"], MODULE)
    found = re.search(r'"Dir":\s*"([^"]+)"', told)
    if found is None:
        raise MissingError(
            "The Go module of Dapr could not be had: `go mod download` named no folder."
        )
    return Path(found[1])


def dapr(name: str) -> str:
    """A program of Dapr's, built from the module beside this file."""
    files = [MODULE / "go.sum", MODULE / "go.mod", MODULE / "daprd" / "main.go"]
    with alone(f"dapr-{digest(*files, more='' if name == 'daprd' else _HERE)}") as folder:
        made = folder / name
        if not made.exists():
            print(f"building {name} {VERSION} (minutes, once)", file=sys.stderr, flush=True)
            changes = [] if name == "daprd" else [f"-modfile={_changed(folder)}"]
            _compile(made, MODULE, SOURCES[name], [*changes, "-ldflags", _STAMP], _TAGS)
    return str(made)


def _changed(folder: Path) -> Path:
    """A go.mod that reads Dapr's source from a copy with another address in its health server."""
    copy = folder / "source"
    if not copy.exists():
        fresh = folder / "source.new"
        _copy(source(), fresh)
        _tell_here(fresh / _HEALTH)
        fresh.rename(copy)
    changed = folder / "go.mod"
    shutil.copyfile(MODULE / "go.sum", folder / "go.sum")
    changed.write_text(f"{(MODULE / 'go.mod').read_text()}\nreplace {DAPR} => {copy}\n")
    return changed


def _copy(module: Path, fresh: Path) -> None:
    """Its code alone, in folders that may be written and removed, which those of a Go module may not."""
    left_out = shutil.ignore_patterns("tests", "charts", "docs")
    shutil.copytree(
        module, fresh, ignore=left_out, copy_function=shutil.copyfile, dirs_exist_ok=True
    )
    for folder in (fresh, *fresh.rglob("*/")):
        folder.chmod(0o755)


def _tell_here(file: Path) -> None:
    text = file.read_text()
    if text.count(_EVERYWHERE) != 1:
        raise MissingError(f"{file} is another than was known: see what it listens at.")
    file.write_text(text.replace(_EVERYWHERE, _HERE))


def build(folder: Path, package: str = ".") -> Path:
    """The program of a Go module of ours, or one it names, built anew where a file of it changed.

    Raises:
        MissingError: there is no compiler, or it refuses.
    """
    key = digest(*sorted(path for path in folder.iterdir() if path.is_file()))
    with alone(f"{folder.name}-{key}") as cache:
        made = cache / folder.name
        if not made.exists():
            print(f"building {folder.name} (once)", file=sys.stderr, flush=True)
            _compile(made, folder, package, ["-ldflags", "-s -w"], "-mod=readonly")
    return made


def _compile(made: Path, module: Path, package: str, flags: Sequence[str], goflags: str) -> None:
    fresh = made.with_name(f"{made.name}.new")
    command = ["go", "build", *flags, "-o", str(fresh), package]
    run(command, module, CGO_ENABLED="0", GOFLAGS=goflags)
    fresh.rename(made)


@contextmanager
def alone(name: str) -> Generator[Path]:
    """A cache folder that no other stack is filling meanwhile."""
    folder = user_cache_path("todo-mcp-stack", appauthor=False) / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def digest(*files: Path, more: str = "") -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    whole.update(more.encode())
    return whole.hexdigest()[:16]


def run(command: Sequence[str], folder: Path, **more: str) -> str:
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
