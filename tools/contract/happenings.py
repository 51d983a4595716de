"""Something of everything that happens to tasks, so that each type of event is sent once."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any, Final, cast

from mcp import Client
from pydantic_core import from_json

from todo_mcp import clock, ids
from todo_mcp.domain.change import Change
from todo_mcp.domain.space import Filter
from todo_mcp.domain.state import State
from todo_mcp.messaging.envelope import wrap
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.calendar.importing import import_file
from todo_mcp.service.carry import carry_out
from todo_mcp.service.home import Home
from todo_mcp.service.retaining import LEAST_DAYS, retain
from todo_mcp.service.work import Work
from todo_mcp.store import events, timers
from todo_mcp.store.load import Wanted
from todo_mcp.worker.run import local_bus

Told = dict[str, Any]

# A Monday, 10:00 in Vienna, and past.
NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ZONE: Final = "Europe/Vienna"
_FILE: Final = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//example//EN\r
BEGIN:VTODO\r
UID:1@example\r
SUMMARY:Stamps\r
END:VTODO\r
END:VCALENDAR\r
"""
_EARLIER: Final = "UPDATE {0} SET created_at = created_at - make_interval(days => $1::int)"
_NOTE: Final = "SELECT max(id) AS id FROM notifications WHERE space_id = $1"


class Person:
    """Calls tools, one an hour."""

    def __init__(self, client: Client, home: Home) -> None:
        self.home = home
        self._client = client

    async def call(self, tool: str, **arguments: Any) -> Told:
        result = await self._client.call_tool(tool, arguments)
        if result.is_error:
            raise AssertionError(f"{tool}: {result.content}")
        return cast("Told", result.structured_content)

    async def add(self, title: str, **fields: Any) -> str:
        return (await self.call("add_task", title=title, **fields))["tasks"][0]["id"]

    def work(self, tool: str) -> Work:
        return Work(self.home.database, self.home.person, NOW, tool, {"client": "example"})


async def happen(home: Home) -> dict[str, Told]:
    """The first event of each type as it travels, from a space in which nothing has happened yet."""
    async with _person(home) as ada:
        for part in (_change, _remind, _repeat, _throw_away, _name):
            await part(ada)
    found = await _told(home)
    await _retain(home)
    return found | {
        type_: event for type_, event in (await _told(home)).items() if type_ not in found
    }


@asynccontextmanager
async def _person(home: Home) -> AsyncGenerator[Person]:
    resources = Resources(lambda: NOW)
    resources.starting.arrived(home)
    async with Client(build_server(resources, TOOLS)) as client:
        yield Person(client, home)


async def _remind(ada: Person) -> None:
    await ada.add("Stand up", due="today 11am", reminders=["0m"])
    await timers.fire(ada.home.database.worker)  # by the database's own clock, which is past that
    [row] = await ada.home.database.worker(_NOTE, ada.home.person.space)
    note = ids.short("notification", row["id"])
    seen = await ada.call("set_reminder", ids=[note], action="dismiss")
    await ada.call("undo", op=seen["op"])
    await ada.call("set_reminder", ids=[note], action="snooze", until="in 2 hours")


async def _change(ada: Person) -> None:
    milk = await ada.add(
        "Buy milk", due="friday 5pm", reminders=["-30m"], tags=["shop"], priority="high"
    )
    await ada.call("update_tasks", ids=[milk], due="saturday 10am", notes="Two bottles")
    await ada.call("complete_tasks", ids=[milk], action="start")
    await ada.call("complete_tasks", ids=[milk])
    await ada.call("complete_tasks", ids=[milk], action="reopen")
    await ada.call("set_reminder", ids=[milk], action="remove")
    await ada.call("complete_tasks", ids=[milk], action="cancel")


async def _repeat(ada: Person) -> None:
    plants = await ada.add("Water the plants", recurrence="every day at 9:00")
    await ada.call("set_recurrence", id=plants, recurrence="every monday at 8:00")
    skipped = await ada.call("complete_tasks", ids=[plants], action="skip")
    await local_bus(ada.home.database).publish([wrap(entry) for entry in await _log(ada.home)])
    found = await ada.call("search_tasks", query="plants")
    [following] = [row["id"] for row in found["tasks"] if row["id"] != skipped["tasks"][0]["id"]]
    ended = await ada.call("complete_tasks", ids=[following], action="end_series")
    await ada.call("undo", op=ended["op"])


async def _throw_away(ada: Person) -> None:
    papers = await ada.add("Old papers")
    deleted = await ada.call("delete_tasks", ids=[papers])
    await ada.call("undo", op=deleted["op"])
    await ada.call("delete_tasks", ids=[papers])
    await ada.call("delete_tasks", ids=[papers], purge=True, confirm=True)


async def _name(ada: Person) -> None:
    """Lists are made by imports; for the rest no tool is there yet, only the way of every change."""
    await import_file(ada.work("import"), BytesIO(_FILE), "Errands")
    await carry_out(ada.work("organize"), Wanted(around=frozenset({"lists"})), _organize)
    number = (await ada.home.database.worker("SELECT max(id) AS id FROM filters"))[0]["id"]
    await carry_out(ada.work("organize"), Wanted(), partial(_refine, number))


def _organize(state: State, change: Change) -> None:
    errands = next(item for item in state.lists.values() if not item.inbox)
    change.put(errands.but(name="Shopping"))
    change.add(Filter(id=change.take("list"), name="Soon", query="due:week"))


def _refine(number: int, state: State, change: Change) -> None:
    old = state.filters[number] = Filter(id=number, name="Soon", query="due:week")
    change.put(old.but(query="due:week priority:high"))


async def _log(home: Home) -> list[events.Entry]:
    """All of it; who else writes is waited for."""
    while True:
        found = await events.read(home.database.worker, events.START, 10_000, 100_000_000)
        last = found[-1].position if found else events.START
        if not await events.waiting(home.database.worker, last):
            return found


async def _told(home: Home) -> dict[str, Told]:
    told: dict[str, Told] = {}
    for entry in await _log(home):
        told.setdefault(entry.type, from_json(wrap(entry).to_json()))
    return told


async def _retain(home: Home) -> None:
    """Years later, as it were."""
    for table in ("events", "operations"):
        await home.database.worker(_EARLIER.format(table), 2 * LEAST_DAYS)
    await events.move(home.database.worker, "local", (await _log(home))[-1].position)
    steps = retain(home.database, LEAST_DAYS, "local", now=clock.utc_now() + timedelta(minutes=1))
    async with aclosing(steps):
        async for _ in steps:
            pass
