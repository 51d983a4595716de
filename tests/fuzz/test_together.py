"""Many at work on the same few tasks at once: whatever races are won and lost, the whole stays sound.

Red, if not with each seed, with an undo that leaves what was added since below a task in the trash, or gives a time back without
its zone, and with one that names a task as parent that is purged.
"""

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

import pytest
from asyncpg import UniqueViolationError
from mcp import Client

from tests import sowing
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.guests import guest
from tests.server.meanwhile import fire, follow
from todo_mcp.domain.task import DEPTH_LIMIT
from todo_mcp.errors import ConflictError
from todo_mcp.service.comparing import Difference
from todo_mcp.service.home import Home
from todo_mcp.service.verifying import verify
from todo_mcp.store.database import Database

AGENTS: Final = 9  # of three people
CALLS: Final = 25  # of each
DAYS: Final = 12
LISTS: Final = "INSERT INTO lists (space_id, id, version, name, created_at, updated_at) SELECT $1, 1000000 + i, 1, 'List ' || i, now(), now() FROM generate_series(1, 2) i"
UNSOUND: Final = {
    "a subtask is left below a task in the trash": """
        SELECT c.id FROM tasks c JOIN tasks p ON p.id = c.parent_id
        WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL""",
    "a task lies too deep, or below itself": f"""
        WITH RECURSIVE up AS (SELECT id, parent_id, 1 AS depth FROM tasks
          UNION ALL SELECT u.id, t.parent_id, u.depth + 1 FROM up u JOIN tasks t ON t.id = u.parent_id
          WHERE u.depth < 20)
        SELECT id FROM up WHERE depth > {DEPTH_LIMIT}""",  # noqa: S608 (our own number)
    "a task waits for itself": """
        WITH RECURSIVE w AS (SELECT id, unnest(blocked_by) AS other FROM tasks
          UNION SELECT w.id, unnest(t.blocked_by) FROM w JOIN tasks t ON t.id = w.other)
        SELECT id FROM w WHERE id = other""",
    "a reminder waits for a task that is closed or in the trash": """
        SELECT r.id FROM reminders r JOIN tasks t ON t.id = r.task_id WHERE r.state = 'pending'
        AND (t.deleted_at IS NOT NULL OR t.status NOT IN ('open', 'started'))""",
}  # fmt: skip


class Someone:
    """Makes calls at random, mostly of tasks that others have, too."""

    def __init__(
        self, rng: random.Random, client: Client, tasks: list[str], ops: list[str]
    ) -> None:
        self.rng = rng
        self.client = client
        self.tasks = tasks
        self.ops = ops

    async def work(self) -> None:
        for _ in range(CALLS):
            tool, arguments = self._call()
            result = await self.client.call_tool(tool, arguments)
            said = str(result.content)
            assert "fault of the server" not in said, (tool, arguments)
            data: dict[str, Any] = result.structured_content or {}
            self.ops += [data["op"]] if "op" in data else []
            if tool.startswith("add_"):
                self.tasks += [task["id"] for task in data.get("tasks", ())]

    def _call(self) -> tuple[str, dict[str, Any]]:
        one, other = self.rng.choices(self.tasks, k=2)
        update = {"ids": [one]}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("add_task", {"title": "Below", "parent": one, "due": "tomorrow 9:00"}),
            ("add_task", {"title": "Weekly", "parent": one, "recurrence": "every monday"}),
            ("update_tasks", update | {"parent": other}),
            ("update_tasks", update | {"parent": other}),
            ("update_tasks", update | {"clear": ["parent"]}),
            ("update_tasks", update | {"list": self.rng.choice(("List 1", "List 2"))}),
            ("update_tasks", update | {"blocked_by": [other]}),
            ("update_tasks", update | {"due": "friday 10:00", "reminders": ["-1h"]}),
            ("delete_tasks", update | {"confirm": True}),
            ("complete_tasks", update | {"action": "restore"}),
            ("complete_tasks", update | {"with_subtasks": True}),
            ("complete_tasks", update | {"action": "reopen"}),
            ("update_tasks", update | {"start": "thursday 9:00", "zone": "Asia/Tokyo"}),
            ("update_tasks", update | {"clear": ["due", "start"]}),
            ("set_reminder", update | {"reminders": ["-30m"]}),
            ("set_reminder", update | {"action": "remove"}),
            ("complete_tasks", update | {"action": "skip"}),
            ("complete_tasks", update | {"action": "end_series"}),
            (
                "add_tasks",
                {
                    "tasks": [
                        {"title": "A", "ref": "a", "parent": one},
                        {"title": "B", "parent": "a"},
                    ]
                },
            ),
            ("set_recurrence", {"id": one, "recurrence": "every tuesday"}),
            ("set_recurrence", {"id": one, "stop": True}),
            ("reschedule_tasks", update | {"by": "1d"}),
            ("reschedule_tasks", update | {"by": "2d", "scope": "this_and_future"}),
            ("delete_tasks", update | {"purge": True, "confirm": True}),
            ("undo", {}),
            ("undo", {"op": self.rng.choice(self.ops)}),
            ("undo", {"op": self.rng.choice(self.ops), "force": True}),
        ]
        return self.rng.choice(calls)


async def days_pass(home: Home, hands: Hands) -> None:
    """With what a worker does meanwhile; what it loses a race for it does the next day.

    The stand-in for the timers cannot fire again what had fired for the same time, as they can.
    """
    for _ in range(DAYS):
        hands.forward(days=1)
        with suppress(ConflictError, UniqueViolationError):
            await fire(home, hands)
            await follow(home, hands)


async def unsound(database: Database) -> dict[str, list[Any]]:
    found = {name: await sowing.rows(database, sql) for name, sql in UNSOUND.items()}
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.many
async def test_whoever_meets_whom_the_tasks_stay_sound(home: Home, hands: Hands, seed: int) -> None:
    rng = random.Random(seed)
    await sowing.as_admin(home.database, LISTS, home.person.space)
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(agent(home, hands))
        tasks = [await ada.add("Top")]
        for level in range(2, 6):
            tasks.append(await ada.add(f"Level {level}", parent=tasks[-1]))
        tasks += [await ada.add(f"Other {number}") for number in range(3)]
        ops = [(await ada.call("update_tasks", ids=tasks[-1:], title="Another"))["op"]]
        homes = [await guest(home, name) for name in ("bob", "eve")]
        people = [ada, *[await stack.enter_async_context(agent(one, hands)) for one in homes]]
        async with asyncio.TaskGroup() as group:
            for number in range(AGENTS):
                client = people[number % len(people)].client
                someone = Someone(random.Random(rng.random()), client, tasks, ops)
                group.create_task(someone.work())
            group.create_task(days_pass(home, hands))
        await follow(home, hands)
        await follow(home, hands, backwards=True)
    if found := await unsound(home.database):
        pytest.fail(f"seed {seed}: {found}")
    differing: list[Difference] = []
    await verify(home.database, None, differing.append)
    assert [found for found in differing if found.name not in ("l1000001", "l1000002")] == []
