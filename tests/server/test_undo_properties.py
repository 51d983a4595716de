"""Whatever was done, undoing it newest first leads back through every state, and redoing forth again."""

import random
from typing import Any

import pytest

from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.meanwhile import fire, follow
from tests.server.stored import rows
from todo_mcp.service.home import Home

STEPS = 9
TITLES = ("Milk", "Report", "Fern", "Tax")
DUES = ("2026-12-01", "2026-12-02T09:00", "2026-12-24T18:30", "fri all day", "in 3 weeks")
REMINDERS = ("-30m", "-1d", "-1d 09:00", "2026-12-20T10:00", "0m")
RULES = (
    "every day",
    "every! 2 days",
    "weekdays",
    "every week for 2 times",
    "last day of the month",
)

# A table's rows without what every write changes.
_ROWS = """
SELECT to_jsonb(x) - 'version' - 'updated_at' - 'space_id' - 'search' AS row
FROM {0} x WHERE space_id = $1
"""
TABLES = ("tasks", "series", "reminders", "notifications")

State = dict[tuple[str, int], dict[str, Any]]


async def snapshot(home: Home) -> State:
    from pydantic_core import from_json  # noqa: PLC0415

    found: State = {}
    for table in TABLES:
        for row in await rows(home, _ROWS.format(table)):
            image = from_json(row["row"])
            found[table, image["id"]] = image
    return found


def gone(row: dict[str, Any], table: str, now: State) -> bool:
    """What was made since is out of the way."""
    if table == "tasks":
        return row["deleted_at"] is not None
    if table == "reminders":
        task = now["tasks", row["task_id"]]
        return row["state"] == "removed" or (row["state"] != "pending" and task["deleted_at"])
    if table == "series":
        return row["ended_at"] is not None
    return True


def assert_back_at(before: State, now: State) -> None:
    for key, row in now.items():
        if key in before:
            assert row == before[key]
        else:
            assert gone(row, key[0], now), row


class Chance:
    """Calls an agent might make, one after the other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (dice)

    async def act(self, ada: Agent, tasks: list[str]) -> tuple[str, dict[str, Any]]:
        """The answer of one call that changed something."""
        while True:
            name, arguments = self.call(tasks)
            result = await ada.client.call_tool(name, arguments)
            data = result.structured_content
            if not result.is_error and data and "op" in data:
                tasks += [t["id"] for t in data["tasks"] if t["id"] not in tasks]
                return name, data

    def call(self, tasks: list[str]) -> tuple[str, dict[str, Any]]:
        pick = self.random.choice
        some = self.random.sample(tasks, self.random.randint(1, min(3, len(tasks))))
        match pick("auuuccccrrsd"):
            case "a":
                new = {"title": pick(TITLES), "due": pick(DUES), "reminders": [pick(REMINDERS)]}
                if self.random.random() < 0.5:
                    new |= {"recurrence": pick(RULES)}
                return "add_task", new | {"subtasks": ["one", "two"]}
            case "u":
                return "update_tasks", {"ids": some} | self.fields(tasks)
            case "c":
                action = pick(
                    ("complete", "complete", "reopen", "start", "cancel", "skip", "end_series",
                     "restore")
                )  # fmt: skip
                with_subtasks = self.random.random() < 0.3
                return "complete_tasks", {
                    "ids": some,
                    "action": action,
                    "with_subtasks": with_subtasks,
                }
            case "r":
                action = pick(("add", "replace", "remove"))
                texts = self.random.sample(REMINDERS, 2)
                given = {} if action == "remove" else {"reminders": texts}
                return "set_reminder", {"ids": some, "action": action} | given
            case "s":
                given = pick(({"stop": True}, {"recurrence": pick(RULES)}))
                return "set_recurrence", {"id": some[0]} | given
            case _:
                return "delete_tasks", {"ids": some, "confirm": True}

    def fields(self, tasks: list[str]) -> dict[str, Any]:
        pick = self.random.choice
        change = pick(
            (
                {"title": pick(TITLES), "notes": "some words"},
                {"due": pick(DUES), "priority": "high"},
                {"due": pick(DUES), "start": "2026-11-25", "deadline": "2027-01-01"},
                {"tags": ["home", "büro"], "estimate": "2h"},
                {"clear": ["due", "tags"]},
                {"clear": ["parent", "reminders"]},
                {"parent": pick(tasks)},
                {"blocked_by": [pick(tasks)]},
                {"zone": "America/New_York", "assignee": "me"},
                {"reminders": [pick(REMINDERS)]},
            )
        )
        return dict(change)


async def _settled(ada: Agent, home: Home, hands: Hands) -> list[str]:
    """A few tasks to begin with."""
    hands.forward(seconds=1)
    tasks: list[str] = []
    for fields in (
        {"title": "Plain", "due": "2026-12-01T10:00", "reminders": ["-1d"], "subtasks": ["a", "b"]},
        {"title": "Daily", "due": "today 18:00", "recurrence": "every day", "reminders": ["-30m"]},
        {"title": "Weekly", "recurrence": "every week", "due": "2026-11-27", "subtasks": ["c"]},
        {"title": "Bare"},
    ):
        answer = await ada.call("add_task", **fields)
        tasks.append(answer["tasks"][0]["id"])
    await follow(home, hands)
    return tasks


@pytest.mark.parametrize("seed", range(24))
async def test_undo_leads_back_through_every_state_and_redo_forth(
    home: Home, hands: Hands, seed: int
) -> None:
    chance = Chance(seed)
    async with agent(home, hands) as ada:
        tasks = await _settled(ada, home, hands)
        states = [await snapshot(home)]
        done: list[tuple[str, str]] = []
        for _ in range(STEPS):
            hands.forward(seconds=1)
            name, answer = await chance.act(ada, tasks)
            hands.forward(seconds=1)
            await follow(home, hands)
            done.append((name, answer["op"]))
            states.append(await snapshot(home))
        undos: list[str] = []
        for name, op in reversed(done):
            hands.forward(seconds=1)
            answer = await ada.call("undo", last=1)
            assert answer["undone"][0] == op, name
            undos.append(answer["op"])
            await follow(home, hands)
            assert_back_at(states[len(done) - len(undos)], await snapshot(home))
        for step, op in enumerate(reversed(undos), 1):
            hands.forward(seconds=1)
            await ada.call("undo", op=op)
            await follow(home, hands)
            assert_back_at(states[step], await snapshot(home))


@pytest.mark.parametrize("seed", range(8))
async def test_no_reminder_waits_for_a_closed_task_or_fires_for_its_time_twice(
    home: Home, hands: Hands, seed: int
) -> None:
    chance = Chance(1000 + seed)
    async with agent(home, hands) as ada:
        tasks = await _settled(ada, home, hands)
        for _ in range(2 * STEPS):
            hands.forward(hours=chance.random.randint(1, 60))
            await fire(home, hands)
            if chance.random.random() < 0.4:
                await ada.client.call_tool("undo", {"last": chance.random.randint(1, 3)})
            else:
                await chance.act(ada, tasks)
            await follow(home, hands)
            await _hold(home)


_WAITING = """
SELECT r.id FROM reminders r JOIN tasks t ON t.space_id = r.space_id AND t.id = r.task_id
WHERE r.space_id = $1
  AND (r.state = 'pending') > (t.completed_at IS NULL AND t.deleted_at IS NULL)
"""
_CANCELLED = """
SELECT r.id FROM reminders r JOIN tasks t ON t.space_id = r.space_id AND t.id = r.task_id
WHERE r.space_id = $1 AND r.state = 'cancelled' AND t.completed_at IS NULL AND t.deleted_at IS NULL
"""
_OPEN = """
SELECT series_id FROM tasks WHERE space_id = $1 AND completed_at IS NULL AND deleted_at IS NULL
  AND series_id IS NOT NULL GROUP BY series_id HAVING count(*) > 1
"""


async def _hold(home: Home) -> None:
    for query in (_WAITING, _CANCELLED, _OPEN):
        assert await rows(home, query) == []
