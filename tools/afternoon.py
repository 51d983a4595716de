"""An afternoon of requests: the real server over HTTP, driven by a real MCP client, each call shown.

Exits 0 only where every answer is the right one. What is right is computed here from the clock and
plain date arithmetic, not with the server's own code.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from mcp import Client

ZONE = "Europe/Vienna"
PATIENCE_SECONDS = 20
FRIDAY = 4
ADDRESS = "MCP server at "

Answer = dict[str, Any]


class WrongError(Exception):
    """The server's answer is not the right one."""


def expect(what: str, found: object, right: object) -> None:
    if found != right:
        raise WrongError(f"{what}: got {found!r}, right is {right!r}")
    print(f"    ✓ {what}: {found}")


class Assistant:
    """Calls tools, and prints what it says and hears."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.calls = 0

    async def call(self, tool: str, **arguments: Any) -> Answer:
        self.calls += 1
        print(f"\n→ {tool} {json.dumps(arguments, ensure_ascii=False)}")
        answer, text = await self.ask(tool, **arguments)
        print("  " + text.replace("\n", "\n  "))
        return answer

    async def ask(self, tool: str, **arguments: Any) -> tuple[Answer, str]:
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        if result.is_error:
            raise WrongError(f"{tool}: {text}")
        return cast("Answer", result.structured_content), text


def instant(local: datetime) -> str:
    return local.replace(tzinfo=ZoneInfo(ZONE)).isoformat(timespec="minutes")


async def chores(assistant: Assistant, now: datetime) -> dict[str, str]:
    """A list of chores with dates in words."""
    morning = datetime.combine(now.date() + timedelta(days=1), datetime.min.time()).replace(hour=9)
    answer = await assistant.call(
        "add_tasks",
        tasks=[
            {"title": "Call the dentist", "due": "tomorrow 9am", "priority": "high"},
            {"title": "Renew the library books", "due": "in 2 weeks", "tags": ["errand"]},
            {"title": "Pay the rent", "due": "end of month", "reminders": ["-1d 09:00"]},
            {"title": "Blueberry jam", "ref": "jam", "notes": "the good one, with lemon"},
            {"title": "Buy jars", "parent": "jam", "tags": ["errand"]},
        ],
    )
    ids = {row["title"]: row["id"] for row in answer["tasks"]}
    dues = {row["title"]: row.get("due") for row in answer["tasks"]}
    expect("tomorrow 9am", dues["Call the dentist"], instant(morning))
    fortnight = (now.date() + timedelta(days=14)).isoformat()
    expect("in 2 weeks", dues["Renew the library books"], fortnight)
    month_ends = (now.date().replace(day=28) + timedelta(days=4)).replace(day=1)
    expect("end of month", dues["Pay the rent"], (month_ends - timedelta(days=1)).isoformat())
    return ids


async def weekly(assistant: Assistant, now: datetime) -> None:
    """A weekly task is completed and goes on by itself."""
    ahead = (FRIDAY - now.weekday()) % 7
    friday = datetime.combine(now.date() + timedelta(days=ahead), datetime.min.time())
    friday = (
        friday.replace(hour=18)
        if (ahead or now.hour < 18)
        else friday + timedelta(days=7, hours=18)
    )
    title = "Water the plants"
    answer = await assistant.call(
        "add_task",
        title=title,
        recurrence="every friday at 18:00",
        reminders=["-1h"],
        subtasks=["The orchid", "The fern on the stairs"],
    )
    first = answer["tasks"][0]
    expect("first date", first["due"], instant(friday))
    done = (await assistant.call("complete_tasks", ids=[first["id"]]))["tasks"][0]
    following = instant(friday + timedelta(days=7))
    expect("next date announced", done["next_occurrence"], following)
    found = await until(assistant, "search_tasks", query="water plants is:recurring")
    print(f"\n  … the worker has made the next occurrence: {json.dumps(found['tasks'][0])}")
    expect("next occurrence", found["tasks"][0]["due"], following)
    expect("its subtasks are open again", found["tasks"][0]["subtasks"], "0/2")


async def reminder(assistant: Assistant) -> None:
    """A reminder fires, is read and dismissed."""
    answer = await assistant.call(
        "add_task", title="Take the pizza out", due="in 2 seconds", reminders=["0m"]
    )
    told = await until(assistant, "get_context", include=["notifications"])
    [notification] = told["notifications"]
    print(f"\n  … the reminder has fired: {json.dumps(notification)}")
    expect("about", notification["task"], answer["tasks"][0]["id"])
    await assistant.call("set_reminder", ids=[notification["id"]], action="dismiss")
    left = await assistant.call("get_context", include=["notifications"])
    expect("unread", left["notifications"], [])


async def finding(assistant: Assistant, ids: dict[str, str]) -> None:
    """Words with a typo, parts of words, filters."""
    found = await assistant.call("search_tasks", query="dentsit")
    expect("typo", [row["id"] for row in found["tasks"]], [ids["Call the dentist"]])
    expect("did you mean", found["did_you_mean"], "dentist")
    found = await assistant.call("search_tasks", query="berry")
    expect("part of a word", [row["id"] for row in found["tasks"]], [ids["Blueberry jam"]])
    found = await assistant.call("search_tasks", query="tag:errand -jars")
    expect("filter", [row["id"] for row in found["tasks"]], [ids["Renew the library books"]])


async def second_thoughts(assistant: Assistant, ids: dict[str, str]) -> None:
    """A change, a deletion, and an undo of both."""
    dentist = ids["Call the dentist"]
    await assistant.call("update_tasks", ids=[dentist], due="next week", tags_add=["health"])
    gone = await assistant.call("delete_tasks", ids=[ids["Blueberry jam"]])
    found = await assistant.call("search_tasks", query="jam")
    expect("deleted", found["total"], 0)
    undone = await assistant.call("undo", last=2)
    expect("undone", undone["undone"][0], gone["op"])
    back = await assistant.call("get_tasks", ids=[ids["Blueberry jam"], dentist])
    expect("back again", back["tasks"][0]["subtasks"], "0/1")
    expect("as it was", back["tasks"][1].get("tags"), None)


async def until(assistant: Assistant, tool: str, **arguments: Any) -> Answer:
    """The first answer that has something in it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer, _ = await assistant.ask(tool, **arguments)
            if answer.get("tasks") or answer.get("notifications"):
                return answer


@asynccontextmanager
async def serving(folder: str) -> AsyncGenerator[str]:
    """A server of our own on a free port; its address. What it logs is shown where it fails."""
    command = [sys.executable, "-m", "todo_mcp", "serve", "--with-worker", "--port", "0"]
    place = ["--data-dir", f"{folder}/data", "--timezone", ZONE]
    process = await asyncio.create_subprocess_exec(*command, *place, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    said: list[str] = []
    listening = asyncio.Event()
    hearing = asyncio.create_task(hear(process.stderr, said, listening))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await listening.wait()
        yield "".join(said).partition(ADDRESS)[2].split()[0]
    except BaseException:
        print("".join(said), file=sys.stderr)
        raise
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await hearing


async def hear(stream: asyncio.StreamReader, said: list[str], listening: asyncio.Event) -> None:
    async for line in stream:
        said.append(line.decode())
        if ADDRESS in said[-1]:
            listening.set()


async def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            async with serving(folder) as url, Client(url) as client:
                assistant = Assistant(client)
                context = await assistant.call("get_context")
                now = datetime.fromisoformat(context["now"]).replace(tzinfo=None)
                ids = await chores(assistant, now)
                await weekly(assistant, now)
                await reminder(assistant)
                await finding(assistant, ids)
                await second_thoughts(assistant, ids)
                print(f"\n{assistant.calls} calls, every answer the right one")
        finally:
            await stop_database(Path(folder, "data"))
    return 0


async def stop_database(folder: Path) -> None:
    from todo_mcp.store import embedded  # noqa: PLC0415 (the only thing taken from the server)

    await embedded.stop(folder)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except* WrongError as wrong:
        for error in wrong.exceptions:
            print(f"\nWRONG: {error}", file=sys.stderr)
        sys.exit(1)
