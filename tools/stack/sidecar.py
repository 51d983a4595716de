"""What daprd, the scheduler and the sentry are told, with the files of dapr/ as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.stack import ports
from tools.stack.process import Process, answers
from tools.stack.programs import Programs

FILES: Final = Path(__file__).parents[2] / "dapr"
_HERE: Final = "127.0.0.1"
# The sentry gives a scheduler certificates for such names only.
_SCHEDULER: Final = "dapr-scheduler-server-0"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all sidecars of one stack share."""

    folder: Path
    programs: Programs
    environment: Mapping[str, str]
    resources: Sequence[str]
    """Folders of dapr/, by name."""
    scheduler: int
    sentry: int | None = None

    @property
    def tls(self) -> list[str]:
        if self.sentry is None:
            return []
        return ["--sentry-address", f"{_HERE}:{self.sentry}"]


def sidecar(
    around: Surroundings,
    name: str,
    app: str,
    configuration: Sequence[str],
    *,
    app_port: int | None = None,
    health: str | None = None,
) -> Process:
    """A daprd beside the app at this port; with `health` it delivers only while that path answers well."""
    given = ports.free("http", "grpc", "internal", "public", "metrics")
    command = [
        around.programs.daprd,
        *("--app-id", app, "--dapr-listen-addresses", _HERE, "--log-level", "info"),
        *("--dapr-http-port", str(given["http"]), "--dapr-grpc-port", str(given["grpc"])),
        *("--dapr-internal-grpc-port", str(given["internal"])),
        *("--dapr-internal-grpc-listen-address", _HERE),
        *("--dapr-public-port", str(given["public"]), "--dapr-public-listen-address", _HERE),
        *("--metrics-port", str(given["metrics"]), "--metrics-listen-address", _HERE),
        *("--scheduler-host-address", f"{_HERE}:{around.scheduler}"),
        *("--dapr-graceful-shutdown-seconds", "5", "--disable-init-endpoints", "subscribe"),
    ]
    for folder in around.resources:
        command += ["--resources-path", str(FILES / folder)]
    for file in (*configuration, "local", *(["mtls"] if around.sentry else [])):
        command += ["--config", str(FILES / "config" / f"{file}.yaml")]
    if around.sentry:
        command += ["--enable-mtls", *around.tls, "--control-plane-trust-domain", "localhost"]
    if app_port is not None:
        command += ["--app-port", str(app_port), "--app-channel-address", _HERE]
    if health is not None:
        command += ["--enable-app-health-check", "--app-health-check-path", health]
        command += ["--app-health-probe-interval", "1", "--app-health-threshold", "3"]
        command += ["--app-health-probe-timeout", "900"]
    return Process(
        name,
        command,
        around.folder / f"{name}.log",
        around.environment,
        given,
        # Up once the broker and the store are reached, whether or not the app is.
        answers(f"http://{_HERE}:{given['http']}/v1.0/healthz/outbound"),
    )


def scheduler(around: Surroundings) -> Process:
    given = ports.free("health", "metrics", "etcd", "peer")
    command = [
        around.programs.scheduler,
        *("--id", _SCHEDULER, "--port", str(around.scheduler), "--listen-address", _HERE),
        *("--override-broadcast-host-port", f"{_HERE}:{around.scheduler}"),
        *("--healthz-port", str(given["health"]), "--healthz-listen-address", _HERE),
        *("--metrics-port", str(given["metrics"]), "--metrics-listen-address", _HERE),
        *("--etcd-data-dir", str(around.folder / "scheduler")),
        *("--etcd-client-port", str(given["etcd"])),
        *("--etcd-initial-cluster", f"{_SCHEDULER}=http://{_HERE}:{given['peer']}"),
        *("--identity-directory-write", str(around.folder / "scheduler-identity")),
    ]
    if around.sentry:
        authority = around.folder / "authority" / "ca.crt"
        command += ["--tls-enabled", *around.tls, "--trust-domain", "localhost"]
        command += ["--trust-anchors-file", str(authority)]
    return Process(
        "scheduler",
        command,
        around.folder / "scheduler.log",
        around.environment,
        {"scheduler": around.scheduler, **given},
        answers(f"http://{_HERE}:{given['health']}/healthz"),
    )


def sentry(folder: Path, programs: Programs, environment: Mapping[str, str], port: int) -> Process:
    """Makes an authority of the stack's own when it starts: `authority/ca.crt` in the folder."""
    given = ports.free("health")
    authority = folder / "authority"
    authority.mkdir()
    command = [
        programs.sentry,
        *("--port", str(port), "--listen-address", _HERE, "--mode", "standalone"),
        *("--issuer-credentials", str(authority), "--trust-domain", "localhost"),
        *("--config", str(FILES / "config" / "mtls.yaml")),
        *("--healthz-port", str(given["health"]), "--healthz-listen-address", _HERE),
        # 1.18.1 tells them on all addresses, whatever --metrics-listen-address says.
        "--enable-metrics=false",
    ]
    return Process(
        "sentry",
        command,
        folder / "sentry.log",
        environment,
        {"sentry": port, **given},
        answers(f"http://{_HERE}:{given['health']}/healthz"),
    )
