"""The inbox as a resource: read, and listened to, in both eras."""

import asyncio
import json
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.shared.exceptions import MCPDeprecationWarning

from tests.conftest import NOW
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.eras import Era
from tests.signals import DEADLINE_SECONDS, Record
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.home import Home
from todo_mcp.store import timers

URI = "todo://notifications"


async def fire(home: Home, agent: Agent, title: str) -> str:
    """A task whose reminder has fired; its id."""
    number = await agent.add(title, reminders=["2026-11-24T10:00"])
    await home.database.worker("UPDATE reminders SET fire_at = now() WHERE state = 'pending'")
    assert await timers.fire(home.database.worker) == 1
    home.database.wake()
    return number


async def read(client: Client) -> list[dict[str, Any]]:
    [content] = (await client.read_resource(URI)).contents
    return json.loads(getattr(content, "text"))["notifications"]  # noqa: B009 (text or blob)


async def test_the_inbox_is_read_and_emptied_by_dismissing_and_completing(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        listed = (await ada.client.list_resources()).resources
        assert [str(resource.uri) for resource in listed] == [URI]
        milk, call = await fire(home, ada, "Buy milk"), await fire(home, ada, "Call Grace")
        told = await read(ada.client)
        assert [(item["task"], item["title"]) for item in told] == [
            (call, "Call Grace"),
            (milk, "Buy milk"),
        ]
        await ada.call("set_reminder", ids=[told[0]["id"]], action="dismiss")
        assert [item["task"] for item in await read(ada.client)] == [milk]
        await ada.call("complete_tasks", ids=[milk])
        assert await read(ada.client) == []


def _server(home: Home, hands: Hands) -> Any:
    resources = Resources(hands)
    resources.starting.arrived(home)
    return build_server(resources, TOOLS)


async def test_who_listens_is_told_at_once_and_of_every_change_in_the_modern_era(
    home: Home,
) -> None:
    hands = Hands(NOW)
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        Client(_server(home, hands), mode="auto") as client,
        client.listen(resource_subscriptions=[URI]) as events,
    ):
        # What came between reading and listening is told of, too.
        assert str(getattr(await anext(events), "uri")) == URI  # noqa: B009 (one of several events)
        ada = Agent(client)
        task = await fire(home, ada, "Buy milk")
        assert str(getattr(await anext(events), "uri")) == URI  # noqa: B009
        assert len(await read(client)) == 1
        await ada.call("set_reminder", ids=[task], action="dismiss")
        assert str(getattr(await anext(events), "uri")) == URI  # noqa: B009
        assert await read(client) == []


async def test_who_subscribed_is_told_at_once_and_of_every_change_in_the_handshake_era(
    home: Home,
) -> None:
    hands, heard = Hands(NOW), Record[str]()

    async def hear(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/resources/updated":
            heard.add(str(message.params.uri))

    async with Client(_server(home, hands), mode="legacy", message_handler=hear) as client:
        await _subscribe(client, URI)
        await heard.until(1)
        ada = Agent(client)
        task = await fire(home, ada, "Buy milk")
        await heard.until(2)
        await ada.call("complete_tasks", ids=[task])
        assert await heard.until(3) == [URI] * 3
        with pytest.raises(MCPError, match="has no updates"):
            await _subscribe(client, "todo://x")


async def _subscribe(client: Client, uri: str) -> None:
    with pytest.warns(MCPDeprecationWarning, match="removed as of 2026-07-28"):
        await client.session.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
