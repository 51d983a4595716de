"""One Kafka broker, plain or with TLS and SCRAM as managed ones have it."""

import base64
import secrets
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.stack import ports
from tools.stack.process import Process, listens
from tools.stack.programs import MissingError, Programs


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    password: str
    authority: Path
    """The certificate to trust."""


def prepare(
    folder: Path, programs: Programs, environment: Mapping[str, str], *, secure: bool
) -> tuple[Process, Login | None]:
    """A broker with an empty log, not yet started; who may come in where it asks."""
    home = folder / "kafka"
    home.mkdir()
    given = ports.free("broker", "controller", "internal")
    login = _login(home) if secure else None
    properties = home / "server.properties"
    lines = _SHARED | _listeners(given, login) | {"log.dirs": str(home / "log")}
    properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    java = [programs.java, "-cp", f"{programs.kafka}/*"]
    scram = []
    if login is not None:
        told = f"SCRAM-SHA-256=[name={login.username},password={login.password}]"
        scram = ["--add-scram", told]
    cluster = base64.urlsafe_b64encode(uuid.UUID(int=secrets.randbits(128), version=4).bytes)
    # Joined to its name by "=" below: it may begin with a dash.
    cluster_id = cluster.decode().rstrip("=")
    formatted = subprocess.run(
        [
            *(*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"),
            *("-c", str(properties), "--standalone", *scram),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if formatted.returncode:
        raise MissingError(f"Kafka's log could not be made:\n{formatted.stdout}{formatted.stderr}")
    memory = ["-Xmx512m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    process = Process(
        "kafka",
        [java[0], *memory, *java[1:], "kafka.Kafka", str(properties)],
        folder / "kafka.log",
        environment,
        {"broker": given["broker"]},
        listens(given["broker"]),
    )
    return process, login


_SHARED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    # Topics are made on purpose, with their partitions.
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}


def _listeners(given: Mapping[str, int], login: Login | None) -> dict[str, str]:
    broker, internal = (
        f"CLIENT://127.0.0.1:{given['broker']}",
        f"INTERNAL://127.0.0.1:{given['internal']}",
    )
    found = {
        "listeners": f"{broker},{internal},CONTROLLER://127.0.0.1:{given['controller']}",
        "advertised.listeners": f"{broker},{internal}",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{given['controller']}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:"
        + ("SASL_SSL" if login else "PLAINTEXT"),
    }
    if login is None:
        return found
    scram = "listener.name.client.scram-sha-256.sasl.jaas.config"
    return found | {
        "sasl.enabled.mechanisms": "SCRAM-SHA-256",
        scram: "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(login.authority.with_name("keystore.pem")),
    }


def _login(home: Path) -> Login:
    key, certificate = home / "key.pem", home / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=True,
    )
    (home / "keystore.pem").write_text(key.read_text() + certificate.read_text())
    return Login("todo-mcp", secrets.token_urlsafe(16), certificate)
