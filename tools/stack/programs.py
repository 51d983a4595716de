"""Where the stack's programs come from: the environment, PATH, or a build kept in a cache folder."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.stack import building
from tools.stack.building import MissingError

KAFKA: Final = Path(__file__).parent / "kafka"
CLI: Final = Path(__file__).parent / "cli"
VARIABLES: Final = {"daprd": "DAPRD", "scheduler": "DAPR_SCHEDULER", "sentry": "DAPR_SENTRY"}
_INSTEAD: Final = f"set {', '.join(VARIABLES.values())} and KAFKA_BROKERS to what you have"
# `dapr init` installs the runtime beside its command line, which is what people have on PATH.
_INSTALLED: Final = Path.home() / ".dapr" / "bin"


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
    building.provide([*(["go"] if missing else []), *(["java", "mvn"] if kafka else [])], _INSTEAD)
    return Programs(
        **{"sentry": "", **{name: place or building.dapr(name) for name, place in found.items()}},
        java=shutil.which("java") or "java",
        kafka=_jars() if kafka else Path(),
    )


def schemas() -> Path:
    """The folder of Dapr's CRDs, out of its Go module."""
    building.provide(["go"], _INSTEAD)
    return building.source() / "charts" / "dapr" / "crds"


def build(folder: Path) -> Path:
    """The program of a Go module of ours, built anew where a file of it changed.

    Raises:
        MissingError: there is no compiler, or it refuses.
    """
    building.provide(["go"], _INSTEAD)
    return building.build(folder)


def command_line(environment: Mapping[str, str]) -> str:
    """`dapr`, of a module of its own: it is made of older parts than the runtime.

    Raises:
        MissingError: there is no compiler, or it refuses.
    """
    if given := environment.get("DAPR_CLI") or shutil.which("dapr"):
        return given
    building.provide(["go"], "set DAPR_CLI to the one you have")
    return str(building.build(CLI, "github.com/dapr/cli"))


def _given(name: str, environment: Mapping[str, str]) -> str | None:
    if told := environment.get(VARIABLES[name]):
        if shutil.which(told) is None:
            raise MissingError(f"{VARIABLES[name]}: {told} is no program.")
        return told
    # A `scheduler` or `sentry` on PATH may be anybody's.
    ours = "daprd" if name == "daprd" else str(_INSTALLED / name)
    return shutil.which(ours) or shutil.which(str(_INSTALLED / name))


def _jars() -> Path:
    """Kafka's jars; Maven checks what it downloads."""
    with building.alone(f"kafka-{building.digest(KAFKA / 'pom.xml')}") as folder:
        jars = folder / "jars"
        if not jars.exists():
            print("fetching Kafka (once)", file=sys.stderr, flush=True)
            fresh = folder / "jars.new"
            shutil.rmtree(fresh, ignore_errors=True)
            building.run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"],
                KAFKA,
            )
            fresh.rename(jars)
    return jars
