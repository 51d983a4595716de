"""`todo-mcp worker`: handlers and timers, beside servers that run without them."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from todo_mcp.cli.home import keep_home
from todo_mcp.cli.roles import Background, background, sidecar
from todo_mcp.clock import utc_now
from todo_mcp.errors import RuleError
from todo_mcp.server.serving import listen, serve_app
from todo_mcp.server.stopping import until_told
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.home import Home
    from todo_mcp.worker.app import Face


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Work until told to stop. Several may run: one is active, the others stand by.

    Under dapr all of them handle events, each beside a sidecar of its own.
    """
    if settings.bus == "dapr":
        return await _behind_sidecar(settings)
    roles = background(settings, relay=True, worker=True)
    with until_told() as stop:
        await keep_home(settings, stop, lambda _: None, lambda _: None, roles)
    return 0


async def _behind_sidecar(settings: Settings) -> int:
    """Answer the sidecar at once, "not well" as long as the database is not there.

    Raises:
        RuleError: no token to know the sidecar by.
        UnavailableError: the port is taken.
    """
    from todo_mcp.worker.app import Face  # noqa: PLC0415 (only under dapr)

    if settings.app_api_token is None:
        raise RuleError(
            "APP_API_TOKEN: a worker under dapr answers only calls that carry this token. Set one, "
            "the same for the worker and its sidecar."
        )
    waking = settings.waking
    face = Face(settings.app_api_token.get_secret_value(), "cron" in waking, "job" in waking)
    listener = listen(settings.host, settings.port, guarded=True)
    # Calls under way are answered first; they need the database.
    answered = asyncio.Event()
    work = _working(settings, face)
    with until_told() as stop:
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_home(settings, answered, lambda _: None, lambda _: None, work))
            try:
                await serve_app(face.app(), listener, stop)
            finally:
                answered.set()
    return 0


def _working(settings: Settings, face: "Face") -> Background:
    async def work(home: "Home", stop: asyncio.Event) -> None:
        from todo_mcp.messaging.jobs import AlarmClock  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker import timers  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker.alarm import JOB, Alarm  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker.app import Working  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker.handlers import handlers  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker.health import Health  # noqa: PLC0415 (only under dapr)
        from todo_mcp.worker.run import deliver  # noqa: PLC0415 (only under dapr)

        beside = sidecar(settings)
        database = home.database
        alarm = Alarm(database, AlarmClock(beside, JOB)) if face.job else None
        health = Health(database)
        await health.begin(beside)
        face.working = Working(database, handlers(database), alarm, health)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(health.run(beside, stop))
                group.create_task(deliver(database, stop, settings, utc_now))
                if "timer" in settings.waking:
                    group.create_task(timers.run(database, stop))
                if alarm is not None:
                    group.create_task(alarm.run(stop))
                await stop.wait()
        finally:
            face.working = None
            await beside.close()

    return work
