"""A stack: everything of it brought up in order, and taken down again."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from tools.stack import broker, ports, sidecar
from tools.stack.postgres import Postgres, postgres
from tools.stack.process import FailedError, Process, answers
from tools.stack.programs import MissingError, Programs, gather

PYTHON: Final = sys.executable
COMMAND_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What to bring up. `callers` are app ids of sidecars without an app, which may call the server."""

    servers: int = 1
    workers: int = 1
    callers: tuple[str, ...] = ("chatbot",)
    secure: bool = False
    """Kafka with SASL/SCRAM and TLS."""
    mtls: bool = False
    bus: Literal["local", "dapr"] = "dapr"
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further environment of servers and workers."""


@dataclass
class Stack:
    folder: Path
    plan: Plan
    database: Postgres
    environment: dict[str, str]
    """What `todo-mcp` needs to work on this stack by hand."""
    processes: dict[str, Process] = field(default_factory=dict[str, Process])
    """By name: kafka, sentry, scheduler, server, server-dapr, worker, worker-dapr, server2, …, chatbot-dapr."""

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    @property
    def mcp_url(self) -> str:
        return f"http://127.0.0.1:{self['server'].ports['app']}/mcp"

    def invoke_url(self, caller: str = "chatbot") -> str:
        """The server's MCP endpoint as the app beside this caller's sidecar reaches it."""
        port = self[f"{caller}-dapr"].ports["http"]
        return f"http://127.0.0.1:{port}/v1.0/invoke/todo-mcp/method/mcp"

    def told(self) -> dict[str, object]:
        """What STACK_FILE holds."""
        of: dict[str, object] = {
            name: {"pid": one.pid, "ports": dict(one.ports), "log": str(one.log)}
            for name, one in self.processes.items()
        }
        if self.database.folder is not None:
            log = str(self.database.folder / "postgres.log")
            of["postgres"] = {"pid": self.database.pid, "ports": {}, "log": log}
        return {
            "folder": str(self.folder),
            "mcp": self.mcp_url,
            "invoke": {caller: self.invoke_url(caller) for caller in self.plan.callers},
            # What the machine's own environment holds besides is nobody's business here.
            "environment": {
                name: value
                for name, value in self.environment.items()
                if os.environ.get(name) != value  # noqa: TID251 (only compared)
            },
            "processes": of,
        }

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run `todo-mcp` to its end; code and output.

        Raises:
            FailedError: it does not end.
        """
        done = await asyncio.create_subprocess_exec(
            PYTHON,
            *("-m", "todo_mcp", *arguments),
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                out, _ = await done.communicate()
        except TimeoutError:
            done.kill()
            out, _ = await done.communicate()
            told = f"todo-mcp {' '.join(arguments)} goes on after {COMMAND_SECONDS} s:"
            raise FailedError(f"{told}\n{out.decode()[-2000:]}") from None
        return done.returncode or 0, out.decode()


@asynccontextmanager
async def stack(
    folder: Path, plan: Plan | None = None, environment: Mapping[str, str] | None = None
) -> AsyncGenerator[Stack]:
    """Everything ready; all of it ended with the block. Call it from the main thread.

    Raises:
        MissingError: a program is missing.
        FailedError: one did not start.
    """
    chosen = plan or Plan()
    given = dict(os.environ if environment is None else environment)  # noqa: TID251 (handed on)
    brokers = given.get("KAFKA_BROKERS")
    programs = await asyncio.to_thread(gather, given, kafka=not brokers, mtls=chosen.mtls)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with postgres(folder, given.get("DATABASE_URL")) as database:
        made = Stack(folder, chosen, database, _environment(given, database, folder))
        try:
            await _bring_up(made, programs, brokers)
            yield made
        finally:
            await take_down(made)


def _environment(given: dict[str, str], database: Postgres, folder: Path) -> dict[str, str]:
    (folder / "secrets.json").write_text(json.dumps({"state-url": database.url}))
    kept = {name: value for name, value in given.items() if not name.startswith("TODO_MCP_")}
    return {
        # Overridden where set: a webhook that tests listen at.
        "TODO_WEBHOOK_URL": f"http://127.0.0.1:{ports.free('webhook')['webhook']}",
        **kept,
        "DATABASE_URL": database.url,
        "TODO_SECRETS_FILE": str(folder / "secrets.json"),
        "TODO_NAMES_FILE": str(folder / "names.db"),
        "DAPR_HOST_IP": "127.0.0.1",
        "NAMESPACE": "default",
        "PYTHONUNBUFFERED": "1",
    }


async def _bring_up(made: Stack, programs: Programs, brokers: str | None) -> None:
    try:
        await _start_all(made, programs, brokers)
    except* (FailedError, MissingError) as failed:
        raise _first(failed) from None


def _first(failed: BaseExceptionGroup[Exception]) -> Exception:
    one = failed.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one


async def _start_all(made: Stack, programs: Programs, brokers: str | None) -> None:
    found = ports.free("scheduler", "sentry")
    if made.plan.mtls:
        await _sentry(made, programs, found["sentry"])
    around = sidecar.Surroundings(
        made.folder,
        programs,
        made.environment,
        ("common", "local", "redpanda-cloud" if made.plan.secure else "local-kafka"),
        found["scheduler"],
        found["sentry"] if made.plan.mtls else None,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(_start(made, sidecar.scheduler(around)))
        group.create_task(_kafka(made, programs, brokers))
        group.create_task(_command(made, "migrate"))
    await _command(made, "topics", "ensure")
    token = secrets.token_urlsafe(16)
    async with asyncio.TaskGroup() as group:
        for name in _numbered("server", made.plan.servers):
            group.create_task(_pair(made, around, name, token))
        for name in _numbered("worker", made.plan.workers if made.plan.bus == "dapr" else 0):
            group.create_task(_pair(made, around, name, token))
        for caller in made.plan.callers:
            alone = sidecar.sidecar(around, f"{caller}-dapr", caller, ("chatbot",))
            group.create_task(_start(made, alone))


def _numbered(name: str, count: int) -> list[str]:
    return [name if n == 1 else f"{name}{n}" for n in range(1, count + 1)]


async def _sentry(made: Stack, programs: Programs, port: int) -> None:
    made.environment["SENTRY_ADDRESS"] = f"127.0.0.1:{port}"
    await _start(made, sidecar.sentry(made.folder, programs, made.environment, port))
    authority = made.folder / "authority" / "ca.crt"
    made.environment["DAPR_TRUST_ANCHORS"] = authority.read_text()


async def _kafka(made: Stack, programs: Programs, brokers: str | None) -> None:
    if brokers:
        made.environment["KAFKA_BROKERS"] = brokers
        return
    process, login = await asyncio.to_thread(
        broker.prepare, made.folder, programs, made.environment, secure=made.plan.secure
    )
    made.environment["KAFKA_BROKERS"] = f"127.0.0.1:{process.ports['broker']}"
    if login is not None:
        _let_in(made, login)
    await _start(made, process)


def _let_in(made: Stack, login: broker.Login) -> None:
    """The secrets of the Redpanda Cloud component, and the certificate in place of the system's roots."""
    held = json.loads((made.folder / "secrets.json").read_text())
    held["kafka-brokers"] = made.environment["KAFKA_BROKERS"]
    held["kafka-username"], held["kafka-password"] = login.username, login.password
    (made.folder / "secrets.json").write_text(json.dumps(held))
    made.environment |= {
        "SSL_CERT_FILE": str(login.authority),
        "TODO_MCP_KAFKA_USERNAME": login.username,
        "TODO_MCP_KAFKA_PASSWORD": login.password,
        "TODO_MCP_KAFKA_CA": str(login.authority),
    }


async def _pair(made: Stack, around: sidecar.Surroundings, name: str, token: str) -> None:
    """A server or a worker, and the sidecar beside it; either may be up first."""
    serves = name.startswith("server")
    app = ports.free("app")
    access = ("access",) if serves and made.plan.mtls else ()
    environment = {**made.environment, "APP_API_TOKEN": token, "DAPR_API_TOKEN": token}
    beside = sidecar.sidecar(
        replace(around, environment=environment),
        f"{name}-dapr",
        "todo-mcp" if serves else "todo-mcp-worker",
        ("server" if serves else "worker", *access),
        app_port=app["app"],
        health=None if serves else "/healthz",
    )
    ours = {
        **environment,
        **made.plan.settings,
        "TODO_MCP_BUS": made.plan.bus,
        "TODO_MCP_PORT": str(app["app"]),
        "DAPR_HTTP_PORT": str(beside.ports["http"]),
        "DAPR_GRPC_PORT": str(beside.ports["grpc"]),
    }
    role = ["serve"] if serves else ["worker"]
    if made.plan.bus == "local":
        role.append("--with-worker")
    ready = answers(f"http://127.0.0.1:{app['app']}{'/readyz' if serves else '/healthz'}")
    command = [PYTHON, "-m", "todo_mcp", *role]
    process = Process(name, command, made.folder / f"{name}.log", ours, app, ready)
    async with asyncio.TaskGroup() as group:
        group.create_task(_start(made, beside))
        group.create_task(_start(made, process))


async def _start(made: Stack, process: Process) -> None:
    made.processes[process.name] = process
    await process.start()


async def _command(made: Stack, *arguments: str) -> None:
    code, out = await made.command(*arguments)
    if code:
        raise FailedError(f"todo-mcp {' '.join(arguments)}:\n{out[-2000:]}")


async def take_down(made: Stack) -> None:
    """Those first that others do not need: apps, sidecars, then what lies below."""
    for group in _from_above(list(made.processes.values())):
        async with asyncio.TaskGroup() as ending:
            for process in group:
                ending.create_task(process.end())


def _from_above(processes: Sequence[Process]) -> list[list[Process]]:
    below = {"kafka", "scheduler", "sentry"}
    sidecars = [one for one in processes if one.name.endswith("-dapr")]
    low = [one for one in processes if one.name in below]
    apps = [one for one in processes if one not in sidecars and one not in low]
    return [apps, sidecars, low]
