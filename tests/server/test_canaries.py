"""What real servers write besides their answers: no word of a user, whatever is sent, at any level."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx2
import pytest
from mcp import Client, MCPError

from tests.server.eras import connect
from tests.server.processes import DEADLINE_SECONDS, HANDSHAKE, READY, Running
from tests.signals import eventually
from todo_mcp.server.strict import register
from todo_mcp.server.tools import TOOLS
from todo_mcp.store import embedded

WORD: Final = "qzcanary"
Call = tuple[str, dict[str, Any]]
SCHEMAS: Final = {tool.name: register(tool).parameters for tool in TOOLS}


def planted(schema: dict[str, Any], name: str) -> Any:
    """The word where the schema has text, and in place of whatever else it wants."""
    schema = schema.get("anyOf", [schema])[0]
    if schema["type"] == "array":
        return [planted(schema["items"], name)]
    if schema["type"] == "object":
        return {part: f"{WORD}-{part}" for part in schema["properties"]}
    return f"{WORD}-{name}"


def calls(task: str) -> Iterator[Call]:
    """Each argument of each tool with the word in it, and stored text with it everywhere."""
    stored = {
        "title": WORD,
        "notes": f"{WORD} notes",
        "tags": [WORD],
        "subtasks": [f"{WORD} below"],
    }
    yield "add_task", stored | {"idempotency_key": f"{WORD}-1"}
    yield "add_task", stored | {"reminders": ["in 2 seconds"]}
    yield "update_tasks", {"ids": [task], "title": f"{WORD} new", "version": 77}
    for tool, schema in SCHEMAS.items():
        known = {"ids": [task], "id": task, "title": WORD, "tasks": [{"title": WORD}]}
        needed = {name: known[name] for name in schema.get("required", ())}
        yield tool, needed | {WORD: WORD}
        yield tool, {f"{WORD}{chr(10)}": {WORD: [WORD]}}
        for name, part in schema["properties"].items():
            yield tool, needed | {name: planted(part, name)}
            yield tool, needed | {name: {WORD: WORD}}


def message(number: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def told_in(folder: Path) -> list[str]:
    """The files that have the word, PostgreSQL's tables aside."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    logs = [file for file in files if "postgres" not in file.relative_to(folder).parts[1:]]
    assert {"postgres.log", "errors"} <= {file.name for file in logs}, logs
    return [str(file) for file in logs if WORD.encode() in file.read_bytes()]


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Path]:
    """Where both servers keep their data, and what they said."""
    made = tmp_path_factory.mktemp("canaries")
    yield made
    await embedded.stop(made / "data")


@asynccontextmanager
async def todo_mcp(folder: Path, *arguments: str, **streams: Any) -> AsyncGenerator[Running]:
    """A real process at the most talkative level; what it says on stderr is kept in a file."""
    options = ["--log-level", "debug", "--data-dir", str(folder / "data")]
    with (folder / "errors").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "todo_mcp",
            *arguments,
            *options,
            stderr=errors,
            limit=2**26,
            **streams,
        )
    server = Running(process)
    try:
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_no_word_of_a_user_is_written_by_a_stdio_server(folder: Path) -> None:
    shake = json.loads(json.dumps(HANDSHAKE).replace('"test"', f'"{WORD}"'))
    async with todo_mcp(folder, stdin=PIPE, stdout=PIPE) as server:
        await server.tell(
            shake, READY, message(2, "tools/call", name="add_task", arguments={"title": WORD})
        )
        await server.hear()
        first = (await server.hear())["result"]["structuredContent"]["tasks"][0]["id"]
        sent = [
            message(n, "tools/call", name=tool, arguments=arguments)
            for n, (tool, arguments) in enumerate(calls(first), start=10)
        ]
        sent += [
            message(9001, "tools/call", name=WORD, arguments={WORD: WORD}),
            message(9002, "prompts/get", name=WORD),
            message(9003, "resources/read", uri=f"todo://{WORD}"),
            message(9004, WORD, value=WORD),
            message(9005, "tools/call", name=5, arguments=WORD),
        ]
        await server.tell(*sent, f"garbage {WORD}", f'{{"jsonrpc": "2.0", "{WORD}": ')
        answers = [await server.hear() for _ in range(len(sent) + 2)]
        assert {answer["jsonrpc"] for answer in answers} == {"2.0"}
        await eventually(lambda: notified(server))
        await failing(folder / "data")
        assert await server.seconds_to_end(signal.SIGTERM) < DEADLINE_SECONDS
    assert told_in(folder) == []


async def failing(data: Path) -> None:
    """Statements that PostgreSQL refuses: it would log them, their values and the rows in question."""
    used = await embedded.start(data)
    connection = await asyncpg.connect(used.url)
    for sql, values in (
        ("INSERT INTO users SELECT 99, name, zone, 0, NULL, '9:00', '{}', space_id FROM users", ()),
        ("UPDATE operations SET key = $1", (WORD,)),
        ("UPDATE tasks SET status = $1", (WORD,)),
        ("SELECT $1::text::int", (WORD,)),
        (f"SELECT '{WORD}'::int", ()),
        (f"SELECT {WORD}", ()),
        (f"DO $$ BEGIN RAISE WARNING '{WORD}'; END $$", ()),
    ):
        with suppress(asyncpg.PostgresError):
            await connection.fetch(sql, *values)
    await connection.close()
    await used.release()


async def notified(server: Running) -> bool:
    """Whether a reminder has fired, and so the relay and the worker have done their work."""
    await server.tell(message(9999, "tools/call", name="get_context", arguments={}))
    return bool((await server.hear())["result"]["structuredContent"]["notifications"])


async def test_no_word_of_a_user_is_written_by_an_http_server(folder: Path) -> None:
    with (folder / "output").open("wb") as output:
        serving = todo_mcp(
            folder, "serve", "--with-worker", "--port", "0", stdin=DEVNULL, stdout=output
        )
        async with serving as server:
            url = await eventually(lambda: address(folder / "errors"))
            async with connect(url, "modern") as client:
                await through(client)
            await raw(url)
            assert await server.seconds_to_end(signal.SIGTERM) < DEADLINE_SECONDS
    assert told_in(folder) == []


async def address(errors: Path) -> str | None:
    """Where the server listens, once it says so."""
    for line in errors.read_text().splitlines():  # noqa: ASYNC240 (a few lines)
        if line.startswith("{") and (event := json.loads(line)).get("event") == "server.listening":
            return event["url"]
    return None


async def through(client: Client) -> None:
    """All calls through a client, and its reminder waited for."""
    first = await client.call_tool("add_task", {"title": WORD})
    assert first.structured_content is not None
    refused = 0
    for tool, arguments in calls(first.structured_content["tasks"][0]["id"]):
        result = await client.call_tool(tool, arguments)
        refused += result.is_error
    assert refused > len(SCHEMAS)
    for name in (WORD, f"{WORD}\n"):
        with pytest.raises(MCPError):
            await client.call_tool(name, {WORD: WORD})
    await eventually(lambda: fired(client))


async def fired(client: Client) -> bool:
    context = await client.call_tool("get_context", {})
    assert context.structured_content is not None
    return bool(context.structured_content["notifications"])


async def raw(url: str) -> None:
    """Requests that no client of ours would send."""
    body = json.dumps(message(1, "tools/call", name=WORD, arguments={WORD: WORD})).encode()
    async with httpx2.AsyncClient() as http:
        for headers in (
            {"user-agent": WORD},
            {"host": f"{WORD}.example"},
            {"origin": f"https://{WORD}.example"},
            {"authorization": f"Bearer {WORD}"},
            {"mcp-session-id": WORD},
            {"mcp-protocol-version": WORD},
            {"content-type": WORD},
            {"mcp-name": WORD, "mcp-method": WORD},
            {"traceparent": WORD, "x-request-id": WORD, "cookie": f"a={WORD}"},
        ):
            known = {
                "content-type": "application/json",
                "accept": "application/json, text/event-stream",
            }
            for content in (body, body[:-9], f"[{WORD}".encode(), WORD.encode()):
                await http.post(url, content=content, headers=known | headers)
        for path in (f"?space={WORD}", f"/{WORD}", f"/../{WORD}"):
            await http.post(url + path, content=body)
            await http.get(url + path)
