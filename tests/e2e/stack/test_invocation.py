"""The chatbot reaches the server through two sidecars, and is known by its app id."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from tools.stack import Plan, Stack, stack
from tools.stack.process import answers

from tests import sowing
from tests.e2e.stack.listening import beyond
from tests.faults.wire import Wire, wire
from tests.server.agent import Agent
from tests.server.eras import Era, connect
from tests.server.test_http import HEADERS, body, post
from tests.signals import eventually
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


@asynccontextmanager
async def starting(up: Stack, folder: Path) -> AsyncGenerator[Wire]:
    """The stack's server started anew, waiting for a database that keeps silent until it is let speak."""
    server = up["server"]
    kept = server.environment
    async with wire(up.database.url, folder) as line:
        line.silence()
        await server.end()
        server.environment = {**kept, "DATABASE_URL": line.url}
        try:
            server.spawn()
            await eventually(answers(up.mcp_url.replace("/mcp", "/livez")))
            yield line
        finally:
            line.speak()
            server.environment = kept
            await server.restart()


async def test_a_call_that_takes_long_tells_of_its_progress_through_both_sidecars(
    up: Stack, stored: Database, era: Era, tmp_path: Path
) -> None:
    # Red with an Arrival that tells nobody.
    told: list[tuple[float, float | None, str | None]] = []
    async with starting(up, tmp_path) as line, connect(up.invoke_url(), era) as client:

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))
            line.speak()

        arguments = {"title": "Buy milk"}
        result = await client.call_tool("add_task", arguments, progress_callback=tell)
    assert not result.is_error, result.content
    assert told[0] == (1.0, 4.5, "The database is starting")
    assert result.structured_content is not None
    assert await app_of(stored, result.structured_content["op"]) == "chatbot"


async def test_a_caller_without_the_sidecars_token_is_not_believed(
    up: Stack, stored: Database
) -> None:
    # Red with a server that believes dapr-caller-app-id alone.
    lies = {"dapr-caller-app-id": "chatbot", "dapr-api-token": "guessed"}
    response = await post(up.mcp_url, body('{"title": "Buy milk"}'), **lies)
    answer = response.json()["result"]["structuredContent"]
    assert await app_of(stored, answer["op"]) is None


async def test_with_certificates_only_the_chatbot_gets_in(tmp_path: Path) -> None:
    # Red without the configuration `access`; and with a sentry that tells its metrics to anybody.
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
        assert beyond(up) == []
    assert codes == [200, 403]
