"""The chatbot reaches the server through two sidecars, and is known by its app id."""

from pathlib import Path

import httpx2
from tools.stack import Plan, Stack, stack

from tests import sowing
from tests.server.agent import Agent
from tests.server.eras import Era, connect
from tests.server.test_http import HEADERS, body, post
from todo_mcp.store.database import Database

ACTOR = "SELECT actor ->> 'app' FROM operations WHERE id = $1"


async def app_of(database: Database, op: str) -> str | None:
    [(app,)] = await sowing.rows(database, ACTOR, int(op[2:]))
    return app


async def test_a_call_through_sidecars_says_which_app_it_came_from(
    up: Stack, stored: Database, era: Era
) -> None:
    async with connect(up.invoke_url(), era) as client:
        answer = await Agent(client).call("add_task", title="Buy milk")
    assert await app_of(stored, answer["op"]) == "chatbot"


async def test_a_caller_without_the_sidecars_token_is_not_believed(
    up: Stack, stored: Database
) -> None:
    # Red with a server that believes dapr-caller-app-id alone.
    lies = {"dapr-caller-app-id": "chatbot", "dapr-api-token": "guessed"}
    response = await post(up.mcp_url, body('{"title": "Buy milk"}'), **lies)
    answer = response.json()["result"]["structuredContent"]
    assert await app_of(stored, answer["op"]) is None


async def test_with_certificates_only_the_chatbot_gets_in(tmp_path: Path) -> None:
    # Red without the configuration `access`.
    async with (
        stack(tmp_path / "s", Plan(workers=0, callers=("chatbot", "stranger"), mtls=True)) as up,
        httpx2.AsyncClient(timeout=20) as http,
    ):
        codes = [
            (
                await http.post(
                    up.invoke_url(caller),
                    content=body('{"title": "Buy milk"}'),
                    headers=HEADERS,
                )
            ).status_code
            for caller in ("chatbot", "stranger")
        ]
    assert codes == [200, 403]
