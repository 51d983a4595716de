"""The URL of a connection names the space it works in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from tests.hands import Hands
from tests.server.agent import Agent
from tests.server.eras import Era, connect
from tests.server.small import serving
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.store import spaces

LEAVE = "DELETE FROM members WHERE space_id = $1 AND user_id = $2"


@pytest.fixture
async def family(home: Home) -> int:
    """Bob's space, of which ada is a member too."""
    space = (await spaces.enter(home.database, "bob", "Europe/Vienna")).space
    join = "INSERT INTO members (space_id, user_id, role) VALUES ($1, $2, 'editor')"
    await home.database.worker(join, space, home.person.user)
    return space


@asynccontextmanager
async def served(home: Home, hands: Hands) -> AsyncGenerator[str]:
    resources = Resources(hands)
    resources.starting.arrived(home)
    async with serving(build_server(resources, TOOLS)) as found:
        yield found


async def test_a_connection_works_in_the_space_its_url_names(
    home: Home, hands: Hands, family: int, era: Era
) -> None:
    async with served(home, hands) as url:
        async with connect(f"{url}?space=bob", era) as client:
            there = Agent(client)
            task = await there.add("Feed the cat")
            told = await there.call("get_context")
        async with connect(f"{url}?space={family}", era) as client:
            found = await Agent(client).call("search_tasks")
        async with connect(url, era) as client:
            own = await Agent(client).call("search_tasks")
            context = await Agent(client).call("get_context")
        assert [row["id"] for row in found["tasks"]] == [task]
        assert own["tasks"] == []
        assert (told["space"], told["other_spaces"]) == ("bob", ["ada"])
        assert (context["space"], context["other_spaces"]) == ("ada", ["bob"])


async def test_a_space_one_is_no_member_of_is_refused_from_the_next_call_on(
    home: Home, hands: Hands, family: int, era: Era
) -> None:
    async with served(home, hands) as url:
        async with connect(f"{url}?space=bob", era) as client:
            inside = Agent(client)
            await inside.add("Feed the cat")
            await home.database.worker(LEAVE, family, home.person.user)
            error = await inside.refused("search_tasks")
        async with connect(f"{url}?space=nowhere", era) as client:
            assert await Agent(client).refused("add_task", title="x") == error
        assert error == "space: you have no such space. Leave it out to work in your own."
