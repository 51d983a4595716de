"""What a worker does beside its sidecar; imported only where the bus is dapr."""

import asyncio
from typing import TYPE_CHECKING

from todo_mcp import relay
from todo_mcp.cli.roles import Background, sidecar
from todo_mcp.clock import utc_now
from todo_mcp.messaging.jobs import AlarmClock
from todo_mcp.messaging.state import StateStore
from todo_mcp.settings import Settings
from todo_mcp.worker import timers
from todo_mcp.worker.alarm import JOB, Alarm
from todo_mcp.worker.app import Face, Working
from todo_mcp.worker.counting import SINK, Counting
from todo_mcp.worker.handlers import handlers
from todo_mcp.worker.health import Health
from todo_mcp.worker.run import tend
from todo_mcp.worker.warming import warm

if TYPE_CHECKING:
    from todo_mcp.service.home import Home


def working(settings: Settings, face: Face) -> Background:
    async def work(home: "Home", stop: asyncio.Event) -> None:
        beside = sidecar(settings)
        database = home.database
        alarm = Alarm(database, AlarmClock(beside, JOB)) if face.job else None
        health = Health(database)
        await health.begin(beside)
        await warm(database)
        face.working = Working(database, handlers(database), alarm, health)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(health.run(beside, stop))
                counting = Counting(database, StateStore(beside))
                group.create_task(relay.follow(database, counting.hand_on, SINK, stop))
                group.create_task(tend(database, stop, settings, utc_now))
                if "timer" in settings.waking:
                    group.create_task(timers.run(database, stop))
                if alarm is not None:
                    group.create_task(alarm.run(stop))
                await stop.wait()
        finally:
            face.working = None
            await beside.close()

    return work
