"""The worker's routes, called as a sidecar calls them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
from pydantic_core import to_json
from structlog.testing import capture_logs

from tests import sowing
from tests.worker.test_handlers import close, logged, weekly
from todo_mcp.errors import ConflictError
from todo_mcp.messaging.bus import Handler
from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.service.home import Home
from todo_mcp.store.database import Database
from todo_mcp.worker.app import Face, Working
from todo_mcp.worker.handlers import handlers
from todo_mcp.worker.health import Health

TOKEN = "the sidecar's"
COMPLETED = "todo.task.completed.v1"
ALL_ROUTES = ("/events", "/events/dead", "/bindings/todo-sweep", "/job/reminders-next")


def working(database: Database, *more: Handler) -> Working:
    return Working(database, [*handlers(database), *more], None, Health(database))


@asynccontextmanager
async def sidecar(face: Face, token: str = TOKEN) -> AsyncGenerator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(face.app())
    headers = {"dapr-api-token": token}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://worker", headers=headers
    ) as client:
        yield client


def face(part: Working | None, *, cron: bool = True, job: bool = True) -> Face:
    return Face(TOKEN, cron, job, part)


async def outcome(part: Working, body: bytes) -> str:
    async with sidecar(face(part)) as client:
        answer = await client.post("/events", content=body)
    assert answer.status_code == 200
    return answer.json()["status"]


@pytest.mark.parametrize("route", ALL_ROUTES)
async def test_nobody_without_the_token_is_answered(database: Database, route: str) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 1, seconds=-1)
    async with sidecar(face(working(database)), token="guessed") as client:
        assert (await client.post(route, content=b"{}")).status_code == 401
    assert await sowing.rows(database, "SELECT FROM notifications") == []


async def test_an_event_has_its_effect_and_a_repeated_one_none(home: Home) -> None:
    await close(home, await weekly(home))
    [event] = await logged(home.database, COMPLETED)
    part = working(home.database)
    assert [await outcome(part, event.to_json()) for _ in range(2)] == ["SUCCESS", "SUCCESS"]
    assert await sowing.rows(home.database, "SELECT n FROM tasks ORDER BY n") == [(1,), (2,)]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"type": 1}', b'{"type": "other.v1"}'])
async def test_what_is_no_event_of_ours_is_dropped_at_once(database: Database, body: bytes) -> None:
    assert await outcome(working(database), body) == "DROP"


async def test_an_event_whose_data_is_not_of_its_type_is_dropped(home: Home) -> None:
    await close(home, await weekly(home))
    [event] = await logged(home.database, COMPLETED)
    broken = event.model_copy(update={"data": {"task": {"id": 7}}})
    assert await outcome(working(home.database), broken.to_json()) == "DROP"


async def test_a_type_of_a_newer_version_is_no_dead_letter(database: Database) -> None:
    body = b'{"type": "todo.project.archived.v2", "data": {"anything": 1}}'
    assert await outcome(working(database), body) == "SUCCESS"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("0199b2a4-5c1e-7c55-8a01-c4e4e2a8a1f0",) * 2,
        ("Call the dentist", "unknown"),
        (7, "unknown"),
    ],
)
async def test_an_answer_is_logged_by_an_id_and_never_by_what_else_is_in_its_place(
    database: Database, number: object, told: str
) -> None:
    body = to_json({"type": "todo.project.archived.v2", "id": number})
    with capture_logs() as said:
        assert await outcome(working(database), body) == "SUCCESS"
    assert [line["event_id"] for line in said if line["event"] == "event.answered"] == [told]


async def test_an_event_whose_handler_fails_is_to_be_tried_again(home: Home) -> None:
    async def fail(_: CloudEvent) -> None:
        raise ConflictError("Lost.")

    await close(home, await weekly(home))
    [event] = await logged(home.database, COMPLETED)
    part = working(home.database, Handler("failing", frozenset({COMPLETED}), fail))
    assert await outcome(part, event.to_json()) == "RETRY"


async def test_it_is_well_once_it_has_its_database_and_not_soon_after_an_absence(
    database: Database,
) -> None:
    early, part = face(None), working(database)
    async with sidecar(early, token="") as client:
        assert (await client.get("/healthz")).status_code == 503
        early.working = part
        assert (await client.get("/healthz")).status_code == 200
        part.health.was_absent()
        assert (await client.get("/healthz")).status_code == 503


async def test_it_is_not_well_without_its_database() -> None:
    nowhere = Database("postgresql://127.0.0.1:1/nothing")
    async with sidecar(face(working(nowhere))) as client:
        assert (await client.get("/healthz")).status_code == 503
        assert (await client.post("/bindings/todo-sweep")).status_code == 503
    await nowhere.close()


@pytest.mark.parametrize("route", ["/bindings/todo-sweep", "/job/reminders-next"])
async def test_each_wake_up_fires_what_is_due(database: Database, route: str) -> None:
    await sowing.spaces(database)
    await sowing.reminders(database, 3, seconds=-1)
    async with sidecar(face(working(database))) as client:
        assert (await client.post(route, content=b"{}")).json() == {"fired": 3}
        assert (await client.post(route, content=b"{}")).json() == {"fired": 0}


async def test_a_wake_up_that_is_turned_off_is_not_there(database: Database) -> None:
    async with sidecar(face(working(database), cron=False, job=False)) as client:
        for route in ALL_ROUTES[2:]:
            assert (await client.post(route, content=b"{}")).status_code == 404
