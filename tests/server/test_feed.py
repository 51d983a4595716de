"""The feed over HTTP: who may read it, what it tells, and what it costs.

Red with a Host that is not looked at, with a token that is found by its beginning, with a revoked one
that is remembered, and with an ETag made of the tasks alone.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest
from starlette.applications import Starlette

from tests.conftest import NOW
from tests.hands import Hands
from tests.server.agent import agent
from tests.server.meanwhile import fire
from tests.server.small import ready
from tests.service.calendar.desk import todos_in
from todo_mcp.errors import NotFoundError
from todo_mcp.server import feed
from todo_mcp.server.app import build_server
from todo_mcp.server.context import Resources
from todo_mcp.server.http import serve_http
from todo_mcp.server.serving import address, listen
from todo_mcp.server.tools import TOOLS
from todo_mcp.service.calendar import exporting, feeding
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store import spaces

MANY = """
INSERT INTO tasks (space_id, id, version, title, list_id, status, priority, tags, blocked_by,
  created_at, updated_at)
SELECT $1, nextval('task_ids'), 1, 'Task ' || n, l.id, 'open', 0, '{}', '{}', now(), now()
FROM generate_series(1, $2::int) n, lists l WHERE l.space_id = $1 AND l.inbox
"""


@asynccontextmanager
async def served(home: Home, hands: Hands) -> AsyncGenerator[httpx2.AsyncClient]:
    resources = Resources(hands)
    resources.starting.arrived(home)
    app = Starlette(routes=[feed.route(resources)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield http


def work(home: Home) -> Work:
    return Work(home.database, home.person, NOW, "feed")


async def test_a_feed_tells_the_open_tasks_to_who_has_its_address(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as at_work:
        await at_work.add("Call the dentist", due="tomorrow 9am", reminders=["-30m"])
        await at_work.call("complete_tasks", ids=[await at_work.add("Done already")])
    _, token = await feeding.turn_on(work(home))
    async with served(home, hands) as http:
        told = await http.get(f"/feed/{token}.ics")
    assert told.status_code == 200
    assert told.headers["content-type"] == "text/calendar; charset=utf-8"
    [todo] = todos_in(told.content)
    assert str(todo["SUMMARY"]) == "Call the dentist"
    assert len(todo.walk("VALARM")) == 1


async def test_nobody_else_reads_it(home: Home, hands: Hands) -> None:
    number, token = await feeding.turn_on(work(home))
    bob = replace(home, person=await spaces.enter(home.database, "bob", "UTC"))
    other = "x" * len(token)
    async with served(home, hands) as http:
        answers = [
            await http.get(f"/feed/{guess}.ics") for guess in (other, "", token[:-1], "a" * 9999)
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        with pytest.raises(NotFoundError):
            await feeding.turn_off(work(bob), number)
        assert (await http.get(f"/feed/{token}.ics")).status_code == 200
        assert await feeding.turn_off(work(home), number) == [number]
        assert (await http.get(f"/feed/{token}.ics")).status_code == 404


async def test_the_token_is_kept_as_its_hash_only(home: Home) -> None:
    _, token = await feeding.turn_on(work(home))
    [row] = await home.database.worker("SELECT to_jsonb(f)::text AS row FROM feeds f")
    assert token not in row["row"]


CHANGES = (
    ("update_tasks", {"title": "Oat milk"}),
    ("update_tasks", {"reminders": ["-1d"]}),
    ("set_reminder", {"reminders": ["-1d 20:00"]}),
    ("update_tasks", {"due": "saturday"}),
    ("set_recurrence", {"recurrence": "every week"}),
    ("set_recurrence", {"exceptions_add": ["2026-12-05"]}),
    ("reschedule_tasks", {"to": "sunday", "scope": "this"}),
    ("complete_tasks", {"action": "complete"}),
)


async def test_what_has_not_changed_is_not_sent_again(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as at_work, served(home, hands) as http:
        task = await at_work.add("Milk", due="friday")
        _, token = await feeding.turn_on(work(home))
        address, seen = f"/feed/{token}.ics", list[str]()
        for tool, change in (("", {}), *CHANGES):
            if tool:
                which = {"id": task} if tool == "set_recurrence" else {"ids": [task]}
                await at_work.call(tool, **which, **change)
            fresh = await http.get(address, headers={"if-none-match": ", ".join(seen) or '"x"'})
            assert fresh.status_code == 200, change
            seen.append(fresh.headers["etag"])
            again = await http.get(address, headers={"if-none-match": f"W/{seen[-1]}"})
            assert (again.status_code, again.content) == (304, b"")


async def test_a_reminder_that_fired_is_no_alarm_of_the_feed_any_more(
    home: Home, hands: Hands
) -> None:
    async with agent(home, hands) as at_work, served(home, hands) as http:
        await at_work.add("Milk", reminders=["2026-11-23T12:00"])
        _, token = await feeding.turn_on(work(home))
        before = await http.get(f"/feed/{token}.ics")
        hands.forward(hours=4)
        assert len(await fire(home, hands)) == 1
        known = {"if-none-match": before.headers["etag"]}
        after = await http.get(f"/feed/{token}.ics", headers=known)
    assert after.status_code == 200
    assert [told.text.count("BEGIN:VALARM") for told in (before, after)] == [1, 0]


PUBLIC = "todo.example.org"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": PUBLIC}, 200),
        ({"host": f"{PUBLIC}:8443"}, 421),
        ({"host": f"{PUBLIC}.evil.example"}, 421),
        ({"host": "evil.example"}, 421),
        ({"host": "192.0.2.1:8321"}, 421),
        ({"host": PUBLIC, "origin": f"https://{PUBLIC}"}, 200),
        ({"host": PUBLIC, "origin": "http://evil.example"}, 403),
        ({}, 200),
    ],
)
async def test_only_the_hosts_that_are_allowed_are_served(
    home: Home, hands: Hands, headers: dict[str, str], status: int
) -> None:
    number, token = await feeding.turn_on(work(home))
    async with listening(home, hands, PUBLIC) as url, httpx2.AsyncClient(base_url=url) as http:
        address = f"/feed/{token}.ics"
        told = await http.get(address, headers=headers)
        assert told.status_code == status
        assert ("BEGIN:VCALENDAR" in told.text) is (status == 200)
        await feeding.turn_off(work(home), number)
        gone = await http.get(address, headers=headers)
        assert gone.status_code == (404 if status == 200 else status)


@asynccontextmanager
async def listening(home: Home, hands: Hands, host: str) -> AsyncGenerator[str]:
    """All that `todo-mcp serve` serves, on all addresses of this machine, behind this public name."""
    resources = Resources(hands)
    resources.starting.arrived(home)
    listener, stop = listen("0.0.0.0", 0, guarded=True), asyncio.Event()  # noqa: S104 (until the test ends)
    serving = serve_http(
        build_server(resources, TOOLS),
        listener,
        stop,
        ready=ready,
        more=[feed.route(resources)],
        allowed_hosts=[host],
        allowed_origins=[f"https://{host}"],
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(serving)
        yield f"http://127.0.0.1:{address(listener).port}"
        stop.set()


async def test_a_feed_of_one_list_tells_no_other(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as at_work:
        await at_work.add("Milk")
    await home.database.worker(
        "INSERT INTO lists (space_id, id, version, name, created_at, updated_at) "
        "VALUES ($1, nextval('list_ids'), 1, 'Work', now(), now())",
        home.person.space,
    )
    async with agent(home, hands) as at_work:
        await at_work.add("Report", list="Work")
    _, token = await feeding.turn_on(work(home), "work")
    async with served(home, hands) as http:
        told = (await http.get(f"/feed/{token}.ics")).text
    assert "Report" in told
    assert "Milk" not in told


async def test_a_feed_can_be_looked_at_thirty_times_a_minute(home: Home, hands: Hands) -> None:
    _, token = await feeding.turn_on(work(home))
    async with served(home, hands) as http:
        codes = [(await http.get(f"/feed/{token}.ics")).status_code for _ in range(feed.LOOKS + 1)]
        assert codes == [200] * feed.LOOKS + [429]
        _, other = await feeding.turn_on(work(home))
        assert (await http.get(f"/feed/{other}.ics")).status_code == 200


async def test_a_feed_of_too_many_tasks_says_what_to_do(home: Home, hands: Hands) -> None:
    await home.database.worker(MANY, home.person.space, feeding.MAX_TASKS + 1)
    _, token = await feeding.turn_on(work(home))
    async with served(home, hands) as http:
        told = await http.get(f"/feed/{token}.ics")
    assert told.status_code == 413
    assert "--list" in told.text


async def test_pages_follow_each_other_without_a_gap(home: Home, hands: Hands) -> None:
    async with agent(home, hands) as at_work:
        for at in range(0, 2 * exporting.store.PAGE + 50, 50):
            await at_work.call("add_tasks", tasks=[{"title": f"{at + n}"} for n in range(50)])
    _, token = await feeding.turn_on(work(home))
    async with served(home, hands) as http:
        told = (await http.get(f"/feed/{token}.ics")).content
    titles = {str(t["SUMMARY"]) for t in todos_in(told)}
    assert titles == {str(n) for n in range(2 * exporting.store.PAGE + 50)}
