"""`make stack`: bring everything up, say where it is, follow the logs, and take it down on Ctrl-C."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from tools.stack import FailedError, MissingError, Plan, Stack, stack
from tools.stack.process import die_with

_GLANCE_SECONDS: Final = 0.2
_UP: Final = "stack.json"
ABOUT: Final = """\
python -m tools.stack: Kafka, Dapr, PostgreSQL, a server and a worker on free ports of 127.0.0.1.
From the environment: SERVERS=1-2, WORKERS=1-2, SECURE=1 (Kafka with SASL and TLS), MTLS=1 (sidecars
with certificates), STACK_FILE (names, ports, pids and logs as JSON, once all is ready), DATABASE_URL,
KAFKA_BROKERS, DAPRD, DAPR_SCHEDULER and DAPR_SENTRY (what to use instead of the stack's own)."""


def main() -> None:
    if len(sys.argv) > 1:
        sys.exit(ABOUT)
    # Killed without a word, make or a test takes the stack along; the stack ends all in order.
    die_with(os.getppid(), signal.SIGTERM)
    try:
        with tempfile.TemporaryDirectory(prefix="todo-mcp-stack-") as folder:
            asyncio.run(_run(Path(folder), os.environ))  # noqa: TID251 (this is the entry)
    except (FailedError, MissingError) as error:
        sys.exit(f"stack: {error}")


async def _run(folder: Path, environment: Mapping[str, str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(_serve(folder, environment, stop))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Before it is up there is nothing to wait for: the start itself is given up.
        loop.add_signal_handler(number, lambda: stop.set() if _is_up(folder) else running.cancel())
    with suppress(asyncio.CancelledError):
        await running


async def _serve(folder: Path, environment: Mapping[str, str], stop: asyncio.Event) -> None:
    async with stack(folder, _plan(environment), environment) as made:
        told = json.dumps(made.told(), indent=1)
        _write(folder / _UP, told)
        if place := environment.get("STACK_FILE"):
            _write(Path(place), told)
        _say(made)
        await _follow(made, stop)
        print("\nending", flush=True)


def _write(place: Path, told: str) -> None:
    """Complete or not there: who waits for it reads it at once."""
    fresh = place.with_name(f"{place.name}.new")
    fresh.write_text(told)
    fresh.replace(place)


def _is_up(folder: Path) -> bool:
    return (folder / _UP).exists()


def _plan(environment: Mapping[str, str]) -> Plan:
    return Plan(
        servers=int(environment.get("SERVERS", "1")),
        workers=int(environment.get("WORKERS", "1")),
        secure=bool(environment.get("SECURE")),
        mtls=bool(environment.get("MTLS")),
        bus="local" if environment.get("TODO_MCP_BUS") == "local" else "dapr",
    )


def _say(made: Stack) -> None:
    for name, one in sorted(made.processes.items()):
        where = "  ".join(f"{use} {port}" for use, port in one.ports.items())
        print(f"{name:<20} pid {one.pid:<8} {where}")
    print(f"\nMCP                      {made.mcp_url}")
    for caller in made.plan.callers:
        print(f"MCP as {caller:<18}{made.invoke_url(caller)}")
    print(f"Kafka                    {made.environment['KAFKA_BROKERS']}")
    print(f"PostgreSQL               {made.database.url}")
    print(f"logs                     {made.folder}\nready; Ctrl-C ends it\n", flush=True)


async def _follow(made: Stack, stop: asyncio.Event) -> None:
    """The new lines of every log, each with the name of who said it."""
    logs: dict[str, BinaryIO] = {name: one.log.open("rb") for name, one in made.processes.items()}
    parts = dict.fromkeys(logs, b"")
    try:
        while not stop.is_set():
            for name, log in logs.items():
                *lines, parts[name] = (parts[name] + log.read()).split(b"\n")
                for line in lines:
                    print(f"{name:<14} {line.decode(errors='replace')}")
            sys.stdout.flush()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _GLANCE_SECONDS)
    finally:
        for log in logs.values():
            log.close()


main()
