"""What a caller reads where a call fails, and what it never does."""

import pytest
from mcp import MCPError

from tests.server.eras import Era, connect
from tests.server.small import refusal, small_server
from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.server.arrival import Arrival
from todo_mcp.server.context import Resources


async def test_our_errors_are_shown_as_they_are(era: Era) -> None:
    async with connect(small_server(), era) as client:
        said = await refusal(client, "delete", {"ids": ["t1042"]})

    assert said == "ids: t1042 is at version 7, you sent 5. Read it again and decide."


async def test_a_fault_of_ours_shows_nothing_of_itself(era: Era) -> None:
    async with connect(small_server(), era) as client:
        said = await refusal(client, "break_down", {"text": "canary"})

    assert "secret" not in said
    assert "canary" not in said
    assert said.startswith("break_down failed by a fault of the server")


async def test_an_unknown_tool_is_an_error_of_the_protocol(era: Era) -> None:
    async with connect(small_server(), era) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("add_taks", {})

    assert caught.value.error.code == -32602
    assert caught.value.error.message == "Unknown tool: 'add_taks'"


async def test_an_unknown_prompt_is_an_error_of_the_protocol(era: Era) -> None:
    async with connect(small_server(), era) as client:
        with pytest.raises(MCPError) as caught:
            await client.get_prompt("plan", {})

    assert caught.value.error.code == -32602
    assert caught.value.error.message == "Unknown prompt: 'plan'"


async def test_a_part_that_is_still_starting_answers_that_the_call_may_be_repeated(
    era: Era,
) -> None:
    resources = Resources(utc_now, Arrival("The database", patience_seconds=0.01))
    async with connect(small_server(resources), era) as client:
        said = await refusal(client, "wait", {})

    assert said == "The database is still starting. Repeat the call in a few seconds."


async def test_a_part_that_could_not_start_says_why_until_it_is_there(era: Era) -> None:
    resources = Resources(utc_now, Arrival("The database"))
    async with connect(small_server(resources), era) as client:
        resources.starting.failed(UnavailableError("The data folder is not writable."))
        first = await refusal(client, "wait", {})
        second = await refusal(client, "wait", {})

    assert first == second == "The data folder is not writable."
