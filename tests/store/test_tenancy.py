"""Two fences between spaces, each of which must hold when the other has a hole."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests import postgres, sowing
from tests.hands import Hands
from tests.server.agent import agent
from tests.store.intruding import NAMED, WIDE, answered, filled
from tests.store.neighbours import CANARY, Neighbour, everything, furnished, spaced
from todo_mcp import ids
from todo_mcp.domain.task import Task
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.store import migrate
from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.database import Database
from todo_mcp.store.purge import purge

OFF = "ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {0} DISABLE ROW LEVEL SECURITY"


class Unfenced(Database):
    """Every statement of the app without its conditions on the space."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.cuts: list[int] = []

    async def app(self, space: int, sql: str, *args: Any, once: bool = False) -> list[Any]:
        bare, cut = re.subn(
            r"(\w+\.)?space_id = \$(\d+)(::BIGINT)?", r"$\2::bigint IS NOT NULL", sql
        )
        self.cuts.append(cut)
        return await super().app(space, bare, *args, once=once)


@pytest.fixture
async def open_plan(url: str) -> AsyncGenerator[Database]:
    """A database whose row-level security is off."""
    async with postgres.scratch(url) as made:
        await migrate.upgrade(made)
        database = Database(made)
        try:
            yield await without_fence(database)
        finally:
            await database.close()


async def without_fence(database: Database) -> Database:
    for table in [*await spaced(database), "spaces", "channels"]:
        for part in OFF.format(table).split(";"):
            await postgres.run(database.url, part)
    return database


async def intrude(database: Database, ada: Neighbour, bob: Neighbour, hands: Hands) -> None:
    """Ada calls everything; nothing of Bob's may show or change."""
    before = await everything(database, bob.home.person.space)
    names = bob.named | {"own": ada.named["task"]}
    async with agent(ada.home, hands) as at_work:
        for call in (*NAMED, *WIDE):
            tool, arguments = filled(call, names)
            told = await answered(at_work, (tool, arguments))
            asked = set(re.findall(rf"\w*{CANARY}[\w ]*", str(arguments)))
            for words in asked:  # an error may quote what was asked for
                told = told.replace(words, "")
            assert CANARY not in told, (tool, arguments, told)
    assert await everything(database, bob.home.person.space) == before


async def test_nothing_of_a_neighbour_shows_or_changes(
    database: Database, ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    await intrude(database, ada, bob, hands)


async def test_row_level_security_holds_where_queries_name_no_space(
    database: Database, ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    unfenced = Unfenced(database.url)
    try:
        await intrude(database, Neighbour(Home(unfenced, ada.home.person), ada.named), bob, hands)
    finally:
        await unfenced.close()
    assert sum(unfenced.cuts) > 300


async def test_queries_name_their_space_where_row_level_security_is_off(
    open_plan: Database, hands: Hands
) -> None:
    ada = await furnished(open_plan, hands, "ada", "milk")
    bob = await furnished(open_plan, hands, "bob", CANARY)
    rows = await open_plan.app(ada.home.person.space, "SELECT DISTINCT space_id FROM tasks")
    assert len(rows) == 2, "row-level security is not off"
    await intrude(open_plan, ada, bob, hands)


async def test_writing_statements_find_nothing_in_another_space(
    open_plan: Database, hands: Hands
) -> None:
    ada = await furnished(open_plan, hands, "ada", "milk")
    bob = await furnished(open_plan, hands, "bob", CANARY)
    before = await everything(open_plan, bob.home.person.space)
    space, theirs = ada.home.person.space, ids.parse(bob.named["trashed"], "task", "task")
    [row] = await sowing.rows(
        open_plan, "SELECT to_jsonb(t)::text FROM tasks t WHERE id = $1", theirs
    )
    task = Task.model_validate_json(row[0])
    missed = {("tasks", theirs)}
    change = Commit(space, {"tasks": {theirs: task.version}}, {"operations": []})
    assert await commit(open_plan, change) == missed
    assert await purge(open_plan, space, [task], {"operations": [], "events": []}) == missed
    assert await everything(open_plan, bob.home.person.space) == before


def test_every_tool_is_called_with_what_belongs_to_others() -> None:
    assert {tool for tool, _ in (*NAMED, *WIDE)} == {tool.name for tool in TOOLS}


async def test_the_same_calls_work_on_what_is_ones_own(ada: Neighbour, hands: Hands) -> None:
    names = ada.named | {"own": ada.named["done"]}
    async with agent(ada.home, hands) as at_work:
        worked = {
            call[0]
            for call in NAMED
            if (await answered(at_work, filled(call, names))).startswith("False")
        }
    assert worked == {tool for tool, _ in NAMED}


async def test_what_others_have_answers_like_what_nobody_ever_had(
    ada: Neighbour, bob: Neighbour, hands: Hands
) -> None:
    nobody = {
        name: re.sub(r"\d+", "987654321", value) if re.search(r"\d", value) else f"no{name}"
        for name, value in bob.named.items()
    }
    own = {"own": ada.named["task"]}

    async def told(at_work: Any, call: Any, names: dict[str, str]) -> str:
        said = await answered(at_work, filled(call, names | own))
        for name, value in names.items():
            said = re.sub(rf"\b{re.escape(value)}\b", f"<{name[0]}>", said)
        return re.sub(r"op\d+", "op", re.sub("<[td]>", "<w>", said))

    async with agent(ada.home, hands) as at_work:
        for call in NAMED:
            theirs = await told(at_work, call, bob.named)
            assert theirs == await told(at_work, call, nobody), call
            assert "<" in theirs or "0" in theirs or "no match" in theirs, (call, theirs)
