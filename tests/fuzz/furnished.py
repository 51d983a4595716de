"""What is there before the first random call: a caller's tasks, and a space of somebody else."""

from typing import Any

from tests.conftest import ZONE
from tests.fuzz.verdict import MINE, OTHERS
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.meanwhile import fire
from tests.server.stored import rows
from todo_mcp import ids
from todo_mcp.service.home import Home
from todo_mcp.store import spaces

_LIST = """
INSERT INTO lists (space_id, id, version, name, created_at, updated_at, archived_at)
VALUES ($1, nextval('list_ids'), 1, $2, now(), now(), $3)
"""
_COMMENT = """
INSERT INTO comments (space_id, id, task_id, user_id, text, created_at)
VALUES ($1, nextval('comment_ids'), $2, $3, $4, now())
"""
_FILTER = """
INSERT INTO filters (space_id, id, version, name, query)
VALUES ($1, nextval('list_ids'), 1, $2, $3)
"""


async def furnish(home: Home, hands: Hands, word: str) -> dict[str, list[str]]:
    """Tasks of every kind with the word in all their text; the ids of what was made, by kind."""
    await rows(home, _LIST, "Garden" if word == MINE else word, None)
    await rows(home, _LIST, "Old attic" if word == MINE else f"Old {word}", hands())
    await rows(home, _FILTER, "Urgent" if word == MINE else word, "priority:high")
    async with agent(home, hands) as one:
        made = await _tasks(one, word)
        first = ids.parse(made["t"][0], "task", "t")
        await rows(home, _COMMENT, first, home.person.user, f"Comment {word}")
        hands.forward(minutes=5)
        made["n"] = await fire(home, hands)
        made["r"] = [f"r{row['id']}" for row in await rows(home, _REMINDERS)]
    return made | {"l": [f"l{row['id']}" for row in await rows(home, _LISTS)]}


_REMINDERS = "SELECT id FROM reminders WHERE space_id = $1"
_LISTS = "SELECT id FROM lists WHERE space_id = $1"


async def _tasks(one: Agent, word: str) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {"t": [], "op": []}

    def keep(answer: dict[str, Any]) -> str:
        made["op"].append(answer["op"])
        made["t"] += [task["id"] for task in answer["tasks"]]
        return answer["tasks"][0]["id"]

    tag = {} if word == MINE else {"tags": [word]}
    plain = keep(await one.call("add_task", title=f"Plain {word}", notes=f"Notes {word}", **tag))
    keep(await one.call("add_task", title=f"Called {word}", reminders=["in 5 minutes"], **tag))
    keep(await one.call("add_task", title=f"Due {word}", due="fri 5pm", reminders=["-30m", "-1d"]))
    keep(await one.call("add_task", title=f"Daily {word}", recurrence="every day at 9:00"))
    keep(
        await one.call(
            "add_task", title=f"Often {word}", recurrence="every week", anchor="completion"
        )
    )
    keep(await one.call("add_task", title=f"Tree {word}", subtasks=[f"A {word}", f"B {word}"]))
    keep(await one.call("add_task", title=f"Waits {word}", blocked_by=[plain], parent=plain))
    done = keep(await one.call("add_task", title=f"Done {word}"))
    keep(await one.call("complete_tasks", ids=[done]))
    return made


async def stranger(home: Home, hands: Hands) -> tuple[Home, list[str]]:
    """Somebody else with a space of their own, and the ids of everything in it."""
    other = Home(home.database, await spaces.enter(home.database, "eve", ZONE))
    made = await furnish(other, hands, OTHERS)
    return other, [text for texts in made.values() for text in texts]
