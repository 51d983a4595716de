"""A few days of one user, by calls alone: what the log and the tables are like after real use."""

from typing import Any

from tests import sowing
from tests.hands import Hands
from tests.server.agent import Agent, agent
from todo_mcp.messaging.envelope import wrap
from todo_mcp.service.home import Home
from todo_mcp.store import timers
from todo_mcp.store.events import START
from todo_mcp.worker.run import local_bus


async def live(home: Home, hands: Hands) -> None:
    """Every kind of event that calls, handlers and timers write today."""
    async with agent(home, hands) as ada:
        await _remind(ada, home)
        await _plan(ada, hands)
        await _repeat(ada, home, hands)
        await _throw_away(ada, hands)


async def _plan(ada: Agent, hands: Hands) -> None:
    move = await ada.add("Move house", notes="Boxes are in the cellar", tags=["home"], due="friday")
    pack = await ada.add("Pack the kitchen", parent=move, priority="high", estimate="2h")
    await ada.add("Clean", parent=move, blocked_by=[pack])
    await ada.call("update_tasks", ids=[move], title="Move to Graz", tags=["home", "graz"])
    await ada.call("complete_tasks", ids=[pack], action="start")
    hands.forward(hours=20)
    await ada.call("complete_tasks", ids=[pack])
    await ada.call("complete_tasks", ids=[pack], action="reopen")
    await ada.call("complete_tasks", ids=[pack])
    never = await ada.add("Call the old landlord")
    await ada.call("complete_tasks", ids=[never], action="cancel")


async def _repeat(ada: Agent, home: Home, hands: Hands) -> None:
    plants = await ada.add("Water the plants", recurrence="every day at 9:00", reminders=["-10m"])
    done = await ada.one("complete_tasks", ids=[plants])
    await deliver(home)
    hands.forward(days=1)
    [second] = await sowing.rows(home.database, "SELECT max(id) FROM tasks WHERE n = 2")
    skipped = await ada.call("complete_tasks", ids=[f"t{second[0]}"], action="skip")
    await deliver(home)
    await ada.call("undo", op=skipped["op"])
    await ada.call("set_recurrence", id=f"t{second[0]}", recurrence="every monday at 8:00")
    assert done["id"] == plants
    weekly = await ada.add("Bins", recurrence="every thursday")
    await ada.call("complete_tasks", ids=[weekly], action="end_series")
    back = await ada.call("complete_tasks", ids=[weekly], action="reopen")
    undone = await ada.call("undo", op=back["op"])
    await ada.call("undo", op=undone["op"])


async def _remind(ada: Agent, home: Home) -> None:
    await ada.add("Stand up", due="today 11am", reminders=["0m"])
    # By the database's clock, long past it; it passes the others' instants too, some day.
    assert await timers.fire(home.database.worker) == 1
    call = await ada.add("Call mum", due="fri 5pm", reminders=["-30m", "-1d"])
    await ada.call("set_reminder", ids=[call], action="remove", reminders=["-1d"])
    await ada.call("update_tasks", ids=[call], due="sat 4pm")
    await ada.call("complete_tasks", ids=[call])
    await ada.call("complete_tasks", ids=[call], action="reopen")


async def _throw_away(ada: Agent, hands: Hands) -> None:
    await ada.add("Kept in the trash")
    gone = await ada.add("A secret", notes="to forget", due="friday 8am", reminders=["-1h"])
    trashed = await ada.add("Old papers", tags=["office"])
    deleted = await ada.call("delete_tasks", ids=[trashed])
    await ada.call("undo", op=deleted["op"])
    await ada.call("delete_tasks", ids=[gone, trashed])
    await ada.call("delete_tasks", ids=[gone], purge=True, confirm=True)
    hands.forward(hours=1)


async def deliver(home: Home) -> None:
    """The worker catches up."""
    await local_bus(home.database).publish(
        [wrap(entry) for entry in await sowing.whole_log(home.database, START)]
    )


async def table(home: Home, name: str) -> list[tuple[Any, ...]]:
    """Whole rows, in the order of their ids."""
    return await sowing.rows(
        home.database,
        f"SELECT to_jsonb(t)::text FROM {name} t WHERE space_id = $1 ORDER BY 1",  # noqa: S608 (our own table)
        home.person.space,
    )
